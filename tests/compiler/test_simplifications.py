"""What the compiler makes of formulas has NumPy's values, over all exponents."""

from typing import Any

import numpy as np
import pytest

import tessel
from benchmarks.accuracy.errors import errors_in_ulps
from tessel import nn
from tessel.dialects.types import bfloat16


def of_all_exponents(dtype: np.dtype) -> np.ndarray:
    """A few numbers of each exponent, subnormal ones among them, zeros, infinities and NaN."""
    limits = np.finfo(dtype)
    first = int(np.log2(limits.smallest_subnormal))
    powers = np.ldexp(dtype.type(1), np.arange(first, limits.maxexp))
    numbers = np.concatenate([powers, powers * dtype.type(1.37), powers * dtype.type(1.9)])
    ends = np.array([0, limits.max, limits.tiny, limits.smallest_subnormal, np.inf], dtype)
    numbers = np.concatenate([numbers, ends]).astype(dtype)
    return np.concatenate([numbers, -numbers, np.array([np.nan], dtype)])


def quotients(x: Any) -> Any:
    root = np.sqrt(np.abs(x).reshape(-1, 1)[:8])
    return (
        1 / (1 / x),
        x / 2,
        x / 512,
        x / 0.25,
        x / 3,
        x / x,
        2 / x,
        x / np.sqrt(np.abs(x)),
        x.reshape(1, -1) / root,
        x.reshape(1, -1) / np.maximum(root, 1e-5),
    )


def powers(x: Any) -> Any:
    size = np.abs(x)
    return size**0.5, size**-0.5, (x * x) ** -0.5, (x * x) ** 0.5, x**2, x**3, x**-1, x**1, x**0


def products(x: Any) -> Any:
    other = x[::-1]
    return (
        (x * 2) * 0.5,
        (x * 0.5) * 0.25,
        (x * 512) * 512,
        (x * 512) / 512,
        (x * 0.5) * (other * 2),
        (x * 2) * (other * 2),
        (x * 0.5) * (other * 0.5),
        (x * 1e30) * 1e-30,
        (-x) * (-other),
    )


def sums(x: Any) -> Any:
    other = x[::-1]
    return (
        x - x,
        x * 0,
        x + 0,
        x - 0,
        0 - x,
        np.negative(-x),
        x + -other,
        x - -other,
        np.maximum(x, x),
    )


def roundings(x: Any) -> Any:
    return np.floor(np.floor(x)), np.rint(np.trunc(x)), abs(-x), np.sqrt(x * x), np.sqrt(x) ** 2


@pytest.mark.parametrize("dtype", [np.dtype(np.float32), np.dtype(np.float64)], ids=str)
@pytest.mark.parametrize("formulas", [quotients, powers, products, sums, roundings])
def test_formulas(formulas: Any, dtype: np.dtype) -> None:
    x = of_all_exponents(dtype)
    with np.errstate(all="ignore"):
        expected = formulas(x)
        results = tessel.compile(formulas)(x)
        for position, (got, right) in enumerate(zip(results, expected, strict=True)):
            np.testing.assert_array_equal(np.isnan(got), np.isnan(right), err_msg=str(position))
            np.testing.assert_array_equal(np.isinf(got), np.isinf(right), err_msg=str(position))
            zero = (right == 0) & (got == 0)
            np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(right[zero]))
            finite = np.isfinite(right)
            off = np.abs(got - right)[finite] / np.spacing(np.abs(right[finite]))
            assert off.max() <= 2, (position, off.max())


@pytest.mark.parametrize("dtype", [np.dtype(np.float16), np.dtype(bfloat16)], ids=str)
def test_half_precision(dtype: np.dtype) -> None:
    """Every number there is."""
    x = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(dtype)

    def formulas(x: Any) -> Any:
        return x / x.dtype.type(2), x * x.dtype.type(3), x - x, -x, abs(x), 1 / x, np.sqrt(x)

    with np.errstate(all="ignore"):
        for got, right in zip(tessel.compile(formulas)(x), formulas(x), strict=True):
            np.testing.assert_array_equal(got.astype(np.float32), right.astype(np.float32))


def test_halves_of_sums_with_tanh_do_not_overflow() -> None:
    """c + c * tanh(u) becomes 2 c * sigmoid(2 u) only where 2 c is a number."""
    x = np.linspace(-9, 0, 50, dtype=np.float32)
    c = np.float32(3e38)
    result = tessel.compile(lambda x: c + c * np.tanh(x))(x)
    np.testing.assert_allclose(result, c + c * np.tanh(x), rtol=1e-6, atol=4 * np.spacing(c))


def assert_no_farther(formulas: Any, *arguments: np.ndarray, most: float = 4) -> None:
    """Results of float32 are within `most` ulp of float64's, or no farther from them than NumPy's.

    So what NumPy's order of operations loses, where it overflows or vanishes, may be kept. Zeros
    are equal: their signs in a product of matrices are those of BLAS.
    """
    with np.errstate(all="ignore"):
        results = tessel.compile(formulas)(*arguments)
        plain = formulas(*arguments)
        exact = formulas(*[one.astype(np.float64) for one in arguments])
        for position, (got, own, right) in enumerate(zip(results, plain, exact, strict=True)):
            got, own = (np.where((one == 0) & (right == 0), right, one) for one in (got, own))
            got, own = got.astype(np.float32), own.astype(np.float32)
            errors, allowed = errors_in_ulps(got, right), errors_in_ulps(own, right)
            worse = errors > np.maximum(allowed, most)
            assert not worse.any(), (position, np.argwhere(worse)[0], got[worse][0], own[worse][0])


FEW = np.float32([[1.3, -0.7, 1.9, -1.1e-3, 1e3, 3.0, -5e-2, 0.5]])
"""Weights of a product that adds nothing up."""


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_scales_of_products(sign: float) -> None:
    """Numbers that may be folded into weights, and those that may not; each has a product alone."""
    scales = [0.3, 3.0, 2.0**-30, 2.0**30, 2.0**-40, 1e-38, 1e-42, 1e30, 3e38, 0.0, np.inf]

    def formulas(x: Any) -> Any:
        found = []
        for position, scale in enumerate(np.float32(sign) * np.float32(scales)):
            number, weights = (
                scale.astype(x.dtype),
                (FEW * (1 + scale.dtype.type(position))).astype(x.dtype),
            )
            found += [(x @ weights) * number, (x @ -weights) / number]
        return tuple(found)

    assert_no_farther(formulas, of_all_exponents(np.dtype(np.float32))[:, None])


def test_products_of_sigmoids() -> None:
    """GELU and its like, whose halves and twos meet."""

    def formulas(x: Any) -> Any:
        other = x[::-1]
        return (
            0.5 * x * _one_and_tanh(x),
            x * (0.5 * _one_and_tanh(other)),
            (x * 0.25) * (_one_and_tanh(other) * 2),
            _one_and_tanh(x),
        )

    assert_no_farther(formulas, of_all_exponents(np.dtype(np.float32)), most=6)


def _one_and_tanh(x: Any) -> Any:
    """1 + tanh(x): of float64 by a formula that does not cancel."""
    return 2 / (1 + np.exp(-2 * x)) if x.dtype == np.float64 else 1 + np.tanh(x)


@pytest.mark.parametrize("scale", [0.125, 2.0**-30, 2.0**-40, 3.0, 1e-38, 1e30])
def test_scales_of_attention(scale: float) -> None:
    """Whether queries are scaled or scores, for queries of all exponents."""
    x = of_all_exponents(np.dtype(np.float32))
    q = x[np.isfinite(x)][:, None] * np.float32([[1, 0.5]])
    k = np.float32([[1.5, 0.1], [-0.7, 0.3], [0.4, -0.2]]) / np.float32(scale)
    v = np.float32([[1, 2], [3, 5], [8, 9]])

    def attend(q: Any, k: Any, v: Any) -> Any:
        return nn.softmax((q @ k.swapaxes(-1, -2)) * scale) @ v

    with np.errstate(all="ignore"):
        plain = attend(q, k, v)
        scores = np.abs(q.astype(np.float64) @ k.T.astype(np.float64) * scale).max(1)
        exact = attend(*[one.astype(np.float64) for one in (q, k, v)])
        result = tessel.compile(attend)(q, k, v)
        # Softmax has the error of its scores, where it is not one of them alone.
        allowed = 1e-5 * np.minimum(1 + scores, 1e5)[:, None] * np.abs(exact)
        allowed = np.fmax(allowed, np.abs(plain - exact))
        near = (np.abs(result - exact) <= allowed) | (np.isnan(plain) & np.isnan(result))
        near |= np.isnan(exact) | np.isnan(plain)
    assert near.all(), np.argwhere(~near)[:3]
