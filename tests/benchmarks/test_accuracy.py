"""A sample of what `python -m benchmarks.accuracy` measures: the documented error bounds hold."""

import numpy as np
import pytest
from differential import Case, run_cases

from benchmarks.accuracy.errors import errors_in_ulps, every, sampled, special
from benchmarks.accuracy.functions import measured
from benchmarks.accuracy.measure import Measurement
from tessel.dialects import exponential
from tessel.dialects.types import bfloat16

STEP = 1_000_003
"""About 4300 numbers of float32, of all exponents and both signs."""


def numbers(dtype: np.dtype) -> np.ndarray:
    own = every(dtype, STEP, 0, 1 << 20) if dtype == np.float32 else sampled(dtype, 4000, 1)
    return np.concatenate([own, sampled(dtype, 4000, 2), special(dtype)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_documented_bounds(dtype: type) -> None:
    x = numbers(np.dtype(dtype))
    y = np.random.default_rng(3).permutation(x)
    measurements = [Measurement(one, np.dtype(dtype)) for one in measured()]
    arguments = [[x, y][: one.function.arguments] for one in measurements]
    cases = [
        Case(one.function.op, taken, dict(one.function.attributes))
        for one, taken in zip(measurements, arguments, strict=True)
    ]
    with np.errstate(all="ignore"):
        for one, taken, result in zip(measurements, arguments, run_cases(cases), strict=True):
            one.add(taken, result)
    assert not [str(one) for one in measurements if not one.holds]


def test_every_float16_and_bfloat16() -> None:
    """All of them: what float32 gives, rounded once."""
    ops = [exponential.Exp, exponential.Log, exponential.Cbrt, exponential.Log1p]
    cases = [Case(op, [every_half(dtype)]) for dtype in (np.float16, bfloat16) for op in ops]
    with np.errstate(all="ignore"):
        for case, result in zip(cases, run_cases(cases), strict=True):
            x = case.operands[0]
            exact = case.op.reference(x.astype(np.float64))
            rounded = exact.astype(np.float32).astype(x.dtype)
            near = (
                np.abs(result.astype(np.float64) - exact)
                <= np.abs(rounded.astype(np.float64) - exact) * 1.001 + 1e-45
            )
            same = (result == rounded) | (np.isnan(exact) & np.isnan(result.astype(np.float32)))
            assert (near | same).all(), case


def every_half(dtype: np.dtype | type) -> np.ndarray:
    return np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(dtype)


def test_errors_in_ulps() -> None:
    """Units at 1 and above, at the largest number, infinities, NaN and zeros with their signs."""
    largest = np.finfo(np.float32).max
    results = np.array([1, np.inf, np.inf, np.nan, 0, -0.0, 2**-149, largest], np.float32)
    exact = np.array([1 + 2.0**-24, np.inf, 3.5e38, np.nan, 0, 0, 0, float(largest)], np.float64)
    errors = errors_in_ulps(results, exact)
    assert errors[0] == 0.5
    assert errors[1] == errors[3] == errors[4] == errors[7] == 0
    assert errors[2] < 1e7
    assert errors[5] == np.inf
    assert errors[6] == 1
    assert errors_in_ulps(np.array([1], np.float32), np.array([np.nan])) == np.inf
