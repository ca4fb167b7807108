"""What the compiler makes of formulas has NumPy's values, over all exponents."""

from typing import Any

import numpy as np
import pytest

import tessel
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
        for place, (got, right) in enumerate(zip(results, expected, strict=True)):
            np.testing.assert_array_equal(np.isnan(got), np.isnan(right), err_msg=str(place))
            np.testing.assert_array_equal(np.isinf(got), np.isinf(right), err_msg=str(place))
            zero = (right == 0) & (got == 0)
            np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(right[zero]))
            finite = np.isfinite(right)
            off = np.abs(got - right)[finite] / np.spacing(np.abs(right[finite]))
            assert off.max() <= 2, (place, off.max())


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
