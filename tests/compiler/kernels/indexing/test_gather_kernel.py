"""Kernels that gather pick NumPy's elements, and see every index outside."""

from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel

RNG = np.random.default_rng(0)
DTYPES = [bool, np.int8, np.uint16, np.int32, np.uint64, np.float16, ml_dtypes.bfloat16]
DTYPES += [np.float32, np.float64, np.complex64, np.complex128]
INDEX_DTYPES = [np.int64, np.int32, np.int16, np.uint8, np.uint32]
COUNTS = [1, 7, 255, 256, 257, 4096, 4097, 9000, 513, 600, 5000]
"""Below, at and beyond blocks and workgroups."""


def numbers(dtype: type, *shape: int) -> np.ndarray:
    return (RNG.random(shape) * 100).astype(dtype)


def indices(dtype: type, size: int, *shape: int) -> np.ndarray:
    """Also negative ones, where the dtype has them."""
    signed = np.iinfo(dtype).min < 0
    return RNG.integers(-min(size, 128) if signed else 0, min(size, 127), shape).astype(dtype)


def kernels(compiled: Callable, *arguments: np.ndarray) -> int:
    return compiled.ir("fused", *arguments).count('template = "gather"')


@pytest.mark.parametrize("level", LEVELS)
def test_dtypes_and_counts(level: str) -> None:
    arrays = [numbers(dtype, size) for dtype, size in zip(DTYPES, [1, 97, 300] * 4)]
    picks = [
        indices(INDEX_DTYPES[n % 5], x.size, count)
        for n, (x, count) in enumerate(zip(arrays, COUNTS, strict=True))
    ]

    def function(arrays, picks):
        return [x[i] for x, i in zip(arrays, picks)]

    compiled = tessel.compile(function, target=level)
    assert kernels(compiled, arrays, picks) == len(DTYPES)
    for got, want in zip(compiled(arrays, picks), function(arrays, picks), strict=True):
        np.testing.assert_array_equal(got, want)
        assert got.dtype == want.dtype


@pytest.mark.parametrize("level", LEVELS)
def test_several_axes_and_shapes(level: str) -> None:
    x, y = numbers(np.float32, 30, 40), numbers(np.float64, 5, 6, 7)
    i, j = indices(np.int32, 30, 20, 30), indices(np.int64, 40, 20, 30)
    k, m, n = (indices(np.int64, size, 300) for size in (5, 6, 7))

    def function(x, y, i, j, k, m, n):
        return x[i, j], y[k, m, n], np.take(y[0, 0], k), x[i, j[0]], x.reshape(-1)[j]

    arguments = (x, y, i, j, k, m, n)
    compiled = tessel.compile(function, target=level)
    assert kernels(compiled, *arguments) == 4  # one is of a slice
    for got, want in zip(compiled(*arguments), function(*arguments), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("level", LEVELS)
def test_sees_each_index_outside(level: str) -> None:
    """In the first and the last vector of a block, in a rest, in any workgroup; the negative one
    that is nearest, else the largest."""
    x, good = numbers(np.float32, 100), indices(np.int64, 100, 9000)
    compiled = tessel.compile(lambda x, i: x[i], target=level)
    for position in (0, 7, 255, 256, 4095, 4096, 8191, 8192, 8999):
        for wrong in (100, -101, np.iinfo(np.int64).max, np.iinfo(np.int64).min):
            bad = good.copy()
            bad[position] = wrong
            with pytest.raises(IndexError, match=f"index {wrong} is out of bounds for axis 0"):
                compiled(x, bad)
    several = good.copy()
    several[[5000, 3, 8998]] = 200, 100, 300
    with pytest.raises(IndexError, match="index 300 is"):
        compiled(x, several)
    several[[17, 8000]] = -400, -105
    with pytest.raises(IndexError, match="index -105 is"):
        compiled(x, several)
    np.testing.assert_array_equal(compiled(x, good), x[good])


def test_axes_fail_in_order() -> None:
    x, i, j = numbers(np.float32, 10, 20), indices(np.int64, 10, 300), indices(np.int64, 20, 300)
    compiled = tessel.compile(lambda x, i, j: x[i, j])
    i[100], j[2] = 10, 20
    with pytest.raises(IndexError, match="index 10 is out of bounds for axis 0 with size 10"):
        compiled(x, i, j)
    i[100] = 9
    with pytest.raises(IndexError, match="index 20 is out of bounds for axis 1 with size 20"):
        compiled(x, i, j)


@pytest.mark.parametrize("dynamic", [False, True])
def test_nearest_without_checks(dynamic: bool) -> None:
    """Nothing outside is read."""
    x, i = numbers(np.float64, 10), indices(np.int64, 10, 600)
    i[[0, 5, 300, 599]] = 10, -11, np.iinfo(np.int64).max, np.iinfo(np.int64).min
    compiled = tessel.compile(lambda x, i: x[i], checks="off", dynamic=dynamic)
    assert kernels(compiled, x, i) == 1
    want = x[np.clip(np.where(i < 0, i + 10, i), 0, 9)]
    np.testing.assert_array_equal(compiled(x, i), want)
    if dynamic:
        assert compiled(x, i[:0]).shape == (0,)


@pytest.mark.parametrize("level", LEVELS)
def test_dynamic_sizes(level: str) -> None:
    compiled = tessel.compile(lambda x, i, j: x[i, j], dynamic=True, target=level)
    for rows, columns, count in ((10, 20, 600), (3, 7, 1), (300, 2, 5000), (4, 4, 0)):
        x = numbers(np.float32, rows, columns)
        i, j = indices(np.int64, rows, count), indices(np.int64, columns, count)
        np.testing.assert_array_equal(compiled(x, i, j), x[i, j])
        if count:
            j[count // 2] = columns
            with pytest.raises(IndexError, match=f"index {columns} is out of bounds for axis 1"):
                compiled(x, i, j)


def test_in_a_loop() -> None:
    """The first iteration that fails says so."""
    x, i = numbers(np.float32, 50), np.arange(300) % 20

    def function(x, i):
        def step(total, k):
            return total + x[i + k], total[0]

        return tessel.scan(step, np.zeros(300, np.float32), np.arange(31))

    compiled = tessel.compile(function)
    for got, want in zip(compiled(x, i), function(x, i), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6)
    with pytest.raises(IndexError, match="index 50 is out of bounds"):
        compiled(x, i + 3)
