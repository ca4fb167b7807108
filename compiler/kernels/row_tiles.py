"""How rows are cut for registers, the stack and threads."""

import math
from dataclasses import dataclass
from typing import ClassVar

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
    """`count` rows of `length` float32 numbers."""

    template: ClassVar[str] = "rows"

    count: int
    length: int

    def default_tiles(self, hardware: Hardware) -> RowTiles:
        lanes = hardware.instructions.lanes(4)
        shared = self.count // hardware.fewest_units
        rows = max(1, min(_GROUP_BYTES // (4 * self.length), shared))
        unroll = max(1, min(4, self.length // lanes))
        return RowTiles(rows, unroll, lanes, min(_MOST_KEPT, STACK // (4 * self.length)))


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
class PlaneTiles:
    """`planes` for a work-group; `rows` of a result times `lanes` pixels at once."""

    planes: int
    rows: int
    lanes: int


@dataclass(frozen=True)
class PlanesProblem(KernelProblem):
    """`count` planes of `size`, each with a window of its own, and zeros around them."""

    template: ClassVar[str] = "depthwise_planes"

    count: int
    size: tuple[int, int]
    window: tuple[int, int]
    strides: tuple[int, int]
    low: tuple[int, int]
    high: tuple[int, int]

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of a result."""
        padded = (sum(sizes) for sizes in zip(self.size, self.low, self.high))
        steps = zip(padded, self.window, self.strides)
        height, width = ((size - window) // stride + 1 for size, window, stride in steps)
        return height, width

    def padded(self, lanes: int) -> tuple[int, int, int]:
        """A plane with zeros as the kernel holds it: phases of its columns, lines, elements each.

        Vectors may begin at any pixel and at any element of its window.
        """
        phases = self.strides[1]
        vectors = -(-self.output[1] // lanes) * lanes + (self.window[1] - 1) // phases
        columns = -(-(self.size[1] + self.low[1]) // phases) + 1
        line = -(-max(vectors, columns) // lanes) * lanes
        return phases, self.size[0] + self.low[0] + self.high[0], line

    def fits(self, hardware: Hardware) -> bool:
        """Whether a plane fits on the stack, by a stride that the kernel knows."""
        phases, lines, line = self.padded(hardware.instructions.lanes(4))
        return phases <= 2 and 4 * phases * lines * line <= STACK

    def default_tiles(self, hardware: Hardware) -> PlaneTiles:
        """Rows whose sums, with the window and an element, registers hold."""
        free = hardware.instructions.registers - math.prod(self.window) - 1
        rows = max(1, min(4, free, self.output[0]))
        planes = max(1, self.count // (4 * hardware.fewest_units))
        return PlaneTiles(planes, rows, hardware.instructions.lanes(4))


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
