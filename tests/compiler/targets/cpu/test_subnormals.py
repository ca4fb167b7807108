"""Numbers below the smallest normal one: as in NumPy in kernels of all kinds, or zeros if asked."""

import ctypes
import platform

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel.compiler.targets.iree import compile_to_assembly
from tessel.compiler.targets.registry import resolve_target

SUBNORMAL = {np.float32: np.float32(1e-42), np.float64: np.float64(1e-314)}

SQUARE = b"""
func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = arith.mulf %x, %x : tensor<64xf32>
  return %0 : tensor<64xf32>
}"""


def elementwise(x):
    return x / 2, x * x.dtype.type(0.75), x - x / 4, 1 / (1 / (x + 1)), -x, abs(x)


def questions(x):
    return x.astype(bool), x > 0, x == 0, np.where(x, 1, 2), np.sign(x)


def reductions(x):
    return x.max(), x.min(), x.sum(), x.argmax(), x / x.max(), x.any(), np.cumsum(x)


def casts(x):
    return x.astype(np.float16), x.astype(np.float32), x.astype(np.float64) * 2


def rows(x):
    grid = x.reshape(8, -1)
    return grid.max(-1), grid.sum(-1), grid - grid.min(-1, keepdims=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [elementwise, questions, reductions, casts, rows])
@pytest.mark.parametrize("target", ["host", *LEVELS])
def test_results_are_numpys(function, dtype, target):
    x = SUBNORMAL[dtype] * np.arange(1, 129, dtype=dtype)
    with np.errstate(all="ignore"):
        expected = function(x)
    for got, right in zip(tessel.compile(function, target=target)(x), expected, strict=True):
        # Sums are exact in any order: below twice the smallest normal number all are whole
        # multiples of the smallest one.
        np.testing.assert_array_equal(got, right)


@pytest.mark.parametrize("target", ["host", *LEVELS])
def test_products_of_matrices(target):
    x = np.full((16, 64), 2**-60, np.float32)
    y = np.full((64, 48), 2**-80, np.float32)
    np.testing.assert_array_equal(tessel.compile(np.matmul, target=target)(x, y), x @ y)
    np.testing.assert_array_equal(tessel.compile(lambda a: a @ y, target=target)(x), x @ y)


def test_on_all_threads():
    """Large arrays, which the pool or workers take part in."""
    x = np.full((1024, 2048), SUBNORMAL[np.float32])
    f = tessel.compile(lambda x: ((x * 2).sum(-1), x.max(), x * 0.5))
    for _ in range(3):
        sums, largest, halves = f(x)
        np.testing.assert_array_equal(sums, (x * 2).sum(-1))
        assert largest == x[0, 0]
        assert (halves == x * np.float32(0.5)).all()


def test_with_dynamic_sizes():
    x = SUBNORMAL[np.float64] * np.arange(1, 30)
    f = tessel.compile(lambda x: (x / 2, x.sum()), dynamic=True)
    for got, right in zip(f(x), (x / 2, x.sum()), strict=True):
        np.testing.assert_array_equal(got, right)


def test_constants_are_kept():
    x = np.ones(4096)
    f = tessel.compile(lambda x: x * np.full(4096, 1e-310) * 0.5)
    np.testing.assert_array_equal(f(x), np.full(4096, 1e-310) * 0.5)


def test_they_are_zeros_where_that_is_asked_for():
    x = np.full(64, SUBNORMAL[np.float32])
    flushed = tessel.compile(lambda x: (x * 2, x != 0), flush_subnormals=True)
    doubled, is_something = flushed(x)
    assert not doubled.any()
    assert not is_something.any()
    assert tessel.compile(lambda x: x * 2)(x).all()


def test_kernels_of_every_architecture_change_the_mode():
    for name, instruction in (("x86-64-v3", "ldmxcsr"), ("neoverse-v1", "FPCR")):
        code = compile_to_assembly(SQUARE, resolve_target(name, here=False))
        assert code.lower().count(f"{instruction.lower()}") >= 2, name


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the state has another form elsewhere")
def test_the_callers_mode_stays():
    """A thread that flushes on its own does so after a call, which does not."""
    library, state = ctypes.CDLL(None), (ctypes.c_uint32 * 8)()
    f = tessel.compile(lambda x: x * 2)
    x = np.full(64, SUBNORMAL[np.float32])
    f(x)
    library.fegetenv(state)
    before = state[7]
    state[7] = before | 0x8040
    try:
        library.fesetenv(state)
        result = f(x)
        library.fegetenv(state)
        flushes = state[7]
    finally:
        state[7] = before
        library.fesetenv(state)
    assert flushes & 0x8040 == 0x8040
    np.testing.assert_array_equal(result, x * 2)
