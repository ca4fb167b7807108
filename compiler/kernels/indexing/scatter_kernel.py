"""Elements written, or combined, where arrays of indices point, and the indices checked on the way.

In order, by one workgroup: the last of equal indices counts. Updates at indices outside are
dropped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import (
    element_type,
    load,
    load_vector,
    loop,
    store,
    store_vector,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch, dynamic_sizes_of
from tessel.compiler.kernels.indexing.arrays import FlatArray, IndexArrays
from tessel.compiler.kernels.indexing.problem import IndexConfiguration
from tessel.compiler.kernels.indexing.reader import INT64
from tessel.dialects.mlir import ir
from tessel.dialects.types import dtype_of

Combine = Callable[[Element, Element], Element]


def scatter(
    x: ir.Value,
    updates: ir.Value,
    arrays: IndexArrays,
    how: "Combination",
    configuration: IndexConfiguration,
) -> list[ir.Value]:
    """x as a vector, changed, and what is noted of indices where they are checked.

    `updates` is a vector, of one element where all are that.
    """
    array = FlatArray(x)
    noted, noted_sizes = arrays.found(Index(1))
    flat = array.flat
    inputs = [updates, *array.inputs, *arrays.inputs]
    sizes = [*dynamic_sizes_of(flat), *noted_sizes]
    body = _Scatter(array, arrays, how, configuration).write
    name = f"scatter_{how.kind}_{len(arrays.columns)}"
    return dispatch(name, [1, 1, 1], inputs, [flat.type, *noted], sizes, body)


@dataclass(frozen=True)
class Combination:
    """What an update and the old element become, for elements of a dtype."""

    kind: str
    combine: Combine
    dtype: np.dtype


@dataclass(frozen=True)
class _Scatter:
    array: FlatArray
    arrays: IndexArrays
    how: Combination
    configuration: IndexConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        updates, source, *_ = inputs
        written = results[0].memref
        sizes, rest = self.array.sizes(inputs[1:])
        reader = self.arrays.reader(rest, results[1:], sizes, self.configuration)
        _copy(source, results[0], self.configuration.lanes * INT64.itemsize)
        is_one = updates.shape[0].static == 1

        def move(at: Index, number: Index) -> None:
            update = Element(load(updates.memref, [0 if is_one else number]), self.how.dtype)
            old = Element(load(written, [at]), self.how.dtype)
            store(self.how.combine(update, old).value, written, [at])

        reader.visit(Index(0), rest[0].shape[0], workgroup_id[0], move, lambda at, number: None)


def _copy(source: Buffer, target: Buffer, vector_bytes: int) -> None:
    """One vector from another, of the same size."""
    element, size = element_type(source.memref), source.shape[0]
    lanes = vector_bytes // dtype_of(element).itemsize
    whole = Index(0)
    if not isinstance(element, ir.ComplexType):
        whole = size // lanes * lanes

        def vector(at: Index, _: Sequence[ir.Value]) -> None:
            store_vector(load_vector(source.memref, [at], lanes), target.memref, [at])

        loop(0, whole, lanes, [], vector)
    loop(
        whole,
        size,
        1,
        [],
        lambda at, _: store(load(source.memref, [at]), target.memref, [at]),
    )
