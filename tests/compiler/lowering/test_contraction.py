"""Compiled matmul equals its reference, for every dtype and way of batching."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, SIZES, sample

from tessel import dialects
from tessel.compiler.driver import run_passes
from tessel.dialects.contraction import Matmul
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType, accumulation_dtype


@st.composite
def matmuls(draw: Any) -> Case:
    """A matmul of any dtype; sizes are dynamic only where no batch dimension is stretched."""
    dtype = draw(st.sampled_from(SUPPORTED_DTYPES))
    rows, depth, columns = draw(st.tuples(SIZES, SIZES, SIZES))
    batch = tuple(draw(st.lists(SIZES, max_size=2)))
    kind = draw(st.sampled_from(["equal", "rows", "stretched"]))
    lhs, rhs = batch, batch
    if kind == "rows":
        rhs = (1,) * draw(st.integers(0, len(batch)))
    if kind == "stretched":
        lhs = tuple(draw(st.sampled_from([1, size])) for size in batch)
        rhs = batch[draw(st.integers(0, len(batch))) :]
    operands = [
        sample(draw, (*lhs, rows, depth), dtype),
        sample(draw, (*rhs, depth, columns), dtype),
    ]
    dynamic = kind == "equal" and draw(st.booleans())
    return Case(Matmul, operands, dynamic=dynamic, scale=_terms(*operands))


def _terms(lhs: np.ndarray, rhs: np.ndarray) -> float:
    """The largest sum of the terms' magnitudes: what the error of a sum is relative to."""
    if lhs.dtype.kind in "biu":
        return 0.0
    wide = accumulation_dtype(lhs.dtype)
    return float(np.max(np.abs(lhs.astype(wide)) @ np.abs(rhs.astype(wide)), initial=0))


@BATCHED
@given(st.lists(matmuls(), min_size=40, max_size=60))
def test_matmul_equals_its_reference(cases: list[Case]):
    check_cases(cases)


def test_matmul_of_every_dtype():
    rng = np.random.default_rng(1)
    cases = []
    for dtype in SUPPORTED_DTYPES:
        lhs, rhs = rng.integers(0, 2, (2, 5, 7)), rng.integers(0, 2, (2, 7, 3))
        for dynamic in (False, True):
            operands = [lhs.astype(dtype), rhs.astype(dtype)]
            cases.append(Case(Matmul, operands, dynamic=dynamic))
    check_cases(cases)


def test_rows_of_a_batch_become_one_matrix():
    text = _lowered((4, 128, 384), (384, 96))
    assert "linalg.matmul" in text
    assert "tensor<512x96xf32>" in text


def test_equal_batches_become_one_batch():
    text = _lowered((4, 12, 128, 32), (4, 12, 32, 128))
    assert "linalg.batch_matmul" in text
    assert "tensor<48x128x128xf32>" in text


def _lowered(lhs: tuple[int, ...], rhs: tuple[int, ...]) -> str:
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        types = [ArrayType(np.dtype(np.float32), shape).to_mlir() for shape in (lhs, rhs)]
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", (types, []))
        with ir.InsertionPoint(entry.add_entry_block()):
            result = Matmul.build(*entry.arguments)
            func.ReturnOp([result])
        function_type = ir.FunctionType.get(types, [result.type])
        entry.operation.attributes["function_type"] = ir.TypeAttr.get(function_type)
        run_passes(module, ["tessel-lower-to-linalg"])
        return str(module)
