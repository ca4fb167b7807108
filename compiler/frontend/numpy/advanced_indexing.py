"""Indexing by integer arrays: NumPy's rules, as gathers and scatters.

The index arrays broadcast to one shape, whose dimensions are together at `position` of the result.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.numpy.functions.manipulation import index_dtype
from tessel.compiler.frontend.tracing.apply import apply, type_of
from tessel.compiler.frontend.tracing.layout import Layout
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.dialects.indexing import GatherNd, ScatterNd
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Concatenate, Transpose


def gather(x: TracedArray, arrays: dict[int, Any], position: int) -> TracedArray:
    """`x[...]` with index arrays at some axes and full slices at the others.

    Their broadcast dimensions are at `position` of the result.
    """
    order, vectors, batch = _split_axes(x, arrays, index_dtype(*arrays.values()))
    picked = apply(GatherNd, apply(Transpose, x, permutation=order), vectors)
    permutation = _moved_to(position, batch, type_of(picked).rank)
    result = apply(Transpose, picked, permutation=permutation)
    # NumPy fills one part of the array after the other, an index outermost.
    parts = [order.index(axis) - len(arrays) + batch for axis in x.layout.memory_order]
    outer = [*range(batch), *[part for part in parts if part >= batch]]
    layout = Layout.contiguous(result.array_type, [permutation.index(one) for one in outer])
    return TracedArray.of(x.trace, result.value, None, layout)


def scatter(
    x: TracedArray,
    arrays: dict[int, Any],
    position: int,
    value: Any,
    kind: str = "set",
    holds: Any = None,
) -> ir.Value:
    """The MLIR value of x after `x[...] = value` (or another kind of `scatter_nd`).

    Only elements where `holds`, of the shape of the broadcast index arrays, are written.
    """
    order, vectors, batch = _split_axes(x, arrays, np.dtype(np.int64))
    if holds is not None:
        # What is outside the array is not written.
        nowhere = np.int64(np.iinfo(np.int64).max)
        vectors = elementwise.where(manipulation.expand_dims(holds, -1), vectors, nowhere)
    moved = apply(Transpose, x, permutation=order)
    target = (*vectors.shape[:-1], *moved.shape[len(arrays) :])
    permutation = _moved_to(position, batch, len(target))
    updates = manipulation.broadcast_to(value, [target[axis] for axis in permutation])
    inverse = np.argsort(permutation)
    updates = apply(Transpose, updates, permutation=[int(axis) for axis in inverse])
    written = apply(ScatterNd, moved, vectors, updates, kind=kind)
    back = [int(axis) for axis in np.argsort(order)]
    return apply(Transpose, written, permutation=back).value


def _split_axes(
    x: TracedArray, arrays: dict[int, Any], kind: np.dtype
) -> tuple[list[int], Any, int]:
    """The order that puts indexed axes first, the index vectors [..., K], and their batch rank."""
    axes = list(arrays)
    order = axes + [axis for axis in range(x.ndim) if axis not in arrays]
    shape = broadcast_shapes([type_of(one).shape for one in arrays.values()])
    columns = [_column(cast_to(one, kind), shape) for one in arrays.values()]
    vectors = columns[0]
    for one in columns[1:]:
        vectors = apply(Concatenate, vectors, one, axis=len(shape))
    return order, vectors, len(shape)


def _column(indices: Any, shape: Sequence[Any]) -> Any:
    """Index array broadcast to `shape`, with one more axis of size 1."""
    return manipulation.reshape(manipulation.broadcast_to(indices, shape), (*shape, 1))


def _moved_to(position: int, batch: int, rank: int) -> list[int]:
    """The permutation that brings the batch dimensions, which are in front, to `position`."""
    before = range(batch, batch + position)
    return [*before, *range(batch), *range(batch + position, rank)]
