"""Cumulative functions: what a reduction gives for all elements up to each one."""

from collections.abc import Callable
from typing import Any

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.numpy.functions import manipulation
from tessel.compiler.frontend.numpy.functions.reductions import accumulator_dtype
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.locations import user_location
from tessel.dialects.base import TesselOp
from tessel.dialects.cumulative import CumulativeMax, CumulativeMin, CumulativeProd, CumulativeSum


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


def cumulative_max(x: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """`numpy.maximum.accumulate`: the largest element up to each one."""
    return _cumulative(CumulativeMax, x, axis, dtype or dtype_of(x))


def cumulative_min(x: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """`numpy.minimum.accumulate`: the smallest element up to each one."""
    return _cumulative(CumulativeMin, x, axis, dtype or dtype_of(x))


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
        raise ShapeError(message, location=user_location())
    position = normalize_axis(axis or 0, rank)
    result = function(x, position, dtype)
    if not include_initial:
        return result
    sizes = list(result.shape)
    sizes[position] = 1
    first = manipulation.broadcast_to(cast_to(initial, dtype_of(result)), sizes)
    return manipulation.concatenate([first, result], position)


def _cumulative(op: type[TesselOp], x: Array, axis: int | None, dtype: Any) -> Array:
    x = cast_to(x, dtype or accumulator_dtype(dtype_of(x)))
    if axis is None:
        return apply(op, manipulation.reshape(x, -1), axis=0)
    return apply(op, x, axis=normalize_axis(axis, type_of(x).rank))
