"""Arrays as rows: the last dimensions are one row, whatever has its shape is found."""

import math
from dataclasses import dataclass

from tessel.compiler.analysis.epilogue import COLUMN, MATRIX, ROW, SCALAR, operand_kind
from tessel.compiler.emit.reshape import collapse, expand
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class RowShape:
    """An array whose last `trailing_axes` dimensions are one row."""

    shape: tuple[int, ...]
    trailing_axes: int

    @staticmethod
    def of(reduction: OpInstance) -> "RowShape":
        return RowShape(reduction.operand_types[0].sizes, len(reduction.attributes["axes"]))

    @property
    def count(self) -> int:
        return math.prod(self.shape[: -self.trailing_axes])

    @property
    def length(self) -> int:
        return math.prod(self.shape[-self.trailing_axes :])

    def kind(self, array: ArrayType) -> str | None:
        """What an array is beside the rows; reduced ones are columns, sizes of 1 or not."""
        if array.shape == self.shape:
            return MATRIX
        if array.shape == self.shape[: -self.trailing_axes]:
            return COLUMN if array.rank else SCALAR
        return operand_kind(array, self.shape, self.trailing_axes)

    def collapsed(self, array: ArrayType) -> ArrayType:
        kind = self.kind(array)
        shapes = {
            MATRIX: (self.count, self.length),
            ROW: (self.length,),
            COLUMN: (self.count,),
        }
        # What is reduced to one element is still a row of results.
        reduced = (self.count,) if kind == SCALAR and self.count == 1 else array.shape
        return array.with_shape(shapes.get(kind or "", reduced))

    def collapse(self, value: ir.Value) -> ir.Value:
        """An input as the kernel takes it."""
        array = ArrayType.of(value)
        kind, rank = self.kind(array), array.rank
        if kind == SCALAR or rank == 0:
            return value
        if kind != MATRIX:
            return collapse(value, [list(range(rank))])
        lead = rank - self.trailing_axes
        if lead <= 0:
            return expand(
                collapse(value, [list(range(rank))]),
                [[0, 1]],
                array.with_shape((1, self.length)),
                [],
            )
        return collapse(value, [list(range(lead)), list(range(lead, rank))])

    def expand(self, value: ir.Value, target: ArrayType) -> ir.Value:
        """A result of the kernel in the shape that the program gives it."""
        kind, rank = self.kind(target), target.rank
        if kind == MATRIX and rank > self.trailing_axes:
            lead = rank - self.trailing_axes
            return expand(value, [list(range(lead)), list(range(lead, rank))], target, [])
        if kind == MATRIX:
            flat = collapse(value, [[0, 1]])
            return flat if rank == 1 else expand(flat, [list(range(rank))], target, [])
        if rank == 0:
            return collapse(value, [])
        return value if rank == 1 else expand(value, [list(range(rank))], target, [])
