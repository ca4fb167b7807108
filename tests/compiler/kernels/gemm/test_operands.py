"""Products of integers, of half precision and with narrow weights: in the kernel, and right."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernel_levels import needs_bfloat16_dot, needs_int8_dot

import tessel
import tessel.numpy as tnp
from tessel.dialects.types import bfloat16

RNG = np.random.default_rng(0)
SHAPES = [(1, 36, 64), (7, 33, 70), (13, 130, 64), (140, 101, 129)]
"""Rows, depth and width: depths that are and are not multiples of 4, tails of every kind."""


def integers(dtype: Any, *shape: int) -> np.ndarray:
    """All numbers of a dtype, the extreme ones often."""
    limits = np.iinfo(dtype)
    drawn = RNG.integers(limits.min, limits.max + 1, shape)
    extremes = RNG.choice([limits.min, limits.max], shape)
    return np.where(RNG.random(shape) < 0.2, extremes, drawn).astype(dtype)


def floats(dtype: Any, *shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(dtype)


@needs_int8_dot
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_int8_is_exact(dtype: Any) -> None:
    """Sums of int32, of each shape in one program."""
    weights = [integers(np.int8, depth, width) for _, depth, width in SHAPES]

    def products(inputs):
        return [np.matmul(x, w, dtype=np.int32) for x, w in zip(inputs, weights)]

    inputs = [integers(dtype, rows, depth) for rows, depth, _ in SHAPES]
    compiled = tessel.compile(products)
    assert compiled.ir("fused", inputs).count(f"dtype={np.dtype(dtype)} weight=int8") == len(SHAPES)
    for result, expected in zip(compiled(inputs), products(inputs), strict=True):
        assert result.dtype == np.int32
        np.testing.assert_array_equal(result, expected)


@needs_int8_dot
def test_casts_that_are_written_out() -> None:
    """Weights that are an argument; the smallest numbers, whose sums of 128 are the largest."""
    x, w = np.full((130, 36), -128, np.int8), np.full((36, 40), -128, np.int8)
    compiled = tessel.compile(lambda x, w: x.astype(np.int32) @ w.astype(np.int32))
    assert 'template = "gemm"' in compiled.ir("fused", x, w)
    assert (compiled(x, w) == 36 * 128 * 128).all()


@needs_int8_dot
def test_dynamic_rows_of_int8() -> None:
    w = integers(np.int8, 34, 50)
    compiled = tessel.compile(lambda x: np.matmul(x, w, dtype=np.int32), dynamic=True)
    for rows in (1, 5, 6, 13, 97):
        x = integers(np.int8, rows, 34)
        np.testing.assert_array_equal(compiled(x), np.matmul(x, w, dtype=np.int32))
    assert compiled.stats.compiles == 1


@needs_int8_dot
def test_every_op_on_sums_of_int32() -> None:
    """With rows, columns, matrices and numbers, in the kernel."""
    x, w = integers(np.uint8, 9, 36), integers(np.int8, 36, 40)
    row, column, matrix = (
        RNG.integers(-9999, 9999, shape).astype(np.int32) for shape in ((40,), (9, 1), (9, 40))
    )

    def layer(x):
        y = np.matmul(x, w, dtype=np.int32)
        y = np.minimum(np.maximum((y - row) * 3 + column, -70000), matrix * 7)
        return np.maximum(y, row) + 5

    compiled = tessel.compile(layer)
    assert "1 kernels" in compiled.explain(x)
    np.testing.assert_array_equal(compiled(x), layer(x))


@needs_int8_dot
def test_a_quantised_layer_is_one_kernel() -> None:
    """Zero point, scale, bias, activation, and numbers of 8 bits again."""
    w, zero = integers(np.int8, 64, 48), RNG.integers(-9999, 9999, 48).astype(np.int32)
    scale, bias = RNG.random(48).astype(np.float32) * 2e-3, floats(np.float32, 48)

    def layer(x):
        sums = np.matmul(x, w, dtype=np.int32) - zero
        y = np.maximum(sums.astype(np.float32) * scale + bias, 0)
        return np.clip(np.rint(y), 0, 255).astype(np.uint8)

    x = integers(np.uint8, 21, 64)
    compiled = tessel.compile(layer)
    assert "1 kernels" in compiled.explain(x)
    # Where a sum is between two numbers, one rounding more moves it to the other.
    assert np.abs(compiled(x).astype(int) - layer(x)).max() <= 1


def test_other_integers_have_no_kernel() -> None:
    """Their products are exact too."""
    for left, right in ((np.int8, np.uint8), (np.int16, np.int8), (np.int32, np.int32)):
        x, w = integers(left, 9, 16), integers(right, 16, 24)
        compiled = tessel.compile(lambda x, w=w: np.matmul(x, w, dtype=np.int32))
        assert "tessel.kernel" not in compiled.ir("fused", x)
        np.testing.assert_array_equal(compiled(x), np.matmul(x, w, dtype=np.int32))


@pytest.mark.parametrize("narrow", [np.int8, np.float16, bfloat16])
def test_narrow_weights_stay_narrow(narrow: Any) -> None:
    """For any number of rows."""
    scale = RNG.random(70).astype(np.float32)
    made = integers(np.int8, 33, 70) if narrow == np.int8 else floats(narrow, 33, 70)

    def layer(x):
        return x @ (tnp.asarray(made).astype(np.float32) * scale)

    inputs = [floats(np.float32, rows, 33) for rows in (1, 4, 50)]
    compiled = tessel.compile(lambda inputs: [layer(x) for x in inputs])
    text = compiled.ir("fused", inputs)
    assert text.count(f"weight={np.dtype(narrow).name}") == 3
    for x, result in zip(inputs, compiled(inputs), strict=True):
        expected = x.astype(np.float64) @ (made.astype(np.float64) * scale)
        _check_close(result, expected)


@pytest.mark.parametrize("rows", [1, 50])
def test_float16_is_summed_in_float32(rows: int) -> None:
    """And rounded once, behind the epilogue."""
    x, w, bias = (floats(np.float16, *shape) for shape in ((rows, 65), (65, 40), (40,)))
    compiled = tessel.compile(lambda x: np.maximum(x @ w + bias, 0))
    assert 'template = "gemm"' in compiled.ir("fused", x)
    result = compiled(x)
    assert result.dtype == np.float16
    expected = np.maximum(x.astype(np.float64) @ w.astype(np.float64) + bias, 0)
    # Half an ulp of 11 bits, and the sums' own errors.
    np.testing.assert_allclose(result.astype(np.float64), expected, rtol=2.0**-11, atol=1e-4)


@needs_bfloat16_dot
def test_bfloat16_of_any_depth() -> None:
    """Rows of an odd depth get a zero; one row with weights of int8 is computed in float32."""
    weights: dict[str, Callable[[Any], Any]] = {
        "dtype=bfloat16 weight=bfloat16": lambda w: w,
        "weight=int8": lambda w: w.astype(bfloat16),
    }
    for name, cast in weights.items():
        w = floats(bfloat16, 33, 40) if "int8" not in name else integers(np.int8, 33, 40)
        x = floats(bfloat16, 3, 33)
        compiled = tessel.compile(lambda x, w=w, cast=cast: x @ cast(tnp.asarray(w)))
        assert name in compiled.ir("fused", x)
        result = compiled(x)
        assert result.dtype == bfloat16
        expected = x.astype(np.float64) @ w.astype(np.float64)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(
            result.astype(np.float64), expected, rtol=2.0**-8, atol=scale * 1e-5
        )


def _check_close(result: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=1e-6 * np.abs(expected).max())
