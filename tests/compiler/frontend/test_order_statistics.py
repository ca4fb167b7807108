"""Medians, quantiles, averages, counts in bins, and reductions without NaN, as NumPy has them."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(7)
NUMBERS = RANDOM.standard_normal((3, 4, 5)).astype(np.float32)
HOLES = np.where(NUMBERS > 0.8, np.float32("nan"), NUMBERS)
HOLES[1, 2] = np.nan
WHOLE = RANDOM.integers(-9, 9, (4, 6), np.int16)
CONTINUOUS = ("interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "midpoint")


def quantiles(x: Any, holes: Any, n: Any) -> dict[str, Any]:
    """Several axes, methods, quantiles at once, integers, NaN."""
    methods = ("linear", "lower", "higher", "nearest", *CONTINUOUS)
    return {
        "median": np.median(x),
        "median_axis": np.median(x, axis=-2, keepdims=True),
        "median_axes": np.median(x, axis=(0, 2)),
        "median_whole": np.median(n, axis=0),
        "median_nan": np.median(holes, axis=1),
        "nanmedian": np.nanmedian(holes, axis=1),
        "nanmedian_all": np.nanmedian(holes),
        "quantile": np.quantile(x, 0.3, axis=1),
        "several": np.quantile(x, [0.0, 0.25, 1.0], axis=-1, keepdims=True),
        "matrix": np.quantile(n, np.array([[0.1, 0.2], [0.5, 0.9]]), axis=1),
        "nan": np.quantile(holes, 0.4, axis=0),
        "percentile": np.percentile(x, 30, axis=(0, 1)),
        "percentiles": np.percentile(n, [5, 95]),
        "nanpercentile": np.nanpercentile(holes, [20, 70], axis=2),
        "nanquantile": np.nanquantile(holes, 0.2, axis=(0, 2), keepdims=True),
        "nanquantile_whole": np.nanquantile(n, 0.2, axis=0),
        **{one: np.quantile(n, 0.35, axis=1, method=one) for one in methods},
        **{f"{one}_float": np.quantile(x, 0.5, axis=0, method=one) for one in methods},
    }


@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_quantiles() -> None:
    """Medians and quantiles."""
    check_as_numpy(quantiles, NUMBERS, HOLES, WHOLE, tolerance=1e-6)


def of_nothing(x: Any, n: Any) -> dict[str, Any]:
    """NaN where there is no element, and nothing where there is no lane."""
    return {
        "median": np.median(x, axis=0),
        "all": np.median(x),
        "kept": np.median(n, axis=0, keepdims=True),
        "no_lanes": np.median(x, axis=1),
        "nanmedian": np.nanmedian(x, axis=0),
        "nanquantile": np.nanquantile(x, [0.1, 0.5], axis=0, keepdims=True),
        "nanpercentile": np.nanpercentile(n, 20),
    }


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_quantiles_of_nothing() -> None:
    """Medians are NaN; a quantile raises, as in NumPy."""
    x = np.zeros((0, 3), np.float32)
    check_as_numpy(of_nothing, x, x.astype(np.int16), tolerance=0)
    with pytest.raises(IndexError, match="no elements"):
        tessel.compile(lambda x: np.quantile(x, 0.5, axis=0))(x)


def of_stacks(x: Any, n: Any) -> dict[str, Any]:
    """Of arrays side by side, and of the windows of an array: IREE alone refused some."""
    neighbours = np.stack([x[:-2], x[1:-1], x[2:]], axis=-1)
    cells = [n[i : n.shape[0] - 2 + i, j : n.shape[1] - 2 + j] for i in range(3) for j in range(3)]
    windows = np.lib.stride_tricks.sliding_window_view(n, 4, axis=1)
    smooth = x
    for _ in range(6):
        smooth = np.median(np.stack([smooth, smooth[::-1], x * 2]), axis=0)
    return {
        "last": np.median(neighbours, axis=-1),
        "image": np.median(np.stack(cells), axis=0),
        "quantile": np.quantile(np.stack([x, x[::-1], -x, x * x]), 0.3, axis=0),
        "rows": np.median(np.vstack([n[:1], n[2:], -n]), axis=0),
        "windows": np.median(windows, axis=-1),
        "single": np.median(np.stack([x]), axis=0),
        "loop": smooth,
    }


def test_medians_of_stacks() -> None:
    check_as_numpy(of_stacks, NUMBERS[0, 0].copy(), WHOLE, tolerance=1e-6)


def of_dynamic_sizes(x: Any) -> list[Any]:
    """Of axes whose sizes a call knows."""
    holes = np.where(x > 0.8, np.nan, x)
    return [
        np.median(x),
        np.quantile(x, 0.3, axis=0),
        np.quantile(x, [0.1, 0.5, 1], axis=-1, keepdims=True),
        np.percentile(x.astype(np.float32), [10, 90]),
        np.subtract(*np.percentile(x, [75, 25], axis=1)),
        np.nanmedian(holes, axis=0),
        np.nanquantile(holes, 0.2),
        np.median(np.stack([x, x * x, -x]), axis=0),
        np.quantile((x * 9).astype(int), 0.35, axis=1, method="midpoint"),
        np.partition(x, 1, axis=0)[1],
    ]


@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_dynamic_sizes() -> None:
    """A program for each number of elements that a position follows from."""
    compiled = tessel.compile(of_dynamic_sizes, dynamic=True)
    for shape in ((5, 7), (4, 6), (2, 1)):
        x = RANDOM.standard_normal(shape)
        for got, want in zip(compiled(x), of_dynamic_sizes(x), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-6, strict=True)


def averages(x: Any, n: Any, w: Any) -> dict[str, Any]:
    """Weighted and plain averages."""
    return {
        "plain": np.average(n, axis=0),
        "weights": np.average(x, axis=1, weights=w),
        "full": np.average(n, weights=n * n),
        "returned": np.average(n, axis=-1, weights=np.arange(6), returned=True),
        "returned_plain": np.average(x, axis=0, returned=True),
        "kept": np.average(x, axis=1, weights=w, keepdims=True),
    }


def without_nan(x: Any, n: Any) -> dict[str, Any]:
    """Each reduction over an axis, all, and of integers."""
    names = ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanstd", "nanvar")
    found: dict[str, Any] = {}
    for name in names:
        function = getattr(np, name)
        found[name] = function(x, axis=1, keepdims=True)
        found[f"{name}_all"] = function(x)
        found[f"{name}_whole"] = function(n, axis=-1)
    return found | {
        "nancumsum": np.nancumsum(x, axis=2),
        "nancumprod": np.nancumprod(x),
        "nanargmax": np.nanargmax(x, axis=0),
        "nanargmin": np.nanargmin(x),
        "ddof": np.nanvar(x, axis=2, ddof=2),
        "to_num": np.nan_to_num(x / 0),
        "to_num_given": np.nan_to_num(x / 0, nan=1, posinf=2, neginf=3),
        "to_num_complex": np.nan_to_num(x[0] + 1j * x[1]),
        "to_num_whole": np.nan_to_num(n),
        "infinite": [np.isposinf(x / 0), np.isneginf(x / 0)],
    }


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, for the row that is all NaN
def test_averages_and_reductions() -> None:
    """Averages, and reductions that leave out NaN."""
    check_as_numpy(averages, NUMBERS, WHOLE, np.array([1, 2, 0, 3]), tolerance=1e-6)
    check_as_numpy(without_nan, HOLES, WHOLE, tolerance=1e-5)


def bins(x: Any, n: Any, edges: Any, w: Any) -> dict[str, Any]:
    """Histograms by number, range, edges and weights, and indices among edges."""
    counts = n[0] * 0
    np.add.at(counts, np.abs(n), 1)
    return {
        "plain": np.histogram(x),
        "whole": np.histogram(n, 4),
        "range": np.histogram(x, bins=5, range=(-1, 1.5)),
        "edges": np.histogram(x, edges),
        "known_edges": np.histogram(n, [-9, -2, 0, 7]),
        "density": np.histogram(x, 6, density=True),
        "weights": np.histogram(x[0], 4, weights=w),
        "same": np.histogram(x[:1, :1] * 0, 3),
        "bin_edges": np.histogram_bin_edges(x, 3),
        "digitize": np.digitize(x, edges),
        "digitize_right": np.digitize(n, np.array([-5, 0, 3]), right=True),
        "falling": np.digitize(n, np.array([3, 0, -5])),
        "falling_right": np.digitize(n, np.array([3, 0, -5]), right=True),
        "falling_traced": np.digitize(n, edges[::-1]),
        "bincount": np.bincount(np.array([0, 3, 3, 1]), weights=w[:, 0], minlength=6),
        "counted": counts,
    }


def test_bins() -> None:
    """Histograms and indices of bins."""
    edges = np.array([-1.0, -0.25, 0.0, 2.0])
    weights = RANDOM.standard_normal((4, 5))
    check_as_numpy(bins, NUMBERS, WHOLE % 6, edges, weights, tolerance=1e-6)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.quantile(x, 1.5), ValueError, "must be in the range"),
        (lambda x: np.percentile(x, -1), ValueError, "must be in the range"),
        (lambda x: np.quantile(x, 0.5, method="inverted_cdf"), NotImplementedError, "use one of"),
        (lambda x: np.average(x, axis=0, weights=[1, 2]), ValueError, "weights of"),
        (lambda x: np.histogram(x, "auto"), NotImplementedError, "depends on data"),
        (lambda x: np.histogram(x, [2, 1]), ValueError, "increase monotonically"),
        (lambda x: np.histogram(x, 0), ValueError, "positive integer"),
        (lambda x: np.histogram(x, 3, (2, 1)), ValueError, "must not be less"),
        (lambda x: np.digitize(x, [0, 2, 1]), ValueError, "increasing or decreasing"),
        (lambda x: np.bincount(x[0].astype(int)), NotImplementedError, "give minlength="),
        (lambda x: np.median(x, axis=2), IndexError, "axis 2 is out of range"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_order_statistics\.py:\d+: .*{message}"):
        tessel.compile(function)(np.ones((3, 3), np.float32))
