"""Values counted in bins.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError, UnsupportedError
from tessel.compiler.frontend.apply import Array, apply, traced, type_of
from tessel.compiler.frontend.known_values import if_known, known
from tessel.compiler.frontend.promotion import cast_to, dtype_of
from tessel.compiler.frontend.run_time_checks import check_at_run_time
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import user_place
from tessel.dialects.indexing import ScatterNd
from tessel.dialects.types import is_float


def histogram(
    a: Array, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Array = None
) -> tuple[Array, Array]:
    """`numpy.histogram`: counts (int64, or of the dtype of weights), and the edges of bins.

    Raises UnsupportedError for bins by name, whose number depends on data.
    """
    flat = np.ravel(traced(a))
    edges = histogram_bin_edges(flat, bins, range)
    count = type_of(edges).shape[0] - 1
    first, last = edges[0], edges[-1]
    common = np.result_type(flat.dtype, edges.dtype)
    values, bounds = cast_to(flat, common), cast_to(edges, common)
    places = np.searchsorted(traced(bounds), values, side="right") - 1
    places = np.where(values == last, count - 1, places)
    inside = (values >= first) & (values <= last)
    places = np.where(inside, places, count)  # behind the end: a scatter drops it
    kind = np.dtype(np.int64) if weights is None else dtype_of(weights)
    updates = 1 if weights is None else np.ravel(weights)
    updates = np.broadcast_to(traced(cast_to(updates, kind)), flat.shape)
    counts = traced(np.zeros(count, kind))
    result = apply(ScatterNd, counts, np.expand_dims(places, 1), updates, kind="add")
    if density:
        return result / np.diff(cast_to(edges, np.float64)) / np.sum(result), edges
    return result, edges


def histogram_bin_edges(a: Array, bins: Any = 10, range: Any = None, weights: Any = None) -> Array:
    """`numpy.histogram_bin_edges` for a number of bins, or the edges themselves."""
    if isinstance(bins, str):
        message = f"numpy.histogram with bins={bins!r}, whose number depends on data"
        raise UnsupportedError(message, place=user_place(), hint="give a number of bins, or edges")
    bins = if_known(bins)
    if type_of(bins).rank == 1:
        message = "`bins` must increase monotonically, when an array"
        check_at_run_time(np.diff(bins) < 0, "ValueError", message)
        return traced(bins)
    if isinstance(bins, TracedArray) or type_of(bins).rank or int(bins) < 1:
        raise _bad_bins("bins must be a positive integer or a vector of edges")
    if range is not None and not range[0] <= range[1]:
        raise _bad_bins("the second number of range must not be less than the first")
    flat = np.ravel(traced(a))
    if range is not None or flat.size == 0:
        first, last = (0, 1) if range is None else range
        first, last = (first - 0.5, last + 0.5) if first == last else (first, last)
    else:
        low, high = np.min(flat), np.max(flat)
        if is_float(flat.dtype):
            message = "autodetected range is not finite"
            check_at_run_time(~np.isfinite(low) | ~np.isfinite(high), "ValueError", message)
        half = np.where(low == high, 0.5, 0.0) if is_float(flat.dtype) else (low == high) * 0.5
        half = cast_to(half, flat.dtype) if is_float(flat.dtype) else half
        first, last = low - half, high + half
    kind = np.result_type(flat.dtype, *[np.asarray(one).dtype for one in range or ()][:0])
    kind = kind if kind.kind in "fc" else np.dtype(np.float64)
    edges = np.linspace(first, last, int(bins) + 1, dtype=kind)
    return traced(edges)


def digitize(x: Array, bins: Array, right: bool = False) -> Array:
    """`numpy.digitize`: the bin of each element, for edges that increase or decrease.

    Raises ArgumentValueError for known edges that do neither.
    """
    bins = if_known(bins)
    size = type_of(bins).shape[0] if type_of(bins).rank == 1 else None
    if size is None:
        message = f"numpy.digitize with edges {type_of(bins)}, not a vector"
        raise ShapeError(message, place=user_place())
    # An element that equals an edge is in the bin below it when edges are on the right.
    rising = np.searchsorted(traced(bins), x, side="left" if right else "right")
    if not isinstance(bins, TracedArray):
        steps = np.diff(bins)
        if np.all(steps >= 0):
            return rising
        if not np.all(steps <= 0):
            raise _bad_bins("bins must be monotonically increasing or decreasing")
    else:
        steps = np.diff(bins)
        in_order = np.all(steps >= 0) | np.all(steps <= 0)
        message = "bins must be monotonically increasing or decreasing"
        check_at_run_time(~in_order, "ValueError", message)
    falling = size - np.searchsorted(traced(bins)[::-1], x, side="left" if right else "right")
    return (
        falling
        if not isinstance(bins, TracedArray)
        else np.where(bins[0] <= bins[-1], rising, falling)
    )


def bincount(x: Array, /, weights: Array = None, minlength: int = 0) -> Array:
    """`numpy.bincount` of known x, with traced weights: float64.

    Raises UnsupportedError for traced x: the size of the result depends on it.
    """
    places = known(x)
    if places is None:
        message = "numpy.bincount has a size that depends on data"
        hint = "use numpy.add.at(counts, x, 1) with counts of a known size"
        raise UnsupportedError(message, place=user_place(), hint=hint)
    places = places.astype(np.int64)
    counts = traced(np.zeros(np.bincount(places, minlength=minlength).size))
    updates = cast_to(weights, np.float64)
    return apply(ScatterNd, counts, places[:, None], updates, kind="add")


def _bad_bins(message: str) -> ArgumentValueError:
    return ArgumentValueError(message, place=user_place(), hint="see numpy.histogram")
