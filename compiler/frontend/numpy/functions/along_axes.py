"""NumPy's functions that call a function of the user's on parts of an array."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.numpy.made_arrays import array
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.control_flow import scan
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location

_AT_ONCE = frozenset(
    {
        *(np.all, np.any, np.argmax, np.argmin, np.argsort, np.count_nonzero, np.cumprod),
        *(np.cumsum, np.max, np.mean, np.median, np.min, np.nanmax, np.nanmean, np.nanmedian),
        *(np.nanmin, np.nanstd, np.nansum, np.nanvar, np.prod, np.ptp, np.sort, np.std, np.sum),
        *(np.var,),
    }
)
"""Functions that do with an axis of an array what they do with an array of rank 1."""


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any
) -> Array:
    """`numpy.apply_along_axis`: a function of arrays of rank 1, in a loop over all of an axis.

    What it returns for each stands where the axis was. Raises ArgumentValueError for no arrays.
    """
    x: Any = traced(arr)
    position = normalize_axis(axis, x.ndim)
    outer = (*x.shape[:position], *x.shape[position + 1 :])
    if any(size == 0 for size in outer):
        message = "Cannot apply_along_axis when any iteration dimensions are 0"
        raise ArgumentValueError(message, location=user_location())
    function = getattr(func1d, "__wrapped__", func1d)
    if function in _AT_ONCE and not args and "axis" not in kwargs:
        return function(x, axis=position, **kwargs)  # type: ignore[no-any-return]
    rows: Any = np.reshape(np.moveaxis(x, position, -1), (math.prod(outer), x.shape[position]))

    def step(carry: Any, row: TracedArray) -> tuple[Any, Any]:
        return carry, _as_array(func1d(row.copied(), *args, **kwargs))

    stacked = scan(step, (), rows)[1]
    result = np.reshape(stacked, (*outer, *stacked.shape[1:]))
    own = range(len(outer), result.ndim)
    order = [*range(position), *own, *range(position, len(outer))]
    return np.transpose(result, order)


def apply_over_axes(func: Callable[..., Any], a: Array, axes: int | Sequence[int]) -> Array:
    """`numpy.apply_over_axes`: `func(a, axis)` for one axis after the other, which are kept."""
    x: Any = traced(a)
    for axis in [axes] if isinstance(axes, int) else axes:
        position = normalize_axis(axis, x.ndim)
        result = func(x, position)
        x = result if result.ndim == x.ndim else np.expand_dims(result, position)
        if x.ndim != result.ndim and result.ndim + 1 != x.ndim:
            message = "function is not returning an array of the correct shape"
            raise ArgumentValueError(message, location=user_location())
    return x


def piecewise(x: Array, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """`numpy.piecewise`: a number, or a function of the elements chosen, for each condition.

    Raises ArgumentValueError where there are neither as many functions as conditions nor one more.
    """
    given = traced(x)
    conditions: list[Any] = [traced(cast_to(one, np.bool_)) for one in _conditions(given, condlist)]
    if len(conditions) + 1 == len(funclist):
        conditions.append(~functools.reduce(np.logical_or, conditions))
    if len(conditions) != len(funclist):
        count = len(conditions)
        message = f"with {count} condition(s), either {count} or {count + 1} functions are expected"
        raise ArgumentValueError(message, location=user_location())
    elements: Any = np.reshape(given, -1) if not given.ndim else given
    result: Any = np.zeros_like(elements)
    for condition, value in zip(conditions, funclist, strict=True):
        where = np.reshape(condition, -1) if not given.ndim else condition
        result[where] = value(elements[where], *args, **kw) if callable(value) else value
    return np.reshape(result, given.shape)


def _conditions(x: TracedArray, condlist: Any) -> list[Any]:
    """The conditions; NumPy takes one alone, too."""
    if isinstance(condlist, bool | np.bool_):
        return [condlist]
    is_nested = isinstance(condlist[0], list | tuple | np.ndarray | TracedArray)
    is_array = isinstance(condlist, np.ndarray | TracedArray)
    is_alone = condlist.ndim <= 1 if is_array else not is_nested
    return [array(condlist)] if is_alone and x.ndim else [array(one) for one in condlist]


def _as_array(result: Any) -> Any:
    return result if isinstance(result, TracedArray) else traced(array(result))
