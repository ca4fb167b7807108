"""Functions that change the shape of an array or the order of its elements."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.apply import Array, apply, type_of
from tessel.compiler.frontend.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import user_place
from tessel.dialects.shape import BroadcastTo, Reshape, Transpose


def reshape(x: Array, shape: int | Sequence[Any]) -> Array:
    """`numpy.reshape`: one size may be -1, and follows from the others."""
    sizes = list(shape) if isinstance(shape, Sequence) else [shape]
    operand = type_of(x)
    if operand.is_static and all(not isinstance(size, TracedArray) for size in sizes):
        return _static_reshape(x, [int(size) for size in sizes], operand.size)
    if -1 in [size for size in sizes if not isinstance(size, TracedArray)]:
        known: Any = 1
        for size in sizes:
            if isinstance(size, TracedArray) or size != -1:
                known = known * size
        inferred = x.size // known
        sizes = [size if isinstance(size, TracedArray) or size != -1 else inferred for size in sizes]
    unknown = [size for size in sizes if isinstance(size, TracedArray)]
    shape_attribute = [-1 if isinstance(size, TracedArray) else int(size) for size in sizes]
    return apply(Reshape, x, unknown, shape=shape_attribute)


def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
    """`numpy.transpose`: dimensions in the order `axes`, reversed by default."""
    rank = type_of(x).rank
    order = tuple(reversed(range(rank))) if axes is None else normalize_axes(tuple(axes), rank)
    return apply(Transpose, x, permutation=order)


def expand_dims(x: Array, axis: int) -> Array:
    """`numpy.expand_dims`: a dimension of size 1 at `axis` of the result."""
    shape = list(_sizes(x))
    shape.insert(normalize_axis(axis, len(shape) + 1), 1)
    return reshape(x, shape)


def squeeze(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """`numpy.squeeze`: without the dimensions of size 1, or without those at `axis`."""
    shape = type_of(x).shape
    if axis is None:
        axes = tuple(i for i, size in enumerate(shape) if size == 1)
    else:
        axes = normalize_axes(axis, len(shape))
    for one in axes:
        if shape[one] not in (1, None):
            raise ShapeError(f"axis {one} has size {shape[one]}, not 1", place=user_place())
    return reshape(x, [size for i, size in enumerate(_sizes(x)) if i not in axes])


def broadcast_to(x: Array, shape: Sequence[Any]) -> Array:
    """`numpy.broadcast_to`."""
    unknown = [size for size in shape if isinstance(size, TracedArray)]
    attribute = [-1 if isinstance(size, TracedArray) else int(size) for size in shape]
    return apply(BroadcastTo, x, unknown, shape=attribute)


def _sizes(x: Array) -> tuple[Any, ...]:
    return x.shape if isinstance(x, TracedArray) else np.shape(x)


def _static_reshape(x: Array, sizes: list[int], total: int) -> Array:
    if -1 in sizes:
        known = int(np.prod([size for size in sizes if size != -1], dtype=np.int64))
        if sizes.count(-1) > 1 or known == 0 or total % known:
            message = f"cannot reshape {total} elements to {tuple(sizes)}"
            raise ShapeError(message, place=user_place())
        sizes = [total // known if size == -1 else size for size in sizes]
    return apply(Reshape, x, [], shape=sizes)
