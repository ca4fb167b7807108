"""NumPy's reductions with all their options, in its order of arguments.

`where` chooses the elements that count, `initial` is one more; `statistical.py` has the plain ones.
`out` is written by who calls, and here only keeps its place among the arguments.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.numpy.functions import elementwise, statistical
from tessel.compiler.frontend.tracing.apply import Array, apply, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.locations import user_location
from tessel.dialects.cumulative import CumulativeMax, CumulativeMin
from tessel.dialects.types import is_complex, is_float


def sum(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.sum`."""
    result = statistical.sum(_chosen(a, where, 0), axis, dtype, keepdims)
    return result if initial is None else _joined(np.add, result, initial)


def prod(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.prod`."""
    result = statistical.prod(_chosen(a, where, 1), axis, dtype, keepdims)
    return result if initial is None else _joined(np.multiply, result, initial)


def max(
    a: Array,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.max`. Raises ArgumentValueError for `where` without `initial`."""
    chosen = _chosen(a, where, _needed(initial, where, "max"))
    if initial is not None and _is_of_nothing(a, axis):
        return np.full_like(statistical.any(a, axis, keepdims), initial, dtype_of(a))
    result = statistical.max(chosen, axis, keepdims)
    return result if initial is None else _joined(np.maximum, result, initial)


def min(
    a: Array,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Array = None,
    where: Array = True,
) -> Array:
    """`numpy.min`. Raises ArgumentValueError for `where` without `initial`."""
    chosen = _chosen(a, where, _needed(initial, where, "min"))
    if initial is not None and _is_of_nothing(a, axis):
        return np.full_like(statistical.any(a, axis, keepdims), initial, dtype_of(a))
    result = statistical.min(chosen, axis, keepdims)
    return result if initial is None else _joined(np.minimum, result, initial)


def all(
    a: Array, axis: Any = None, out: None = None, keepdims: bool = False, *, where: Array = True
) -> Array:
    """`numpy.all`."""
    return statistical.all(_chosen(cast_to(a, np.bool_), where, True), axis, keepdims)


def any(
    a: Array, axis: Any = None, out: None = None, keepdims: bool = False, *, where: Array = True
) -> Array:
    """`numpy.any`."""
    return statistical.any(_chosen(cast_to(a, np.bool_), where, False), axis, keepdims)


def mean(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Array = True,
) -> Array:
    """`numpy.mean`; NaN where no element counts."""
    if where is True:
        return statistical.mean(a, axis, dtype, keepdims)
    target = np.dtype(dtype) if dtype is not None else _inexact(a)
    total = sum(a, axis, target, keepdims=keepdims, where=where)
    return total / cast_to(_count(a, where, axis, keepdims), target)


def var(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Array = True,
    mean: Array = None,
    correction: float | None = None,
) -> Array:
    """`numpy.var`; with `mean` the mean is not computed again."""
    if where is True and mean is None:
        return statistical.var(a, axis, dtype, ddof, keepdims, correction=correction)
    x = cast_to(a, dtype if dtype is not None else _inexact(a))
    centre = _mean(x, axis, keepdims=True, where=where) if mean is None else mean
    distance = x - centre
    squares = elementwise.real(distance * elementwise.conj(distance))
    total = sum(squares, axis, keepdims=keepdims, where=where)
    freedom = _count(a, where, axis, keepdims) - (ddof if correction is None else correction)
    return total / elementwise.maximum(cast_to(freedom, dtype_of(total)), 0)


def std(a: Array, *args: Any, **options: Any) -> Array:
    """`numpy.std`: the square root of `var`, with its arguments."""
    return elementwise.sqrt(var(a, *args, **options))


def running_max(a: Array, axis: int = 0, dtype: Any = None) -> Array:
    """`numpy.maximum.accumulate`: the largest element up to each one."""
    x = a if dtype is None else cast_to(a, dtype)
    return apply(CumulativeMax, x, axis=normalize_axis(axis, type_of(x).rank))


def running_min(a: Array, axis: int = 0, dtype: Any = None) -> Array:
    """`numpy.minimum.accumulate`: the smallest element up to each one."""
    x = a if dtype is None else cast_to(a, dtype)
    return apply(CumulativeMin, x, axis=normalize_axis(axis, type_of(x).rank))


_mean = mean


def _is_of_nothing(a: Array, axis: Any) -> bool:
    """Whether an axis that is reduced is known to have no elements."""
    shape = type_of(a).shape
    return 0 in [shape[one] for one in normalize_axes(axis, len(shape))]


def _chosen(a: Array, where: Array, other: Any) -> Array:
    if where is True:
        return a
    return elementwise.where(where, a, cast_to(other, dtype_of(a)))


def _joined(ufunc: Callable[..., Any], result: Array, initial: Array) -> Array:
    return ufunc(result, cast_to(initial, dtype_of(result)))


def _needed(initial: Array, where: Array, name: str) -> Array:
    if where is not True and initial is None:
        message = f"numpy.{name} with where= needs initial="
        raise ArgumentValueError(message, place=user_location(), hint="it stands for no element")
    return initial


def _count(a: Array, where: Array, axis: Any, keepdims: bool) -> Array:
    full = np.broadcast_to(traced(where), traced(a).shape)
    return statistical.sum(full, axis, np.int64, keepdims)


def _inexact(a: Array) -> np.dtype:
    dtype = dtype_of(a)
    return dtype if is_float(dtype) or is_complex(dtype) else np.dtype(np.float64)
