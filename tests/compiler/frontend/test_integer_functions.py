"""Integers and booleans at the ends of their ranges, and what NumPy refuses to do with them."""

from typing import Any

import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

DTYPES = [np.int8, np.uint8, np.int32, np.int64, np.uint64]


def values(dtype: Any) -> np.ndarray:
    """The ends of the range, small numbers and random ones."""
    limits = np.iinfo(dtype)
    random = np.random.default_rng(4)
    small = [0, 1, 2, 3, 5, 7, 12, 15, 25, 35, 100]
    negative = [-1, -2, -5, -15, -25] if limits.min else []
    ends = [limits.min, limits.min + 1, limits.max - 1, limits.max]
    drawn = random.integers(limits.min, limits.max, 50, dtype, endpoint=True)
    return np.concatenate([np.array([*small, *negative, *ends], dtype), drawn])


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_integers(dtype: Any) -> None:
    x = values(dtype)
    ends = x[:20]
    left, right = np.repeat(ends, len(ends)), np.tile(ends, len(ends))
    pairs = [np.gcd, np.lcm, np.floor_divide, np.remainder, np.fmod, np.divmod]
    width = 8 * np.dtype(dtype).itemsize
    cases: list[Any] = [(f.__name__, f, [left, right]) for f in pairs]
    cases += [(f"round to {n}", lambda x, n=n: np.round(x, n), [x]) for n in (0, 2, -1, -2, -25)]
    cases += [(f"power {n}", lambda x, n=n: x**n, [x]) for n in (0, 1, 2, 3, 7, -1)]
    cases += [(f"shift {n}", lambda x, n=n: (x << n, x >> n), [x]) for n in (1, width, width + 1)]
    one = [np.reciprocal, np.negative, np.abs, np.sign, np.floor, np.trunc, np.square]
    cases += [(f.__name__, f, [x]) for f in one]
    assert_same_as_numpy(cases)


def test_negative_powers_of_integers() -> None:
    x = np.array([1, 2, 3])
    assert_same_as_numpy(
        [
            ("a number", lambda x: x**-1, [x]),
            ("a scalar of NumPy's", lambda x: np.power(x, np.int64(-2)), [x]),
            ("a list", lambda x: np.power(x, [1, 2, -1]), [x]),
            ("of unsigned integers", lambda x: x**-1, [x.astype(np.uint8)]),
            ("in place", lambda x: x.__ipow__(-1), [x]),
            ("float exponents", lambda x: x**-1.0, [x]),
        ],
        tolerance=1e-15,
    )


def test_booleans() -> None:
    x, y = np.array([True, False, True, True]), np.array([True, True, False, False])
    functions = [
        *(np.subtract, np.add, np.multiply, np.divide, np.floor_divide, np.remainder, np.power),
        *(np.left_shift, np.gcd, np.hypot, np.bitwise_xor, np.less, np.maximum),
    ]
    one = [np.negative, np.positive, np.abs, np.sign, np.invert, np.square, np.floor, np.rint]
    cases: list[Any] = [(f.__name__, f, [x, y]) for f in functions]
    cases += [(f.__name__, f, [x]) for f in [*one, np.angle, np.cbrt, np.signbit]]
    cases += [(f"round to {n}", lambda x, n=n: np.round(x, n), [x]) for n in (0, 1, -1)]
    cases += [
        ("minus", lambda x, y: -x - y, [x, y]),
        ("difference", lambda x, y: x - y, [x, y]),
        ("square", lambda x: x**2, [x]),
        ("cube", lambda x: x**3, [x]),
        ("sum and product as bool", lambda x: (x.sum(dtype=bool), x.prod(dtype=bool)), [x]),
    ]
    assert_same_as_numpy(cases, tolerance=1e-3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_round(dtype: Any) -> None:
    """NumPy multiplies, rounds to even and divides."""
    random = np.random.default_rng(5)
    halves = [0.05, 0.15, 0.25, 2.675, 1.005, 0.5, 1.5, 2.5, 15, 25, -25, -0.0, np.inf, np.nan]
    x = np.concatenate([halves, random.normal(size=200) * 10]).astype(dtype)
    if dtype == np.complex64:
        x.imag = x.real[::-1]
    decimals = (0, 1, 2, 3, 20, -1, -2, 400, -400)
    assert_same_as_numpy([(f"{n}", lambda x, n=n: x.round(n), [x]) for n in decimals])


def test_square_roots_by_the_operator() -> None:
    """`x ** 0.5` is `np.sqrt(x)` in NumPy, `np.power(x, 0.5)` is C's pow."""
    x = np.array([-0.0, -np.inf, 4.0, 2.25])
    z = np.array([-4, -0.0, 3j, 1 - 1j])
    cases = [("real", lambda x: x**0.5, [x]), ("complex", lambda x: (x**0.5, x**-1), [z])]
    assert_same_as_numpy([*cases, ("divmod", lambda x: divmod(3, x), [x])], tolerance=1e-15)
