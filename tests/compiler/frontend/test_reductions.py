"""Reductions with `where`, `initial` and `out`, and running extrema."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy
from same_as_numpy import assert_same_as_numpy

import tessel

NUMBERS = np.random.default_rng(2).standard_normal((3, 4, 5)).astype(np.float32)
WHOLE = np.arange(-6, 6, dtype=np.int16).reshape(3, 4)


def options(x: Any, n: Any) -> dict[str, Any]:
    """Masks, one more element, results written to arrays, positional arguments."""
    row, total, flags = np.zeros(4, np.float32), np.zeros((3, 1), np.int64), np.zeros(4, bool)
    np.sum(x[:, :, 0], axis=0, out=row)
    np.add.reduce(n, axis=1, keepdims=True, out=total)
    np.any(n > 3, axis=0, out=flags)
    by_position, largest = np.zeros(4), np.zeros((1, 4), np.int16)
    np.sum(n, 0, np.float64, by_position)
    np.max(n, 0, largest, True)
    joined, picked = np.zeros((6, 4)), np.zeros((3, 2), np.int16)
    np.concatenate([n, n * 2], axis=0, out=joined)
    np.take(n, [0, 2], axis=1, out=picked)
    return {
        "sum": np.sum(x, axis=1, where=x > 0),
        "sum_initial": np.sum(n, axis=0, initial=10, where=n[0] > -5),
        "prod": np.prod(x, where=x > 1, initial=2),
        "max": np.max(n, axis=1, initial=-3, where=n < 3, keepdims=True),
        "min": np.min(x, initial=-0.5),
        "all": np.all(n, axis=0, where=n > 0),
        "any": np.any(n > 4, where=n < 5),
        "mean": np.mean(n, axis=1, where=n[:, :1] > -7),
        "mean_some": np.mean(x, axis=(0, 2), where=x > 0, keepdims=True),
        "mean_half": np.mean(x.astype(np.float16), where=x > 0),
        "var": np.var(x, axis=1, where=x > -1, ddof=1),
        "std": np.std(n, where=n > 0),
        "var_mean": np.var(x, axis=0, mean=np.mean(x, axis=0, keepdims=True)),
        "reduce": np.add.reduce(x, axis=2, where=x > 0, initial=1),
        "maximum": np.maximum.reduce(n, axis=1),
        "positional": np.sum(n, 0, np.float32, None, True),
        "method": x.mean(axis=1, where=x > 0),
        "running_max": np.maximum.accumulate(x, axis=1),
        "running_min": np.minimum.accumulate(n),
        "running_sum": np.add.accumulate(n, 1),
        "outs": [row, total, flags, by_position, largest, joined, picked],
    }


def test_options() -> None:
    """All options give NumPy's results."""
    check_as_numpy(options, NUMBERS, WHOLE, tolerance=1e-6)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.max(x, where=x > 0), ValueError, "needs initial="),
        (lambda x: np.sum(x, 0, out=np.zeros(2)), ValueError, "out is float64.2."),
        (lambda x: np.sum(x, 0, out=np.zeros(3, int)), TypeError, "does not fit"),
        (lambda x: np.cov(x, fweights=[1, 2, 3]), NotImplementedError, "argument 'fweights'"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_reductions\.py:\d+: .*{message}"):
        tessel.compile(function)(np.ones((3, 3), np.float32))


def nan_sums(x: Any) -> dict[str, Any]:
    """Sums under a condition, along rows and of all."""
    return {
        "sum": np.nansum(x, axis=-1),
        "mean": np.nanmean(x, axis=-1),
        "all": np.nansum(x),
        "chosen": np.sum(np.where(x > 1000, x, 0), axis=-1),
    }


def test_nan_sums_of_long_rows() -> None:
    """Numbers far from zero are summed in blocks, so that the error does not grow with the row."""
    x = np.random.default_rng(4).standard_normal((3, 20_001)) + 1000
    x[:, ::7] = np.nan
    actual, exact = tessel.compile(nan_sums)(x), nan_sums(x.astype(np.longdouble))
    for name, want in exact.items():
        np.testing.assert_allclose(actual[name], want, rtol=1e-15, err_msg=name)


def test_complex_numbers_of_nothing() -> None:
    """IREE has no splat of them, and makes one where one element is all there is."""
    nothing = np.zeros((0, 1), np.complex128)
    cases: list[Any] = [
        ("sum", np.sum, [nothing]),
        ("kept", lambda z: np.sum(z, axis=0, keepdims=True), [nothing]),
        ("product", lambda z: (np.prod(z), np.prod(z, axis=0)), [nothing]),
        ("pad", lambda z: np.pad(z, ((0, 1), (0, 0))), [nothing]),
        ("pad with a number", lambda z: np.pad(z[:, 0], (1, 0), constant_values=2j), [nothing]),
        ("any", lambda z: (np.any(z), np.all(z, axis=0)), [nothing]),
    ]
    for case in cases:
        assert_same_as_numpy([case])
