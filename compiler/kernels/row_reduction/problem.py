"""How rows are cut for registers, the stack and threads."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tessel.compiler.kernels.problem import KernelProblem, rows_of_workgroup
from tessel.compiler.kernels.target_attributes import STACK, Hardware

_MOST_CACHED = 4
"""Values of a row that may be cached at most."""


@dataclass(frozen=True)
class RowConfiguration:
    """`rows` for a workgroup; `unroll` vectors of `lanes` at once; `cached_values` of a row."""

    rows: int
    unroll: int
    lanes: int
    cached_values: int


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
        rows = rows_of_workgroup(self.count, row_bytes, hardware)
        unroll = max(1, min(4, self.length // lanes))
        return RowConfiguration(rows, unroll, lanes, min(_MOST_CACHED, STACK // row_bytes))


@dataclass(frozen=True)
class ArgReductionProblem(RowsProblem):
    """The index of the largest or smallest number of each row."""

    template: ClassVar[str] = "arg_reduction"
