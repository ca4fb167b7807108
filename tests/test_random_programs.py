"""200 random programs of 3 to 30 ops, compiled, give what the interpreter gives."""

import numpy as np
import pytest
from random_programs import build_random, random_arguments

from tessel import dialects
from tessel.compiler.driver import compile_module
from tessel.compiler.targets.cpu.target import host_target
from tessel.dialects.interpreter import interpret
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType

BATCHES, PROGRAMS = 10, 20
TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-12}
"""Relative to the largest element: sums of what nearly cancels are part of the programs."""


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_programs(batch: int) -> None:
    """Twenty programs as one function: a compilation costs more than a program."""
    rng = np.random.default_rng(batch)
    arguments = [random_arguments(rng) for _ in range(PROGRAMS)]
    with dialects.new_context(), ir.Location.unknown():
        module, owners = _module(rng, arguments)
        flat = [array for one in arguments for array in one]
        with np.errstate(all="ignore"):
            expected = interpret(module, flat)
        results = compile_module(module, host_target(1))(flat)
    for owner, want, got in zip(owners, expected, results, strict=True):
        _check(want, got, f"program {owner} of batch {batch}")


def _module(
    rng: np.random.Generator, arguments: list[list[np.ndarray]]
) -> tuple[ir.Module, list[int]]:
    """All programs in one function, and which program each result is of."""
    types = [ArrayType.of(array).to_mlir() for one in arguments for array in one]
    module = ir.Module.create()
    with ir.InsertionPoint(module.body):
        entry = func.FuncOp("main", (types, []))
        block = entry.add_entry_block()
    values = iter(block.arguments)
    results: list[ir.Value] = []
    owners: list[int] = []
    with ir.InsertionPoint(block):
        for number, one in enumerate(arguments):
            own = [next(values) for _ in one]
            made = build_random(rng, own, int(rng.integers(3, 31)))
            results += made
            owners += [number] * len(made)
        func.ReturnOp(results)
    function_type = ir.FunctionType.get(types, [value.type for value in results])
    entry.operation.attributes["function_type"] = ir.TypeAttr.get(function_type)
    assert module.operation.verify()
    return module, owners


def _check(want: np.ndarray, got: np.ndarray, what: str) -> None:
    assert (got.dtype, got.shape) == (want.dtype, want.shape), what
    tolerance = TOLERANCE.get(want.dtype)
    if tolerance is None:
        np.testing.assert_array_equal(got, want, err_msg=what)
        return
    scale = float(np.max(np.abs(want), initial=1.0, where=np.isfinite(want)))
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * scale, err_msg=what)
