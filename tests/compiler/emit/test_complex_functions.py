"""Complex functions over all exponents, far out and beside their branch points, and at infinities.

Errors are relative to the size of the number, in ulps of its dtype.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

import tessel

BOUND = 4.0
"""Ulps; NumPy's own functions reach 2.2 on these numbers."""

FUNCTIONS: list[Callable[[Any], Any]] = [
    *(np.abs, np.sqrt, np.log, np.log2, np.log10, np.sin, np.cos, np.tan, np.sinh, np.cosh),
    *(np.tanh, np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arccosh, np.arctanh, np.exp),
    *(np.reciprocal, np.angle),
]
WIDER = {np.complex64: np.complex128, np.complex128: np.clongdouble}


def numbers(dtype: Any, seed: int) -> Any:
    """Parts of every exponent, of like size in half of them; the axes; the unit circle."""
    random = np.random.default_rng(seed)
    part = np.dtype(dtype).type(0).real.dtype
    limits, count = np.finfo(part), 2000
    low, high = limits.minexp + 4, limits.maxexp - 1
    signs = random.choice([-1, 1], (2, count))
    first, second = 2.0 ** random.uniform(low, high, (2, count)) * signs
    with np.errstate(over="ignore"):
        beside = first * 2.0 ** random.uniform(-12, 12, count)
    z: Any = np.empty(count, dtype)
    z.real = first
    z.imag = np.where(random.random(count) < 0.5, second, np.clip(beside, -limits.max, limits.max))
    near = np.exp(random.uniform(-2, 2, 500)) * np.exp(2j * np.pi * random.random(500))
    z[:500] = near
    z[500:550].imag, z[550:600].real = 0, 0
    return z


def errors(found: Any, exact: Any) -> np.ndarray:
    """In ulps; 0 where both are not finite in the same way."""
    limits = np.finfo(found.dtype)
    want = exact.astype(found.dtype)
    size = np.maximum(np.hypot(exact.real, exact.imag), limits.tiny / limits.eps)
    pairs = [(found.real, exact.real, want.real), (found.imag, exact.imag, want.imag)]
    largest = np.zeros(found.shape)
    for have, right, rounded in pairs:
        same = (have == rounded) | (np.isnan(have) & np.isnan(rounded))
        distance = np.abs(have - right) / size / limits.eps
        distance = np.where(np.isfinite(have) & np.isfinite(rounded), distance, np.inf)
        largest = np.maximum(largest, np.where(same, 0, distance).astype(float))
    return largest


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_errors(dtype: Any) -> None:
    z, other = numbers(dtype, 1), numbers(dtype, 2)
    wide, wide_other = z.astype(WIDER[dtype]), other.astype(WIDER[dtype])

    def whole(z: Any, other: Any) -> list[Any]:
        return [z / other, *(function(z) for function in FUNCTIONS)]

    with np.errstate(all="ignore"):
        names = ["divide", *(function.__name__ for function in FUNCTIONS)]
        results = zip(names, tessel.compile(whole)(z, other), whole(z, other))
        for (name, found, numpy), exact in zip(results, whole(wide, wide_other)):
            worst, own = errors(found, exact), errors(np.asarray(numpy), exact)
            # What overflows on the way in NumPy's formula of a quotient does so here.
            bad = worst > np.maximum(BOUND, 2 * own)
            examples = list(zip(z[bad][:3], found[bad][:3]))
            assert not bad.any(), f"{name}: {bad.sum()}, {worst[bad].max()}, {examples}"


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_infinities_and_signs_of_zeros(dtype: Any) -> None:
    ends = [0.0, -0.0, 1, -1, 0.5, -2.5, 1e3, np.inf, -np.inf, np.nan]
    z = np.empty((len(ends), len(ends)), dtype)
    z.real, z.imag = np.array(ends)[:, None], np.array(ends)
    few = np.array([0, 1, -1j, 2 + 3j, complex(np.inf, 0), complex(np.nan, 1)], dtype)
    left, right = np.repeat(z.ravel(), len(few)), np.tile(few, z.size)
    cases: list[Any] = [(f.__name__, f, [z]) for f in [*FUNCTIONS, np.sign, np.square, np.conj]]
    binary = [np.divide, np.multiply, np.fmax, np.fmin, np.maximum, np.less]
    cases += [(f.__name__, f, [left, right]) for f in binary]
    cases += [(f"to the {n}", lambda z, n=n: z**n, [z]) for n in (0, 1, 2, -1, 0.5)]
    assert_same_as_numpy(cases, tolerance=1e-5 if dtype == np.complex64 else 1e-13)


def test_whole_powers_are_products() -> None:
    z = np.array([1j, -2.5j, 2, 0.5 + 0.25j, -1 + 3j, 0])
    cases = [(f"to the {n}", lambda z, n=n: z**n, [z]) for n in (3, 5, 8, 99, -3, 100, 2.5)]
    many = np.array([3.0, -2, 0, 1, 7, 5], complex)
    cases.append(("to arrays", lambda z, e: z**e, [z, many]))
    assert_same_as_numpy(cases, tolerance=1e-13)
