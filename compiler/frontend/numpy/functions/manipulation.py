"""Functions that change the shape of an array or the order of its elements."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError
from tessel.compiler.frontend.numpy.functions import elementwise
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.layout import Layout, kept_order
from tessel.compiler.frontend.tracing.promotion import (
    cast_to,
    dtype_of,
    promote,
    weak_type,
)
from tessel.compiler.frontend.tracing.run_time_checks import check_indices, check_range, unchecked
from tessel.compiler.frontend.tracing.sizes import as_shape, completed_shape, shape_operands
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.conversion import Imag, Real
from tessel.dialects.dim import size_text
from tessel.dialects.indexing import SearchSorted, Take, TakeAlongAxis
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.shape import BroadcastTo, Concatenate, Reshape, Reverse, Transpose
from tessel.dialects.sorting import Argsort, Sort
from tessel.dialects.types import is_complex


def reshape(x: Array, shape: int | Sequence[Any], *, copy: bool | None = None) -> Array:
    """`numpy.reshape`: one size may be -1, and follows from the others; `copy` changes nothing."""
    x = x if isinstance(x, TracedArray) else np.asarray(x)
    operands, attribute = shape_operands(completed_shape(x.size, as_shape(shape)))
    return apply(Reshape, x, operands, shape=attribute)


def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
    """`numpy.transpose`: dimensions in the order `axes`, reversed by default."""
    rank = type_of(x).rank
    order = tuple(reversed(range(rank))) if axes is None else normalize_axes(tuple(axes), rank)
    return apply(Transpose, x, permutation=order)


def expand_dims(x: Array, axis: int | Sequence[int] = 0) -> Array:
    """`numpy.expand_dims`: dimensions of size 1 at one or several axes of the result."""
    shape = list(_sizes(x))
    added = len(axis) if isinstance(axis, Sequence) else 1
    for position in sorted(normalize_axes(axis, len(shape) + added)):
        shape.insert(position, 1)
    return reshape(x, shape)


def squeeze(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """`numpy.squeeze`: without the dimensions of size 1, or without those at `axis`."""
    shape = type_of(x).shape
    if axis is None:
        axes = tuple(i for i, size in enumerate(shape) if size == 1)
    else:
        axes = normalize_axes(axis, len(shape))
    for one in axes:
        if shape[one] != 1:
            message = f"axis {one} has size {size_text(shape[one])}, not 1"
            raise ShapeError(message, location=user_location())
    return reshape(x, [size for i, size in enumerate(_sizes(x)) if i not in axes])


def broadcast_to(x: Array, shape: Sequence[Any]) -> Array:
    """`numpy.broadcast_to`."""
    operands, attribute = shape_operands(as_shape(shape))
    return apply(BroadcastTo, x, operands, shape=attribute)


def _sizes(x: Array) -> tuple[Any, ...]:
    return x.shape if isinstance(x, TracedArray) else np.shape(x)


def concatenate(arrays: Sequence[Array], axis: int | None = 0) -> Array:
    """`numpy.concatenate`: arrays one after the other, flattened first when axis is None."""
    parts = promote(*arrays)
    if axis is None:
        parts, axis = [reshape(one, -1) for one in parts], 0
    position = normalize_axis(axis, type_of(parts[0]).rank)
    joined = parts[0]
    for one in parts[1:]:
        joined = apply(Concatenate, joined, one, axis=position)
    if isinstance(joined, TracedArray):
        layouts = [one.layout for one in parts if isinstance(one, TracedArray)]
        order = kept_order(layouts, joined.ndim)
        layout = Layout.contiguous(joined.array_type, order)
        return TracedArray.of(joined.trace, joined.value, None, layout)
    return joined


def stack(arrays: Sequence[Array], axis: int = 0) -> Array:
    """`numpy.stack`: arrays of one shape along a new axis."""
    return concatenate([expand_dims(one, axis) for one in arrays], axis)


def flip(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """`numpy.flip`."""
    return apply(Reverse, x, axes=tuple(sorted(normalize_axes(axis, type_of(x).rank))))


def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """`numpy.moveaxis`."""
    rank = type_of(x).rank
    taken, targets = normalize_axes(source, rank), normalize_axes(destination, rank)
    order = [axis for axis in range(rank) if axis not in taken]
    for position, axis in sorted(zip(targets, taken, strict=True)):
        order.insert(position, axis)
    return transpose(x, order)


def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """`numpy.swapaxes`."""
    rank = type_of(x).rank
    order = list(range(rank))
    one, other = normalize_axis(axis1, rank), normalize_axis(axis2, rank)
    order[one], order[other] = other, one
    return transpose(x, order)


def ravel(x: Array) -> Array:
    """`numpy.ravel`: all elements in row-major order."""
    return reshape(x, -1)


def take(x: Array, indices: Array, axis: int | None = None, mode: str = "raise") -> Array:
    """`numpy.take`: elements along an axis.

    Indices out of range raise IndexError, or are counted around (mode "wrap") or moved to the
    nearest index (mode "clip"). Raises ArgumentValueError for other modes.
    """
    if axis is None:
        x, axis = reshape(x, -1), 0
    position = normalize_axis(axis, type_of(x).rank)
    return apply(
        Take, x, indices_along(indices, _sizes(x)[position], position, mode), axis=position
    )


def take_along_axis(x: Array, indices: Array, axis: int | None = -1) -> Array:
    """`numpy.take_along_axis`; indices out of range raise IndexError."""
    if axis is None:
        x, axis = reshape(x, -1), 0
    position = normalize_axis(axis, type_of(x).rank)
    return apply(
        TakeAlongAxis, x, indices_along(indices, _sizes(x)[position], position), axis=position
    )


def indices_along(indices: Array, size: Any, axis: int, mode: str = "raise") -> Array:
    """Indices into an axis, in one of the modes of `numpy.take`."""
    if mode == "raise":
        check_indices(indices, size, axis)
        return cast_to(indices, index_dtype(indices))
    indices = cast_to(indices, np.int64)
    if mode == "wrap":
        return elementwise.remainder(indices, size)
    if mode == "clip":
        last = elementwise.subtract(size, 1)
        return elementwise.minimum(elementwise.maximum(indices, 0), last)
    message = f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})"
    raise ArgumentValueError(message, location=user_location())


def index_dtype(*indices: Array) -> np.dtype:
    """The dtype in which ops take indices: int32 where that holds what they may be."""
    small = all(np.can_cast(type_of(one).dtype, np.int32) for one in indices)
    return np.dtype(np.int32 if small else np.int64)


def sort(
    x: Array,
    axis: int | None = -1,
    kind: Any = None,
    *,
    descending: bool = False,
    stable: bool | None = True,
) -> Array:
    """`numpy.sort`, also descending: NaN as the largest, always stable."""
    if axis is None:
        x, axis = reshape(x, -1), 0
    if is_complex(dtype_of(x)):
        return take_along_axis(x, argsort(x, axis, descending=descending), axis)
    return apply(Sort, x, axis=normalize_axis(axis, type_of(x).rank), descending=descending)


def argsort(
    x: Array,
    axis: int | None = -1,
    kind: Any = None,
    *,
    descending: bool = False,
    stable: bool | None = True,
) -> Array:
    """`numpy.argsort`, also descending: NaN as the largest, always stable."""
    if axis is None:
        x, axis = reshape(x, -1), 0
    position = normalize_axis(axis, type_of(x).rank)
    if not is_complex(dtype_of(x)):
        return apply(Argsort, x, axis=position, descending=descending)
    order: Array = None
    for key in _complex_keys(x):
        ordered = key if order is None else take_along_axis(key, order, position)
        within = apply(Argsort, ordered, axis=position, descending=descending)
        order = within if order is None else take_along_axis(order, within, position)
    return order


def _complex_keys(x: Array) -> tuple[Array, Array, Array]:
    """What orders complex numbers, the last first: NaN come last, those with a real part before."""
    real, imag = apply(Real, x), apply(Imag, x)
    nan = cast_to(elementwise.isnan(imag), np.int8), cast_to(elementwise.isnan(real), np.int8)
    return imag, real, elementwise.add(nan[0], elementwise.multiply(nan[1], 2))


def searchsorted(x1: Array, x2: Array, /, side: str = "left", sorter: Array | None = None) -> Array:
    """`numpy.searchsorted`: where x2 belongs in x1, of rank 1 and sorted (by `sorter`)."""
    ordered, looked_up = promote(x1, x2 if weak_type(x2) is None else np.asarray(x2))
    if sorter is not None:
        size = _sizes(ordered)[0]
        check_range(sorter, size, "ValueError", "Sorter index out of range.")
        with unchecked():
            ordered = take(ordered, sorter, axis=0)
    return apply(SearchSorted, ordered, looked_up, side=side)


def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def broadcast_arrays(*arrays: Array) -> list[Array]:
    """`numpy.broadcast_arrays`."""
    shape = broadcast_shapes([type_of(one).shape for one in arrays])
    return [broadcast_to(one, shape) for one in arrays]


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The parts of x along an axis."""
    position = normalize_axis(axis, type_of(x).rank)
    count = operator.index(_sizes(x)[position])
    return tuple(apply(Take, x, np.asarray(row, np.int64), axis=position) for row in range(count))
