"""One cast instead of two gives the same, for all dtypes and the ends of their ranges."""

from itertools import product

import numpy as np
from elementwise_cases import special_values

from tessel.compiler.rewrites.conversion import skips
from tessel.dialects.conversion import Cast
from tessel.dialects.types import SUPPORTED_DTYPES, bfloat16, is_complex, is_float, is_integer


def test_skipped_casts_change_nothing() -> None:
    count = 0
    for first, second, third in product(SUPPORTED_DTYPES, repeat=3):
        if not skips(first, second, third):
            continue
        count += 1
        x = _values(first)
        with np.errstate(all="ignore"):
            expected = Cast.reference(Cast.reference(x, second), third)
            result = Cast.reference(x, third)
        if third == bfloat16:
            result, expected = (one.astype(np.float32) for one in (result, expected))
        np.testing.assert_array_equal(result, expected, f"{first} -> {second} -> {third}")
    assert count > 1000


def test_integers_through_floats_are_kept_apart() -> None:
    """A float goes to int8 through int32, which 3000000000 does not fit."""
    uint32, int32, int64 = (np.dtype(name) for name in ("uint32", "int32", "int64"))
    double, half = np.dtype(np.float64), np.dtype(np.float16)
    assert not skips(uint32, double, np.dtype(np.int8))
    assert not skips(uint32, double, int32)
    assert skips(uint32, double, uint32)
    assert skips(uint32, double, int64)
    assert skips(int32, double, np.dtype(np.uint8))
    assert not skips(int32, double, half)


def _values(dtype: np.dtype) -> np.ndarray:
    if is_integer(dtype):
        random = np.random.default_rng(3)
        ends = np.iinfo(dtype)
        drawn = random.integers(ends.min, ends.max, 200, dtype, endpoint=True)
        shifts = random.integers(0, 8 * dtype.itemsize, 200).astype(dtype)
        return np.concatenate([special_values(dtype), drawn, drawn >> shifts])
    numbers = special_values(np.dtype(np.float64) if is_complex(dtype) else dtype)
    if not is_float(dtype) and not is_complex(dtype):
        return numbers
    wide = np.array([300.7, -300.7, 3e9, -3e9, 1e10, 1e20, 2.0**31, 2.0**63, 2.0**64])
    with np.errstate(over="ignore"):
        return np.concatenate([numbers, wide.astype(numbers.dtype)]).astype(dtype)
