"""Where a GEMM's rows come from: a matrix, or windows of an image, which a convolution multiplies.

Windows are read in place: the elements of one row of a window, [J, C], are neighbours when
images are NHWC, so that one is a run of the contraction, and nothing is copied.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import (
    broadcast_kr_elements,
    load_kr_elements,
    plus_128,
)
from tessel.compiler.emit.vector import load, loop
from tessel.dialects.mlir import ir

Step = Callable[[Index, list[ir.Value], list[ir.Value]], list[ir.Value]]
"""Adds to sums, at an index of the contraction, what one element of each row gives."""


@dataclass(frozen=True)
class MatrixRows:
    """A matrix [M, K * KR], whose rows are read KR elements at a time.

    Elements are multiplied less `zero_point`, which is 0 or -128.
    """

    tensor: ir.Value
    kr: int = 1
    zero_point: int = 0

    @property
    def k(self) -> int:
        return ir.RankedTensorType(self.tensor.type).shape[1] // self.kr

    def accumulate(
        self,
        memref: ir.Value,
        rows: Sequence[Index],
        bounds: tuple[Index, Index],
        sums: list[ir.Value],
        step: Step,
    ) -> list[ir.Value]:
        def at(k: Index, so_far: list[ir.Value]) -> list[ir.Value]:
            starts = [[row, k * self.kr] for row in rows]
            return step(k, [load_kr_elements(memref, start, self.kr) for start in starts], so_far)

        return loop(*bounds, 1, sums, at)

    def spread(self, held: ir.Value, lanes: int) -> ir.Value:
        """An element, or KR of them, in all lanes."""
        made = broadcast_kr_elements(held, lanes)
        return plus_128(made) if self.zero_point else made


@dataclass(frozen=True)
class WindowRows:
    """Windows `kernel` = (I, J) of images [N, H, W * C]: M = N * Y * X, K = I * J * C.

    Bounds of the contraction are multiples of `run`.
    """

    tensor: ir.Value
    channels: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilation: int
    output: tuple[int, int]
    kr: int = 1

    @property
    def run(self) -> int:
        """Elements of a window that are neighbours: J * C."""
        return self.kernel[1] * self.channels

    @property
    def k(self) -> int:
        return self.kernel[0] * self.run

    def accumulate(
        self,
        memref: ir.Value,
        rows: Sequence[Index],
        bounds: tuple[Index, Index],
        sums: list[ir.Value],
        step: Step,
    ) -> list[ir.Value]:
        starts = [self._start_of(row) for row in rows]
        first, last = (bound // self.run for bound in bounds)

        def at(i: Index, outer: list[ir.Value]) -> list[ir.Value]:
            def within(k: Index, so_far: list[ir.Value]) -> list[ir.Value]:
                elements = [
                    load(memref, [image, row + i * self.dilation, column + k])
                    for image, row, column in starts
                ]
                return step(i * self.run + k, elements, so_far)

            return loop(0, self.run, 1, outer, within)

        return loop(first, last, 1, sums, at)

    def spread(self, held: ir.Value, lanes: int) -> ir.Value:
        """An element in all lanes."""
        return broadcast_kr_elements(held, lanes)

    def _start_of(self, window: Index) -> tuple[Index, Index, Index]:
        """Image, row and column * C of the first element of a window."""
        height, width = self.output
        y = window // width % height if height > 1 else Index(0)
        x = window % width if width > 1 else Index(0)
        image = window // (height * width)
        return image, y * self.strides[0], x * (self.strides[1] * self.channels)


LhsLoader = MatrixRows | WindowRows
"""Lhs [M, K], KR elements at a time, as a kernel reads them from the tensor `tensor`."""
