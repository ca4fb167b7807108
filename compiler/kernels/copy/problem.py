"""How matrices that are moved are cut."""

import math
from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem, VectorConfiguration
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.dialects.instance import OpInstance

_WORKGROUP_BYTES = 32 << 10
"""Bytes that a workgroup moves: enough that calling it costs little, few enough to share."""


@dataclass(frozen=True)
class TransposeConfiguration:
    """`rows` of `columns` of a result for a workgroup, in squares of `lanes`.

    All columns at once where they are few.
    """

    rows: int
    columns: int
    lanes: int


@dataclass(frozen=True)
class TransposeProblem(KernelProblem):
    """`count` matrices [rows, columns] of float32."""

    template: ClassVar[str] = "transpose"

    count: int
    rows: int
    columns: int

    def default_configuration(self, hardware: Hardware) -> TransposeConfiguration:
        lanes = hardware.instructions.lanes(4)
        if self.rows <= few_columns(lanes):
            return TransposeConfiguration(
                _WORKGROUP_BYTES // (4 * self.rows) // lanes * lanes, lanes, lanes
            )
        squares = _WORKGROUP_BYTES // (4 * lanes * lanes)
        across = min(-(-self.rows // lanes), squares)
        return TransposeConfiguration(squares // across * lanes, across * lanes, lanes)


@dataclass(frozen=True)
class PackProblem(KernelProblem):
    """A matrix [K, N] of float32, in panels of NR columns."""

    template: ClassVar[str] = "pack"

    k: int
    n: int
    nr: int

    def default_configuration(self, hardware: Hardware) -> VectorConfiguration:
        rows = max(1, _WORKGROUP_BYTES // (4 * self.nr))
        return VectorConfiguration(min(rows, self.k), hardware.instructions.lanes(4))


def few_columns(lanes: int) -> int:
    """Columns of a result up to which a vector of `lanes` holds several rows."""
    return lanes // 4


def matrices_of(op: OpInstance) -> tuple[int, int, int] | None:
    """N, R and C where a transposition turns matrices [N, R, C] into [N, C, R]."""
    sizes, order = op.operand_types[0].sizes, op.attributes["permutation"]
    for first in range(len(order)):
        for middle in range(first + 1, len(order)):
            transposed = [*range(first), *range(middle, len(order)), *range(first, middle)]
            if list(order) == transposed:
                parts = sizes[:first], sizes[first:middle], sizes[middle:]
                count, rows, columns = map(math.prod, parts)
                return count, rows, columns
    return None
