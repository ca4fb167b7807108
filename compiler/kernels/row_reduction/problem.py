"""How rows are cut for registers, the stack and threads."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import STACK, Hardware

_GROUP_BYTES = 128 << 10
"""Bytes of rows that a workgroup reads, or writes: enough that calling it costs little."""

_MOST_KEPT = 4
"""Values of a row that may be kept at most."""


@dataclass(frozen=True)
class RowConfiguration:
    """`rows` for a workgroup; `unroll` vectors of `lanes` at once; `keeps` values of a row."""

    rows: int
    unroll: int
    lanes: int
    keeps: int


@dataclass(frozen=True)
class RowsProblem(KernelProblem):
    """`count` rows of `length` numbers of a dtype, float32 or float64."""

    template: ClassVar[str] = "rows"

    count: int
    length: int
    dtype: str = "float32"

    def default_configuration(self, hardware: Hardware) -> RowConfiguration:
        itemsize = np.dtype(self.dtype).itemsize
        lanes, row_bytes = hardware.instructions.lanes(itemsize), itemsize * self.length
        shared = self.count // hardware.min_workgroups
        rows = max(1, min(_GROUP_BYTES // row_bytes, shared))
        unroll = max(1, min(4, self.length // lanes))
        return RowConfiguration(rows, unroll, lanes, min(_MOST_KEPT, STACK // row_bytes))


@dataclass(frozen=True)
class ArgReductionProblem(RowsProblem):
    """The index of the largest or smallest number of each row."""

    template: ClassVar[str] = "arg_reduction"
