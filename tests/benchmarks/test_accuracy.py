"""A sample of what `python -m benchmarks.accuracy` measures: the documented error bounds hold."""

import numpy as np
import pytest
from differential import Case, run_cases
from ml_dtypes import finfo

from benchmarks.accuracy.errors import Measure, errors_in_ulps, largest_error
from benchmarks.accuracy.functions import measured
from benchmarks.accuracy.measure import Measurement
from benchmarks.accuracy.numbers import positive, sampled, special
from benchmarks.accuracy.results import PAGE, RESULTS, page, read
from tessel.dialects.accuracy import ERROR_BOUNDS
from tessel.dialects.types import bfloat16

STEP = 1_000_003
"""About 4300 numbers of float32, of all exponents and both signs."""


def numbers(dtype: np.dtype) -> np.ndarray:
    walked = positive(STEP, 0, 1 << 20)
    own = np.concatenate([walked, -walked]) if dtype == np.float32 else sampled(dtype, 4000, 1)
    return np.concatenate([own, sampled(dtype, 4000, 2), special(dtype)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_documented_bounds(dtype: type) -> None:
    x = numbers(np.dtype(dtype))
    y = np.random.default_rng(3).permutation(x)
    measurements = [Measurement(one, np.dtype(dtype)) for one in measured() if dtype in one.dtypes]
    arguments = [[x, y][: one.function.arguments] for one in measurements]
    cases = [
        Case(one.function.op, taken, dict(one.function.attributes))
        for one, taken in zip(measurements, arguments, strict=True)
    ]
    with np.errstate(all="ignore"):
        for one, taken, result in zip(measurements, arguments, run_cases(cases), strict=True):
            one.add(taken, dict.fromkeys(one.worst, result))
    assert not [str(one) for one in measurements if not one.holds]


@pytest.mark.parametrize("dtype", [np.float16, bfloat16], ids=["float16", "bfloat16"])
def test_every_float16_and_bfloat16(dtype: type) -> None:
    """All numbers and all functions: what float32 gives within its bound, rounded once."""
    x, wide = every_half(dtype), every_half(dtype).astype(np.float32)
    functions = [one for one in measured() if one.arguments == 1 and one.op in ERROR_BOUNDS]
    cases = [Case(one.op, [x], dict(one.attributes)) for one in functions]
    largest, least = float(finfo(dtype).max), float(finfo(dtype).smallest_subnormal)
    with np.errstate(all="ignore"):
        for function, result in zip(functions, run_cases(cases), strict=True):
            exact, measure = function.exact([wide]), function.measure(np.dtype(np.float32))
            sizes = np.minimum(measure.sizes(exact, wide), np.finfo(np.float32).max)
            units = np.spacing(np.abs(sizes).astype(np.float32)).astype(np.float64)
            off = function.bound.float32 * units + measure.lost
            # Half the distance of the dtype's numbers, which is largest above.
            half = np.maximum(
                np.exp2(np.floor(np.log2(np.abs(exact) + off))) * finfo(dtype).eps, least
            )
            near = np.abs(result.astype(np.float64) - exact) <= half / 2 + off
            same = (result == exact.astype(dtype)) | (np.isnan(result) & np.isnan(exact))
            beyond = np.isinf(result) & (np.abs(exact) + off >= largest)
            right = near | same | beyond
            assert right.all(), (
                function.name,
                x[~right][:5],
                result[~right][:5],
                exact[~right][:5],
            )


def every_half(dtype: np.dtype | type) -> np.ndarray:
    return np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(dtype)


@np.errstate(all="ignore")
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


@np.errstate(all="ignore")
def test_largest_error() -> None:
    """What most results are spared of finds what looking at each does."""
    random = np.random.default_rng(0)
    exact = np.concatenate([np.exp(random.uniform(-110, 95, 5000)), special(np.dtype(np.float64))])
    exact = np.concatenate([exact, -exact])
    results = exact.astype(np.float32)
    off = random.integers(-2, 3, results.size).astype(np.int32)
    results = (results.view(np.int32) + np.where(np.isfinite(results), off, 0)).view(np.float32)
    for measure in (Measure(), Measure("1"), Measure(lost=1e-38)):
        errors = measure.errors(results, exact, measure.sizes(exact, results))
        for above in (0.5, 1.9, 2.2):
            found = largest_error(results, exact, results, measure, above)
            assert found is not None
            assert found[0] == errors[found[1]] == errors.max()
    rounded = exact.astype(np.float32)
    assert largest_error(rounded, exact, rounded, Measure(), 0.5) is None


def test_page_shows_the_results() -> None:
    """What was measured holds, and `docs/accuracy.md` is up to date."""
    results, machine = read(RESULTS)
    assert PAGE.read_text(encoding="utf-8") == page(results, machine)
    for one in results:
        assert all(error["ulps"] <= one.bound for error in one.errors.values()), one
