"""Compiles many calls of ops in one program and compares each with its NumPy reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel import dialects
from tessel.compiler.driver import compile_module
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.target import host_target
from tessel.dialects.base import TesselOp
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType, bfloat16

TOLERANCE = {
    np.dtype(np.float16): 2e-3,
    bfloat16: 2e-2,
    np.dtype(np.float32): 1e-5,
    np.dtype(np.complex64): 1e-5,
    np.dtype(np.float64): 1e-12,
    np.dtype(np.complex128): 1e-12,
}
"""Relative to the reference; integers and booleans are exact."""


@dataclass(repr=False)
class Case:
    """One call: an op, its operands (arrays, lists of arrays or None) and its attributes.

    `dynamic` compiles it with every size unknown. `scale` is what errors are relative to, when that
    is more than the result (a sum that cancels is as exact as its terms are large).
    """

    op: type[TesselOp]
    operands: Sequence[Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    dynamic: bool = False
    scale: float = 0.0

    def __repr__(self) -> str:
        sizes = "unknown" if self.dynamic else "known"
        return f"{self.op.short_name()}({_describe(self.operands)}, {self.attributes}, {sizes})"


def check_cases(cases: Sequence[Case], target: Target | None = None) -> None:
    """Compiles all cases as one program and asserts that each result equals its reference.

    For `target`, which this machine must be able to run, or for this machine.
    """
    results = iter(run_cases(cases, target))
    for case in cases:
        with np.errstate(all="ignore"):
            expected = case.op.reference(*case.operands, **case.attributes)
        for reference in expected if isinstance(expected, tuple | list) else [expected]:
            check_close(next(results), np.asarray(reference), case)


def run_cases(cases: Sequence[Case], target: Target | None = None) -> list[np.ndarray]:
    """Compiles all cases as one program; its results in order."""
    arrays = [array for case in cases for array in _flat(case.operands)]
    return list(_compile(cases, target or host_target(1))(arrays))


def check_close(result: np.ndarray, expected: np.ndarray, case: Case) -> None:
    """Asserts equal dtype, shape, NaNs, infinities and values within the dtype's tolerance."""
    what = repr(case)
    assert result.dtype == expected.dtype, what
    assert result.shape == expected.shape, what
    tolerance = TOLERANCE.get(expected.dtype, 0.0)
    if not tolerance:
        np.testing.assert_array_equal(result, expected, err_msg=what)
        return
    kind = np.complex128 if expected.dtype.kind == "c" else np.float64
    wide, want = result.astype(kind), expected.astype(kind)
    small = float(np.finfo(np.float32 if expected.dtype == bfloat16 else expected.dtype).tiny)
    absolute = max(tolerance * case.scale, small)
    np.testing.assert_allclose(wide, want, rtol=tolerance, atol=absolute, err_msg=what)


def _compile(cases: Sequence[Case], target: Target) -> Any:
    """A program whose arguments are all operands and whose results are all results, in order."""
    context = dialects.new_context()
    with context, ir.Location.unknown():
        types = [_argument_type(case, array) for case in cases for array in _flat(case.operands)]
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", (types, []))
            block = entry.add_entry_block()
        with ir.InsertionPoint(block):
            values = iter(block.arguments)
            results = [value for case in cases for value in _build(case, values)]
            func.ReturnOp(results)
        function_type = ir.FunctionType.get(types, [value.type for value in results])
        entry.operation.attributes["function_type"] = ir.TypeAttr.get(function_type)
        assert module.operation.verify()
        return compile_module(module, target)


def _build(case: Case, values: Any) -> Sequence[ir.Value]:
    groups = [
        None
        if operand is None
        else [next(values) for _ in operand]
        if isinstance(operand, list)
        else next(values)
        for operand in case.operands
    ]
    built = case.op.build(*groups, **case.attributes)
    return [built] if isinstance(built, ir.Value) else list(built)


def _argument_type(case: Case, array: np.ndarray) -> ir.Type:
    exact = ArrayType.of(array)
    return (exact.with_shape([None] * exact.rank) if case.dynamic else exact).to_mlir()


def _flat(operands: Sequence[Any]) -> list[np.ndarray]:
    flat: list[np.ndarray] = []
    for operand in operands:
        if isinstance(operand, list):
            flat.extend(operand)
        elif operand is not None:
            flat.append(operand)
    return flat


def _describe(operands: Sequence[Any]) -> str:
    return ", ".join(str(ArrayType.of(array)) for array in _flat(operands))
