"""Reductions: sums, products, extrema, truth, means and variances, with NumPy's options.

`where` chooses the elements that count, `initial` is one more, and `out` is written by who calls.
`tessel.numpy` has these functions, too; the array API has no options behind `*` but `correction`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.base import TesselOp
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


def sum(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    *,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.sum`: small integers and booleans are added as int64 or uint64."""
    kind = np.dtype(dtype or accumulator_dtype(dtype_of(a)))
    elements = cast_to(_chosen(a, where, 0), kind)
    result = reduce(ReduceAny if is_bool(kind) else ReduceSum, elements, axis, keepdims)
    return result if initial is None else elementwise.add(result, cast_to(initial, kind))


def prod(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    *,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.prod`: small integers and booleans are multiplied as int64 or uint64."""
    kind = np.dtype(dtype or accumulator_dtype(dtype_of(a)))
    elements = cast_to(_chosen(a, where, 1), kind)
    result = reduce(ReduceAll if is_bool(kind) else ReduceProd, elements, axis, keepdims)
    return result if initial is None else elementwise.multiply(result, cast_to(initial, kind))


def max(
    a: Array,
    axis: Axis = None,
    keepdims: bool = False,
    *,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.max`. Raises ArgumentValueError for `where` without `initial`."""
    if initial is None:
        _check_all_count(where, "max")
        return reduce(ReduceMax, a, axis, keepdims)
    return _extremum(ReduceMax, elementwise.maximum, a, axis, keepdims, initial, where)


def min(
    a: Array,
    axis: Axis = None,
    keepdims: bool = False,
    *,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.min`. Raises ArgumentValueError for `where` without `initial`."""
    if initial is None:
        _check_all_count(where, "min")
        return reduce(ReduceMin, a, axis, keepdims)
    return _extremum(ReduceMin, elementwise.minimum, a, axis, keepdims, initial, where)


def ptp(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.ptp`: the largest minus the smallest element."""
    return elementwise.subtract(max(a, axis, keepdims), min(a, axis, keepdims))


def all(a: Array, axis: Axis = None, keepdims: bool = False, *, where: Array = True) -> Array:
    """`numpy.all`."""
    return reduce(ReduceAll, _chosen(cast_to(a, np.bool_), where, True), axis, keepdims)


def any(a: Array, axis: Axis = None, keepdims: bool = False, *, where: Array = True) -> Array:
    """`numpy.any`."""
    return reduce(ReduceAny, _chosen(cast_to(a, np.bool_), where, False), axis, keepdims)


def count_nonzero(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """`numpy.count_nonzero`, as int64."""
    return sum(cast_to(a, np.bool_), axis, np.int64, keepdims)


def argmax(a: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.argmax`: the first of equal elements, over all elements without an axis."""
    return _argument(Argmax, a, axis, keepdims)


def argmin(a: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.argmin`: the first of equal elements, over all elements without an axis."""
    return _argument(Argmin, a, axis, keepdims)


def mean(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    *,
    where: Array = True,
) -> Array:
    """`numpy.mean`: integers as float64, half precision in float32; NaN where no element counts."""
    target = np.dtype(dtype or _inexact(dtype_of(a)))
    wide = np.dtype(np.float32) if is_half(target) else target
    total = sum(a, axis, wide, keepdims, where=where)
    count = cast_to(_count(a, axis, keepdims, where), wide)
    return cast_to(elementwise.divide(total, count), target)


def var(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Array = True,
    mean: Array = None,
    correction: float | None = None,
) -> Array:
    """`numpy.var`: the mean of squared distances from it, over count - ddof (or correction).

    With `mean` the mean is not computed again.
    """
    ddof = ddof if correction is None else correction
    target = np.dtype(dtype or _inexact(dtype_of(a)))
    wide = np.dtype(np.float32) if is_half(target) else target
    x = cast_to(a, wide)
    centre = _mean(x, axis, keepdims=True, where=where) if mean is None else mean
    distance = elementwise.subtract(x, centre)
    squares = elementwise.multiply(distance, elementwise.conj(distance))
    squares = elementwise.real(squares) if is_complex(wide) else squares
    kind = dtype_of(squares)
    count = cast_to(_count(x, axis, keepdims, where), kind)
    freedom = elementwise.subtract(count, cast_to(ddof, kind))
    divisor = elementwise.maximum(freedom, cast_to(0.0, kind))
    result = elementwise.divide(sum(squares, axis, kind, keepdims, where=where), divisor)
    return cast_to(result, target) if is_half(target) else result


def std(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Array = True,
    mean: Array = None,
    correction: float | None = None,
) -> Array:
    """`numpy.std`: the square root of `var`, with its options."""
    variance = var(a, axis, dtype, ddof, keepdims, where=where, mean=mean, correction=correction)
    return elementwise.sqrt(variance)


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


_mean = mean


def _chosen(a: Array, where: Array, other: Any) -> Array:
    """The elements that count, and `other` for those that do not."""
    return a if where is True else elementwise.where(where, a, cast_to(other, dtype_of(a)))


def _extremum(
    op: type[TesselOp],
    combine: Callable[[Array, Array], Array],
    a: Array,
    axis: Axis,
    keepdims: bool,
    initial: Array,
    where: Array,
) -> Array:
    """The extremum of the elements that count and of `initial`."""
    if _is_of_nothing(a, axis):
        return np.full_like(any(a, axis, keepdims), initial, dtype_of(a))
    result = reduce(op, _chosen(a, where, initial), axis, keepdims)
    return combine(result, cast_to(initial, dtype_of(result)))


def _check_all_count(where: Array, name: str) -> None:
    if where is not True:
        message = f"numpy.{name} with where= needs initial="
        raise ArgumentValueError(message, location=user_location(), hint="it stands for no element")


def _is_of_nothing(a: Array, axis: Axis) -> bool:
    """Whether an axis that is reduced is known to have no elements."""
    shape = type_of(a).shape
    return 0 in [shape[one] for one in normalize_axes(axis, len(shape))]


def _inexact(dtype: np.dtype) -> np.dtype:
    exact = is_integer(dtype) or is_bool(dtype)
    return np.dtype(np.float64) if exact else dtype


def _count(x: Array, axis: Axis, keepdims: bool, where: Array) -> Array:
    """How many elements a reduction meets: a number, a traced float, or an array by `where`."""
    sizes = x.shape if isinstance(x, TracedArray) else np.shape(x)
    if where is not True:
        return sum(manipulation.broadcast_to(where, sizes), axis, np.int64, keepdims)
    count: Any = 1
    for one in normalize_axes(axis, len(sizes)):
        count = count * sizes[one]
    return cast_to(count, np.float64) if isinstance(count, Dim) else float(count)


def _argument(op: type[TesselOp], x: Array, axis: int | None, keepdims: bool) -> Array:
    rank = type_of(x).rank
    if axis is not None:
        return apply(op, x, axis=normalize_axis(axis, rank), keepdims=bool(keepdims))
    index = apply(op, manipulation.reshape(x, -1), axis=0, keepdims=False)
    return manipulation.reshape(index, (1,) * rank) if keepdims else index
