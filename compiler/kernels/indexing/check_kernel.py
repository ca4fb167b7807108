"""Indices that are looked at and not used, since something else reads them later."""

from dataclasses import dataclass

from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.indexing.arrays import IndexArrays
from tessel.compiler.kernels.indexing.problem import IndexConfiguration
from tessel.dialects.mlir import ir


def check_indices(arrays: IndexArrays, configuration: IndexConfiguration) -> ir.Value:
    """What is noted of the indices of one check."""
    workgroups = arrays.workgroups(configuration.count)
    noted, sizes = arrays.found(workgroups)
    body = _Check(arrays, configuration).write
    return dispatch("check_indices", [workgroups, 1, 1], arrays.inputs, noted, sizes, body)[0]


@dataclass(frozen=True)
class _Check:
    arrays: IndexArrays
    configuration: IndexConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        reader = self.arrays.reader(inputs, results, [], self.configuration)
        first = workgroup_id[0] * self.configuration.count
        stop = (first + self.configuration.count).at_most(inputs[0].shape[0])
        reader.visit(first, stop, workgroup_id[0], lambda at, number: None, lambda at, number: None)
