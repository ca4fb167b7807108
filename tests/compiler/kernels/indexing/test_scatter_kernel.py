"""Kernels that scatter write as NumPy does, in order, and nothing outside."""

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel.dialects.indexing import ScatterNd

RNG = np.random.default_rng(1)
DTYPES = [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, np.float64, np.complex64]
COUNTS = [1, 255, 256, 257, 4097, 700, 300, 20]


def numbers(dtype: type, *shape: int) -> np.ndarray:
    return (RNG.random(shape) * 100).astype(dtype)


def written(x, indices, values, kind):
    y = x.copy()
    if kind == "set":
        y[indices] = values
    else:
        getattr(np, kind).at(y, indices, values)
    return y


@pytest.mark.parametrize("level", LEVELS)
def test_dtypes_and_counts(level: str) -> None:
    """The last of equal indices counts."""
    arrays = [numbers(dtype, size) for dtype, size in zip(DTYPES, [1, 97, 300] * 3)]
    indices = [
        RNG.integers(-x.size, x.size, count).astype([np.int64, np.int32, np.int16][n % 3])
        for n, (x, count) in enumerate(zip(arrays, COUNTS, strict=True))
    ]
    values = [numbers(dtype, count) for dtype, count in zip(DTYPES, COUNTS)]

    def function(arrays, indices, values):
        return [written(*one, "set") for one in zip(arrays, indices, values)]

    compiled = tessel.compile(function, target=level)
    text = compiled.ir("fused", arrays, indices, values)
    assert text.count('template = "scatter"') == len(DTYPES)
    for got, want in zip(
        compiled(arrays, indices, values), function(arrays, indices, values), strict=True
    ):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("level", LEVELS)
def test_kinds_axes_and_one_value(level: str) -> None:
    x, n = numbers(np.float64, 13, 11), numbers(np.int32, 50)
    i, j = RNG.integers(-13, 13, (20, 30)), RNG.integers(-11, 11, (20, 30)).astype(np.int32)
    v, k, w = RNG.random((20, 30)), RNG.integers(0, 50, 700), numbers(np.int32, 700)

    def function(x, n, i, j, k, v, w):
        pairs = [written(x, (i, j), v, kind) for kind in ("set", "add", "multiply")]
        singles = [written(n, k, w, kind) for kind in ("add", "minimum", "maximum")]
        return [*pairs, *singles, written(x, (i, j), 0.5, "set"), written(n, k, w[0], "add")]

    arguments = (x, n, i, j, k, v, w)
    compiled = tessel.compile(function, target=level)
    assert compiled.ir("fused", *arguments).count('template = "scatter"') == 8
    for got, want in zip(compiled(*arguments), function(*arguments), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("level", LEVELS)
def test_writes_nothing_outside(level: str) -> None:
    """Updates there are dropped without checks, and raise with them."""
    x, i, v = numbers(np.float32, 100), RNG.integers(-100, 100, 900), numbers(np.float32, 900)
    bad = i.copy()
    bad[[0, 300, 899]] = 100, -101, np.iinfo(np.int64).min
    unchecked = tessel.compile(lambda x, i, v: written(x, i, v, "add"), checks="off", target=level)
    want = ScatterNd.reference(x, bad[:, None], v, "add")
    np.testing.assert_allclose(unchecked(x, bad, v), want, rtol=1e-6)
    compiled = tessel.compile(lambda x, i, v: written(x, i, v, "add"), target=level)
    with pytest.raises(IndexError, match="index -101 is out of bounds for axis 0 with size 100"):
        compiled(x, bad, v)
    np.testing.assert_allclose(compiled(x, i, v), written(x, i, v, "add"), rtol=1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_dynamic_sizes(level: str) -> None:
    def function(x, i, j, v):
        return written(x, (i, j), v, "set")

    compiled = tessel.compile(function, dynamic=True, target=level)
    for rows, columns, count in ((10, 20, 600), (3, 7, 1), (300, 2, 900), (4, 4, 0)):
        x, v = numbers(np.float32, rows, columns), numbers(np.float32, count)
        i, j = RNG.integers(-rows, rows, count), RNG.integers(-columns, columns, count)
        np.testing.assert_array_equal(compiled(x, i, j, v), function(x, i, j, v))


def test_in_a_loop_and_on_what_is_read_again() -> None:
    """The array before stays as it was."""
    x, i = numbers(np.float32, 300), RNG.integers(0, 300, 500)

    def function(x, i):
        y = x * 2
        for k in range(20):
            z = y.copy()
            y[(i + k) % 300] = np.float32(k)
            y += z
        return y, z, x

    compiled = tessel.compile(function)
    for got, want in zip(compiled(x, i), function(x, i), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6)
