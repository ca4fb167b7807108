"""Reductions and cumulative functions: sums, products, extrema, means, variances, truth."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.base import TesselOp
from tessel.dialects.cumulative import CumulativeProd, CumulativeSum
from tessel.dialects.dim import Dim
from tessel.dialects.reduction import (
    Argmax,
    Argmin,
    ReduceAll,
    ReduceAny,
    ReduceMax,
    ReduceMin,
    ReduceProd,
    ReduceSum,
)
from tessel.dialects.types import is_bool, is_complex, is_half, is_integer

Axis = int | Sequence[int] | None


def sum(x: Array, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.sum`: small integers and booleans are added as int64 or uint64."""
    kind = np.dtype(dtype or accumulator_dtype(dtype_of(x)))
    return reduce(ReduceAny if is_bool(kind) else ReduceSum, cast_to(x, kind), axis, keepdims)


def prod(x: Array, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.prod`: small integers and booleans are multiplied as int64 or uint64."""
    kind = np.dtype(dtype or accumulator_dtype(dtype_of(x)))
    return reduce(ReduceAll if is_bool(kind) else ReduceProd, cast_to(x, kind), axis, keepdims)


def max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.max`."""
    return reduce(ReduceMax, x, axis, keepdims)


def min(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.min`."""
    return reduce(ReduceMin, x, axis, keepdims)


def ptp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.ptp`: the largest minus the smallest element."""
    return elementwise.subtract(max(x, axis, keepdims), min(x, axis, keepdims))


def all(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.all`."""
    return reduce(ReduceAll, cast_to(x, np.bool_), axis, keepdims)


def any(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.any`."""
    return reduce(ReduceAny, cast_to(x, np.bool_), axis, keepdims)


def count_nonzero(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.count_nonzero`, as int64."""
    return sum(cast_to(x, np.bool_), axis, np.int64, keepdims)


def argmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.argmax`: the first of equal elements, over all elements without an axis."""
    return _argument(Argmax, x, axis, keepdims)


def argmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.argmin`: the first of equal elements, over all elements without an axis."""
    return _argument(Argmin, x, axis, keepdims)


def mean(x: Array, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.mean`: integers are averaged as float64, half precision in float32."""
    target = np.dtype(dtype or _inexact(dtype_of(x)))
    wide = np.dtype(np.float32) if is_half(target) else target
    total = sum(cast_to(x, wide), axis, wide, keepdims)
    return cast_to(elementwise.divide(total, cast_to(_count(x, axis), wide)), target)


def var(
    x: Array,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Array:
    """`numpy.var`: the mean of squared distances from it, over count - ddof (or correction)."""
    ddof = ddof if correction is None else correction
    target = np.dtype(dtype or _inexact(dtype_of(x)))
    wide = np.dtype(np.float32) if is_half(target) else target
    x = cast_to(x, wide)
    distance = elementwise.subtract(x, mean(x, axis, keepdims=True))
    squares = elementwise.multiply(distance, elementwise.conj(distance))
    squares = elementwise.real(squares) if is_complex(wide) else squares
    kind = dtype_of(squares)
    divisor = elementwise.subtract(cast_to(_count(x, axis), kind), cast_to(ddof, kind))
    divisor = elementwise.maximum(divisor, cast_to(0.0, kind))
    result = elementwise.divide(sum(squares, axis, kind, keepdims), divisor)
    return cast_to(result, target) if is_half(target) else result


def std(
    x: Array,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Array:
    """`numpy.std`: the square root of `var`."""
    return elementwise.sqrt(var(x, axis, dtype, ddof, keepdims, correction=correction))


def cumsum(x: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """`numpy.cumsum`: of all elements in order without an axis."""
    return _cumulative(CumulativeSum, x, axis, dtype)


def cumprod(x: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """`numpy.cumprod`: of all elements in order without an axis."""
    return _cumulative(CumulativeProd, x, axis, dtype)


def cumulative_sum(
    x: Array, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Array:
    """`numpy.cumulative_sum`: with `include_initial` it starts with 0.

    Raises ShapeError without an axis for an array of another rank than 1.
    """
    return _from_initial(cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: Array, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Array:
    """`numpy.cumulative_prod`: with `include_initial` it starts with 1.

    Raises ShapeError without an axis for an array of another rank than 1.
    """
    return _from_initial(cumprod, 1, x, axis, dtype, include_initial)


def reduce(op: type[TesselOp], x: Array, axis: Axis, keepdims: bool) -> Array:
    """A reduction over one axis, several, or all (None)."""
    axes = normalize_axes(axis, type_of(x).rank)
    return apply(op, x, axes=tuple(sorted(axes)), keepdims=bool(keepdims))


def accumulator_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype in which NumPy adds and multiplies elements of `dtype`."""
    if is_bool(dtype):
        return np.dtype(np.int64)
    if is_integer(dtype) and dtype.itemsize < 8:
        return np.dtype(np.int64 if dtype.kind == "i" else np.uint64)
    return dtype


def _inexact(dtype: np.dtype) -> np.dtype:
    exact = is_integer(dtype) or is_bool(dtype)
    return np.dtype(np.float64) if exact else dtype


def _count(x: Array, axis: Axis) -> Array:
    """How many elements a reduction meets, as a number or a traced float."""
    sizes = x.shape if isinstance(x, TracedArray) else np.shape(x)
    count: Any = 1
    for one in normalize_axes(axis, len(sizes)):
        count = count * sizes[one]
    return cast_to(count, np.float64) if isinstance(count, Dim) else float(count)


def _argument(op: type[TesselOp], x: Array, axis: int | None, keepdims: bool) -> Array:
    rank = type_of(x).rank
    if axis is not None:
        return apply(op, x, axis=normalize_axis(axis, rank), keepdims=bool(keepdims))
    place = apply(op, manipulation.reshape(x, -1), axis=0, keepdims=False)
    return manipulation.reshape(place, (1,) * rank) if keepdims else place


def _from_initial(
    function: Callable[..., Array],
    initial: int,
    x: Array,
    axis: int | None,
    dtype: Any,
    include_initial: bool,
) -> Array:
    rank = type_of(x).rank
    if axis is None and rank != 1:
        message = f"a cumulative function of an array of rank {rank} needs an axis"
        raise ShapeError(message, place=user_location())
    place = normalize_axis(axis or 0, rank)
    result = function(x, place, dtype)
    if not include_initial:
        return result
    sizes = list(result.shape)
    sizes[place] = 1
    first = manipulation.broadcast_to(cast_to(initial, dtype_of(result)), sizes)
    return manipulation.concatenate([first, result], place)


def _cumulative(op: type[TesselOp], x: Array, axis: int | None, dtype: Any) -> Array:
    x = cast_to(x, dtype or accumulator_dtype(dtype_of(x)))
    if axis is None:
        return apply(op, manipulation.reshape(x, -1), axis=0)
    return apply(op, x, axis=normalize_axis(axis, type_of(x).rank))
