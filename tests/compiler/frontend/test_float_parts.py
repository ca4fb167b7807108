"""Significands, exponents and neighbours of floats, to the last bit."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

import tessel

DTYPES = [np.float16, np.float32, np.float64, ml_dtypes.bfloat16]


def values(dtype: Any) -> np.ndarray:
    """All exponents with random significands, both signs, subnormals, and what is not finite."""
    random = np.random.default_rng(5)
    kind = np.dtype(dtype)
    unsigned = np.dtype(f"uint{8 * kind.itemsize}")
    bits = random.integers(0, np.iinfo(unsigned).max, 4000, unsigned, endpoint=True)
    limits = ml_dtypes.finfo(kind)
    special = [0, -0.0, 1, -1, 0.5, np.inf, -np.inf, np.nan]
    ends = [limits.max, limits.min, limits.smallest_normal, limits.smallest_subnormal]
    return np.concatenate([bits.view(kind), np.array(special, kind), np.array(ends, kind)])


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_parts(dtype: Any) -> None:
    x = values(dtype)
    cases: list[Any] = [(f.__name__, f, [x]) for f in (np.frexp, np.spacing, np.modf)]
    if dtype is not ml_dtypes.bfloat16:
        n = np.resize(np.arange(-2200, 2200, 3), len(x))
        cases += [
            ("ldexp", np.ldexp, [x, n]),
            ("ldexp, int32", np.ldexp, [x, n.astype(np.int32)]),
            ("ldexp, a number", lambda x: np.ldexp(x, -3), [x]),
            ("ldexp, broadcast", lambda x: np.ldexp(x[:5, None], np.arange(-2, 3)), [x]),
            (
                "frexp, out",
                lambda x: np.frexp(x, np.zeros_like(x), np.zeros(len(x), np.int32)),
                [x],
            ),
            ("undone", lambda x: np.ldexp(*np.frexp(x)), [x]),
        ]
    assert_same_as_numpy(cases)


def test_of_integers_and_of_nothing() -> None:
    k = np.array([3, -8, 0], np.int8)
    cases: list[Any] = [
        *((f.__name__, f, [k]) for f in (np.frexp, np.spacing, np.modf)),
        ("ldexp", lambda k: (np.ldexp(k, 2), np.ldexp(k > 0, 3), np.ldexp(1.5, k)), [k]),
        ("of nothing", lambda k: (*np.frexp(k[:0]), np.ldexp(k[:0], 1), np.spacing(k[:0])), [k]),
        ("rank 0", lambda k: (*np.frexp(k[0]), np.ldexp(k[1], k[0]), np.spacing(k[2])), [k]),
        ("float exponents", lambda k: np.ldexp(k, 2.0), [k]),
        ("unsigned exponents", lambda k: np.ldexp(1.5, k.astype(np.uint64)), [k]),
        ("complex", lambda k: np.frexp(k + 1j), [k]),
    ]
    assert_same_as_numpy(cases)


def test_dynamic() -> None:
    def parts(x: Any) -> Any:
        significand, exponent = np.frexp(x)
        return significand, exponent, np.ldexp(significand, exponent), np.spacing(x)

    compiled = tessel.compile(parts, dynamic=True)
    for size in (3, 0, 5):
        x = np.linspace(-3, 1e9, size)
        for got, want in zip(compiled(x), parts(x)):
            np.testing.assert_array_equal(got, want)
