"""Medians, quantiles and averages.

Written with NumPy's own functions: of traced arrays they come back here, of known ones they compute
at once, so that positions which follow from sizes are constants of the program.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from tessel.compiler.diagnostics import AxisError, ShapeError, UnsupportedError
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.known_values import if_known
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import (
    check_at_run_time,
    check_range,
    unchecked,
)
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_float

_METHODS = {
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (0.5, 0.5),
    "weibull": (0, 0),
    "linear": (1, 1),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
"""Hyndman and Fan's continuous methods, by their two parameters."""

_DISCRETE = {
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.rint,
}


class Lanes(NamedTuple):
    """The reduced axes as one last axis, sorted; how many elements it has, and which are NaN."""

    ordered: TracedArray
    count: Any
    is_nan: Any


def median(a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """`numpy.median`: the mean of the two middle elements; NaN where there is one, and of none."""
    lanes, axes = _lanes(a, axis)
    size = lanes.count
    if size == 0:
        return _kept(np.mean(lanes.ordered, axis=-1), axes, keepdims)
    middle = np.mean(lanes.ordered[..., (size - 1) // 2 : size // 2 + 1], axis=-1)
    result = (
        middle if lanes.is_nan is None else np.where(lanes.is_nan, lanes.ordered[..., -1], middle)
    )
    return _kept(cast_to(result, dtype_of(middle)), axes, keepdims)


def nanmedian(a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """`numpy.nanmedian`: of the elements that are no NaN; NaN where all are."""
    return nanquantile(a, 0.5, axis, keepdims=keepdims)


def quantile(
    a: Array, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Array:
    """`numpy.quantile` without weights; NaN where there is one.

    Raises ArgumentValueError for q outside [0, 1], UnsupportedError for the discontinuous methods.
    """
    lanes, axes = _lanes(a, axis)
    return _quantile(lanes, axes, _checked(_as_fractions(a, q)), method, keepdims)


def percentile(
    a: Array, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Array:
    """`numpy.percentile`: `numpy.quantile` of q / 100."""
    return quantile(a, _per_hundred(a, q), axis, method, keepdims)


def nanquantile(
    a: Array, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Array:
    """`numpy.nanquantile`: `numpy.quantile` of the elements that are no NaN; NaN of none."""
    lanes, axes = _lanes(a, axis)
    fractions = _checked(_as_fractions(a, q))
    if lanes.count == 0:
        # One for all q, as NumPy has it.
        return _kept(np.mean(lanes.ordered, axis=-1), axes, keepdims)
    if is_float(lanes.ordered.dtype):
        numbers = np.sum(~np.isnan(lanes.ordered), axis=-1)
        floats = dtype_of(fractions) if is_float(dtype_of(fractions)) else np.dtype(np.float64)
        lanes = Lanes(lanes.ordered, cast_to(numbers, floats), numbers == 0)
    return _quantile(lanes, axes, fractions, method, keepdims)


def nanpercentile(
    a: Array, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Array:
    """`numpy.nanpercentile`: `numpy.nanquantile` of q / 100."""
    return nanquantile(a, _per_hundred(a, q), axis, method, keepdims)


def partition(a: Array, kth: Any, axis: int | None = -1, kind: Any = None) -> Array:
    """`numpy.partition`: sorted as a whole, which is a partition at every position.

    Positions out of range raise ValueError.
    """
    _check_positions(a, kth, axis)
    return np.sort(a, axis=axis)


def argpartition(a: Array, kth: Any, axis: int | None = -1, kind: Any = None) -> Array:
    """`numpy.argpartition`: the indices of all elements in order.

    Positions out of range raise ValueError.
    """
    _check_positions(a, kth, axis)
    return np.argsort(a, axis=axis)


def _check_positions(a: Array, kth: Any, axis: int | None) -> None:
    x = traced(a)
    size = x.size if axis is None else x.shape[normalize_axis(axis, x.ndim)]
    message = "kth(={value}) out of bounds ({other})"
    check_range(kth, size, "ValueError", message, counts_from_back=True)


def lexsort(keys: Any, axis: int = -1) -> Array:
    """`numpy.lexsort`: indices in the order of the last key, then of those before it."""
    rows = [traced(one) for one in keys]
    order = np.argsort(rows[0], axis=axis, stable=True)
    for key in rows[1:]:
        within = np.argsort(np.take_along_axis(key, order, axis), axis=axis, stable=True)
        order = np.take_along_axis(order, within, axis)
    return order


def average(
    a: Array,
    axis: Any = None,
    weights: Array = None,
    returned: bool = False,
    keepdims: bool = False,
) -> Any:
    """`numpy.average`.

    Raises ShapeError for weights that have neither a's shape nor that of the one axis,
    ZeroDivisionError where they sum to 0.
    """
    x = traced(a)
    if weights is None:
        result = np.mean(x, axis=axis, keepdims=keepdims)
        count = x.size // np.maximum(result.size, 1)
        counts = np.broadcast_to(traced(cast_to(count, result.dtype)), result.shape)
        return (result, counts) if returned else result
    weights = traced(weights)
    kind = np.result_type(x.dtype, weights.dtype, *([] if x.dtype.kind in "fc" else [np.float64]))
    if weights.array_type.shape != x.array_type.shape:
        axes = normalize_axes(axis, x.ndim)
        sizes = [x.array_type.shape[one] for one in sorted(axes)]
        if axis is None or list(weights.array_type.shape) != [
            x.array_type.shape[one] for one in axes
        ]:
            message = f"weights of {weights.array_type} for an average of {x.array_type}"
            raise ShapeError(message, location=user_location(), hint="give weights along the axis")
        shape = [x.shape[one] if one in axes else 1 for one in range(x.ndim)]
        order = [int(one) for one in np.argsort(axes)]
        weights = np.reshape(np.transpose(weights, order) if sizes else weights, shape)
    full = np.broadcast_to(weights, x.shape)
    total = np.sum(full, axis=axis, dtype=kind, keepdims=keepdims)
    message = "Weights sum to zero, can't be normalized"
    check_at_run_time(total == 0, "ZeroDivisionError", message)
    result = np.sum(np.multiply(x, full, dtype=kind), axis=axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def _lanes(a: Array, axis: Any) -> tuple[Lanes, tuple[tuple[int, ...], int]]:
    x = traced(a)
    axes = normalize_axes(axis, x.ndim)
    kept = [one for one in range(x.ndim) if one not in axes]
    # Positions between two elements are computed when tracing, in the dtypes that NumPy gives them.
    count = math.prod(int(x.shape[one]) for one in axes)
    moved = np.transpose(x, (*kept, *axes))
    lanes = np.reshape(moved, (*[x.shape[one] for one in kept], count))
    ordered = np.sort(lanes, axis=-1) if count else lanes
    is_nan = np.isnan(ordered[..., -1]) if is_float(x.dtype) and count else None
    return Lanes(ordered, count, is_nan), (axes, x.ndim)


def _quantile(
    lanes: Lanes, axes: tuple[tuple[int, ...], int], q: Any, method: str, keepdims: bool
) -> Array:
    if method not in _METHODS and method not in (*_DISCRETE, "midpoint"):
        message = f"numpy.quantile with method {method!r} cannot be compiled"
        hint = f"use one of {', '.join([*_METHODS, *_DISCRETE, 'midpoint'])}"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    if type_of(lanes.ordered).shape[-1] == 0:
        raise AxisError("a quantile of no elements", location=user_location())
    results = [_one_quantile(lanes, one, method) for one in _each(q)]
    kept = [_kept(one, axes, keepdims) for one in results]
    shape = type_of(q).shape
    if not shape:
        return kept[0]
    return np.reshape(np.stack(kept), (*shape, *kept[0].shape))


def _one_quantile(lanes: Lanes, q: Any, method: str) -> Array:
    """The quantile of each lane, at a position between two elements that follows from q."""
    ordered, count = lanes.ordered, lanes.count
    if method in _DISCRETE:
        position = _DISCRETE[method]((count - 1) * q)
        result = _at(ordered, cast_to(position, np.int64))
    else:
        position = _position(count, q, method)
        position = np.minimum(np.maximum(position, 0), count - 1)
        below = np.floor(position)
        part = position - below
        first = cast_to(below, np.int64)
        low, high = _at(ordered, first), _at(ordered, np.minimum(first + 1, count - 1))
        distance = high - low
        # Rounded from the nearer end, as in NumPy: the ends are exact.
        near = np.where(part >= 0.5, high - distance * (1 - part), low + distance * part)
        result = cast_to(near, np.result_type(distance.dtype, dtype_of(part)))
    if lanes.is_nan is None:
        return result
    return np.where(lanes.is_nan, cast_to(np.nan, result.dtype), result)


def _position(count: Any, q: Any, method: str) -> Any:
    if method == "midpoint":
        return 0.5 * (np.floor((count - 1) * q) + np.ceil((count - 1) * q))
    if method == "linear":
        return (count - 1) * q
    alpha, beta = _METHODS[method]
    return count * q + (alpha + q * (1 - alpha - beta)) - 1


def _at(ordered: TracedArray, position: Any) -> Array:
    """The element of each lane at a position: one for all, or one for each."""
    if not isinstance(position, TracedArray):
        return ordered[..., int(position)]
    with unchecked():
        if position.ndim == 0:
            return np.take(ordered, position, axis=-1)
        inside = np.clip(position, 0, None)
        return np.take_along_axis(ordered, np.expand_dims(inside, -1), axis=-1)[..., 0]  # type: ignore[arg-type]


def _each(q: Any) -> list[Any]:
    flat = np.reshape(q, -1)
    return [flat[position] for position in range(len(flat))]


def _as_fractions(a: Array, q: Any) -> Any:
    """q as NumPy has it: a Python number takes the dtype of floats."""
    q = q if isinstance(q, int | float) else if_known(q)
    if isinstance(q, TracedArray):
        return q
    floats = dtype_of(a) if isinstance(q, int | float) and is_float(dtype_of(a)) else None
    return np.asarray(q, floats)


def _per_hundred(a: Array, q: Any) -> Any:
    dtype = dtype_of(a)
    q = q if isinstance(q, int | float) else if_known(q)
    return np.true_divide(q, dtype.type(100) if is_float(dtype) else 100)


def _checked(q: Any) -> Any:
    outside = np.logical_not((q >= 0) & (q <= 1))
    message = "quantiles must be in the range [0, 1], and percentiles in [0, 100]"
    check_at_run_time(outside, "ValueError", message)
    return q


def _kept(result: Array, axes: tuple[tuple[int, ...], int], keepdims: bool) -> Array:
    """With the reduced axes as sizes of 1."""
    reduced, _ = axes
    return np.expand_dims(result, tuple(sorted(reduced))) if keepdims and reduced else result
