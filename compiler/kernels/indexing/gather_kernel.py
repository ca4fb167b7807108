"""Elements read where arrays of indices point, and the indices checked on the way.

A check by itself reads all indices once more: 8 MB for a million, 0.15 ms beside the 1.2 ms of the
gather (Zen 5).
"""

from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.element import constant
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import if_else, load, store
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch, dynamic_sizes_of
from tessel.compiler.kernels.indexing.arrays import FlatArray, IndexArrays
from tessel.compiler.kernels.indexing.problem import IndexConfiguration
from tessel.dialects.mlir import ir
from tessel.dialects.types import dtype_of, is_bool


def gather(x: ir.Value, arrays: IndexArrays, configuration: IndexConfiguration) -> list[ir.Value]:
    """The elements of x, a vector of them, and what is noted of indices where they are checked."""
    array = FlatArray(x)
    workgroups = arrays.workgroups(configuration.count)
    noted, noted_sizes = arrays.found(workgroups)
    (size,) = ir.RankedTensorType(arrays.columns[0].type).shape
    picked = ir.RankedTensorType.get([size], array.type.element_type)
    sizes = [*dynamic_sizes_of(arrays.columns[0]), *noted_sizes]
    body = _Gather(array, arrays, configuration).write
    name = f"gather_{len(arrays.columns)}"
    inputs = [*array.inputs, *arrays.inputs]
    return dispatch(name, [workgroups, 1, 1], inputs, [picked, *noted], sizes, body)


@dataclass(frozen=True)
class _Gather:
    array: FlatArray
    arrays: IndexArrays
    configuration: IndexConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        source, picked = inputs[0], results[0]
        sizes, rest = self.array.sizes(inputs)
        reader = self.arrays.reader(rest, results[1:], sizes, self.configuration)
        first = workgroup_id[0] * self.configuration.count
        stop = (first + self.configuration.count).at_most(picked.shape[0])

        def move(at: Index, number: Index) -> None:
            store(load(source.memref, [at]), picked.memref, [number])

        def outside(at: Index, number: Index) -> None:
            if source.shape[0].static is not None:
                move(at, number)
                return
            holds_any = source.shape[0].is_greater(0)
            nothing = self._zero()
            if_else(
                holds_any, lambda: move(at, number), lambda: store(nothing, picked.memref, [number])
            )

        reader.visit(first, stop, workgroup_id[0], move, outside)

    def _zero(self) -> ir.Value:
        dtype = dtype_of(self.array.type.element_type)
        return constant(0, np.dtype(np.int8) if is_bool(dtype) else dtype).value
