"""How rows are cut for registers, the stack and threads."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tessel.compiler.kernels.hardware import STACK, Hardware
from tessel.compiler.kernels.problem import KernelProblem

_GROUP_BYTES = 128 << 10
"""Bytes of rows that a work-group reads, or writes: enough that calling it costs little."""

_MOST_KEPT = 4
"""Values of a row that may be kept at most."""


@dataclass(frozen=True)
class RowTiles:
    """`rows` for a work-group; `unroll` vectors of `lanes` at once; `keeps` values of a row."""

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

    def default_tiles(self, hardware: Hardware) -> RowTiles:
        itemsize = np.dtype(self.dtype).itemsize
        lanes, row_bytes = hardware.instructions.lanes(itemsize), itemsize * self.length
        shared = self.count // hardware.fewest_units
        rows = max(1, min(_GROUP_BYTES // row_bytes, shared))
        unroll = max(1, min(4, self.length // lanes))
        return RowTiles(rows, unroll, lanes, min(_MOST_KEPT, STACK // row_bytes))


@dataclass(frozen=True)
class ArgReductionProblem(RowsProblem):
    """The place of the largest or smallest number of each row."""

    template: ClassVar[str] = "arg_reduction"


@dataclass(frozen=True)
class DepthwiseTiles:
    """`rows` of the output for a work-group; `pixels` of a row, times `lanes` channels, at once."""

    rows: int
    pixels: int
    lanes: int


@dataclass(frozen=True)
class DepthwiseProblem(KernelProblem):
    """Results `output` [N, Y, X, C] of windows of `window` elements each."""

    template: ClassVar[str] = "depthwise"

    output: tuple[int, int, int, int]
    window: int

    def default_tiles(self, hardware: Hardware) -> DepthwiseTiles:
        """Few rows, so that threads share them; as many pixels as registers hold beside windows."""
        count, height, width, _ = self.output
        rows = max(1, count * height // hardware.fewest_units)
        free = hardware.instructions.registers - min(self.window, 9) - 2
        pixels = max(1, min(width, 7, free - 1))
        return DepthwiseTiles(min(rows, height), pixels, hardware.instructions.lanes(4))


@dataclass(frozen=True)
class ConcatenationTiles:
    """A work-group takes `rows` rows, and of each piece one of `parts` equal parts of its columns.

    Vectors have `lanes` elements.
    """

    rows: int
    parts: int
    lanes: int


@dataclass(frozen=True)
class ConcatenationProblem(KernelProblem):
    """Pieces [rows, width] side by side."""

    template: ClassVar[str] = "concatenation"

    rows: int
    widths: tuple[int, ...]

    def default_tiles(self, hardware: Hardware) -> ConcatenationTiles:
        """Rows are what threads share; parts of them where there are few."""
        lanes, units = hardware.instructions.lanes(4), hardware.fewest_units
        if self.rows >= units:
            fitting = max(1, _GROUP_BYTES // (4 * sum(self.widths)))
            return ConcatenationTiles(max(1, min(fitting, self.rows // units)), 1, lanes)
        parts = min(-(-units // self.rows), -(-max(self.widths) // lanes))
        return ConcatenationTiles(1, parts, lanes)
