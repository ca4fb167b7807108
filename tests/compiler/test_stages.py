"""A function traced, lowered and compiled by hand: its text at each stage, and its calls."""

import numpy as np
import pytest

import tessel
from tessel.compiler.diagnostics import ArgumentError

WEIGHT = np.random.default_rng(0).standard_normal((40, 48)).astype(np.float32)
X = np.ones((6, 40), np.float32)


@tessel.compile
def layer(x, scale=2.0):
    return {"y": np.maximum(x @ WEIGHT, 0) * np.float32(scale), "sum": x.sum()}


@tessel.compile
def double_in_place(x):
    x *= 2
    return x.sum()


def test_one_trace_serves_all() -> None:
    """Text at each stage, the kernels, memory, machine code and its results."""
    before = layer.stats.traces
    traced = layer.trace(X)
    assert "tessel.matmul" in traced.as_text()
    assert "tessel.packed_matmul" in traced.as_text("fused")
    assert "gemm" in traced.explain()
    assert traced.memory().parameters >= WEIGHT.nbytes
    lowered = traced.lower()
    assert "flow.dispatch" in lowered.as_text()
    compiled = lowered.compile()
    assert ".globl" in compiled.as_text()
    results = compiled(X)
    np.testing.assert_allclose(results["y"], layer.function(X)["y"], rtol=1e-5, atol=1e-5)
    assert results["sum"] == 240
    # The text is that of before: compiling works on a copy.
    assert "tessel.matmul" in traced.as_text()
    assert layer.stats.traces == before + 1
    assert layer.stats.compiles == 0


def test_the_text_is_that_of_the_function() -> None:
    traced = layer.trace(X)
    for stage in ("trace", "dialect", "fused", "linalg"):
        assert traced.as_text(stage) == layer.ir(stage, X)


def test_arguments_of_other_types_are_refused() -> None:
    compiled = layer.trace(X).lower().compile()
    for other in (X[:5], X.astype(np.float64)):
        with pytest.raises(ArgumentError, match=r"layer\(\) was compiled for arguments of other"):
            compiled(other)
    with pytest.raises(ArgumentError, match="unknown stage 'tiled'; stages: trace, dialect"):
        layer.trace(X).as_text("tiled")


def test_arguments_are_written() -> None:
    compiled = double_in_place.trace(X.copy()).lower().compile()
    x = X.copy()
    assert compiled(x) == 480
    np.testing.assert_array_equal(x, 2 * X)


def test_sizes_within_the_guards() -> None:
    """With `dynamic` one program takes all sizes for which what was assumed holds."""
    function = tessel.compile(lambda x, y: x[1:] + y, dynamic=True)
    compiled = function.trace(X, X[1:]).lower().compile()
    np.testing.assert_array_equal(compiled(X[:4], X[:3]), 2 * X[:3])
    with pytest.raises(ArgumentError, match="was compiled for sizes with"):
        compiled(X, X)
