"""How rows are cut for registers, the stack and threads."""

from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.hardware import Hardware
from tessel.compiler.kernels.problem import KernelProblem

_GROUP_BYTES = 128 << 10
"""Bytes of rows that a work-group reads: enough that calling it costs little."""

_UNITS_PER_THREAD = 4
"""Work-groups for each thread at least, so that threads that start late do not wait for one."""

_STACK, _MOST_KEPT = 96 << 10, 4
"""Bytes of values of a row that may be kept, IREE allows 128 KiB; and how many values at most."""


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
        shared = self.count // (_UNITS_PER_THREAD * hardware.threads)
        rows = max(1, min(_GROUP_BYTES // (4 * self.length), shared))
        unroll = max(1, min(4, self.length // lanes))
        return RowTiles(rows, unroll, lanes, min(_MOST_KEPT, _STACK // (4 * self.length)))


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
        rows = max(1, count * height // (_UNITS_PER_THREAD * hardware.threads))
        free = hardware.instructions.registers - min(self.window, 9) - 2
        pixels = max(1, min(width, 7, free - 1))
        return DepthwiseTiles(min(rows, height), pixels, hardware.instructions.lanes(4))
