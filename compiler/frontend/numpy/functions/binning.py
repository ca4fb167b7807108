"""Values counted in bins.

Written with NumPy's own functions, which come back to the front end.
"""

from collections.abc import Sequence, Sized
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import (
    ArgumentValueError,
    DTypeError,
    ShapeError,
    UnsupportedError,
)
from tessel.compiler.frontend.tracing.apply import Array, apply, traced, type_of
from tessel.compiler.frontend.tracing.known_values import if_known, known
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of, promote
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.indexing import ScatterNd
from tessel.dialects.types import is_float


def histogram(
    a: Array,
    bins: Array = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Array = None,
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
    indices = np.searchsorted(traced(bounds), values, side="right") - 1
    indices = np.where(values == last, count - 1, indices)
    inside = (values >= first) & (values <= last)
    indices = np.where(inside, indices, count)  # behind the end: a scatter drops it
    kind = np.dtype(np.int64) if weights is None else dtype_of(weights)
    updates = 1 if weights is None else np.ravel(weights)
    updates = np.broadcast_to(traced(cast_to(updates, kind)), flat.shape)
    counts = traced(np.zeros(count, kind))
    result = apply(ScatterNd, counts, np.expand_dims(indices, 1), updates, kind="add")
    if density:
        return result / np.diff(cast_to(edges, np.float64)) / np.sum(result), edges
    return result, edges


def histogram_bin_edges(
    a: Array, bins: Array = 10, range: Any = None, weights: Any = None
) -> Array:
    """`numpy.histogram_bin_edges` for a number of bins, or the edges themselves."""
    if isinstance(bins, str):
        message = f"numpy.histogram with bins={bins!r}, whose number depends on data"
        raise UnsupportedError(
            message, location=user_location(), hint="give a number of bins, or edges"
        )
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
        raise ShapeError(message, location=user_location())
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


def histogram2d(
    x: Array,
    y: Array,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Array = None,
) -> tuple[Array, Array, Array]:
    """`numpy.histogram2d`: counts as float64, and the edges of both axes."""
    # As NumPy has it: two bins are one for each axis, any other number are edges of both.
    given = [bins, bins] if isinstance(bins, Sized) and len(bins) not in (1, 2) else bins
    counts, (first, second) = histogramdd([x, y], given, range, density, weights)
    return counts, first, second


def histogramdd(
    sample: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Array = None,
) -> tuple[Array, tuple[Array, ...]]:
    """`numpy.histogramdd` of columns, or of one array a dimension: counts as float64, and edges.

    Raises ArgumentValueError for bins or ranges that are not one a dimension.
    """
    if isinstance(sample, list | tuple):
        columns = [traced(one) for one in promote(*sample)]
    else:
        points = traced(sample)
        columns = [points] if points.ndim == 1 else list(points.T)
    each = (
        [*bins] if isinstance(bins, Sequence | np.ndarray | TracedArray) else [bins] * len(columns)
    )
    ranges = [None] * len(columns) if range is None else list(range)
    if len(each) != len(columns) or len(ranges) != len(columns):
        raise _bad_bins(f"numpy.histogramdd of {len(columns)} dimensions needs bins for each")
    edges = [histogram_bin_edges(*one) for one in zip(columns, each, ranges, strict=True)]
    linear_index: Any = np.int64(0)
    inside: Any = np.True_
    for column, bounds in zip(columns, edges, strict=True):
        count = len(bounds) - 1
        own = np.searchsorted(bounds, column, side="right") - 1
        own = np.where(column == bounds[-1], count - 1, own)
        inside = inside & (own >= 0) & (own < count)
        linear_index = linear_index * count + own
    sizes = [len(one) - 1 for one in edges]
    total = int(np.prod(sizes))
    linear_index = np.where(inside, linear_index, total)  # behind the end: a scatter drops it
    updates = cast_to(1 if weights is None else weights, np.float64)
    updates = np.broadcast_to(traced(updates), columns[0].shape)
    counts = apply(
        ScatterNd, traced(np.zeros(total)), np.expand_dims(linear_index, 1), updates, kind="add"
    )
    counts = np.reshape(counts, sizes)
    if density:
        whole = np.sum(counts)
        for axis, bounds in enumerate(edges):
            widths = [-1 if one == axis else 1 for one, _ in enumerate(edges)]
            counts = counts / np.reshape(np.diff(bounds), widths)
        counts = counts / whole
    return counts, tuple(edges)


def bincount(
    x: Array, /, weights: Array = None, minlength: int = 0, *, where: Array | None = None
) -> Array:
    """`numpy.bincount`: counts as int64, or sums of weights as float64.

    Traced elements must be below `minlength`. With `where` only elements count for which it holds.
    Raises UnsupportedError without `minlength` for traced x, since the size depends on it; a call
    raises ValueError for an element that is negative, or not below `minlength`.
    """
    known_numbers = known(x) if where is None else None
    if minlength < 0:
        raise ArgumentValueError("'minlength' must not be negative", location=user_location())
    if not np.can_cast(dtype_of(x), np.int64, "safe"):
        message = f"numpy.bincount of {dtype_of(x)}, which is not safely int64"
        raise DTypeError(message, location=user_location(), hint="cast it with .astype")
    if known_numbers is not None:
        size = np.bincount(known_numbers.astype(np.int64), minlength=minlength).size
    elif not minlength:
        message = "numpy.bincount has a size that depends on data"
        hint = "give minlength=, which must be more than all elements"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    else:
        size = minlength
    numbers = traced(cast_to(x, np.int64))
    if where is not None:
        numbers = np.where(where, numbers, 0)
    if known_numbers is None:
        _check_numbers(numbers, size)
    if where is not None:
        numbers = np.where(where, numbers, size)  # behind the end: a scatter drops it
    kind = np.dtype(np.int64 if weights is None else np.float64)
    updates = traced(cast_to(1 if weights is None else weights, kind))
    updates = np.broadcast_to(updates, numbers.shape)
    counts = traced(np.zeros(size, kind))
    return apply(ScatterNd, counts, np.expand_dims(numbers, 1), updates, kind="add")


def _check_numbers(numbers: Any, size: int) -> None:
    """Has the call raise ValueError for a number that is not below `size`, or negative."""
    if 0 in numbers.array_type.shape:
        return
    low, high = np.min(numbers), np.max(numbers)
    message = "numpy.bincount of {value}, which is negative"
    check_at_run_time(low < 0, "ValueError", message, low)
    message = "numpy.bincount of {value}, which is not below minlength={other}"
    check_at_run_time(high >= size, "ValueError", message, high, size)


def _bad_bins(message: str) -> ArgumentValueError:
    return ArgumentValueError(message, location=user_location(), hint="see numpy.histogram")
