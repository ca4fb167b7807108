"""Depthwise convolution, channels last: a vector of channels of a few neighbouring pixels.

Elements of the image are loaded once for all pixels of a tile whose windows hold them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import FLOAT32
from tessel.compiler.emit.vector import (
    for_tiles,
    load_vector,
    loop,
    multiply_add,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.depthwise.nhwc_problem import DepthwiseNhwcConfiguration
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class Windows:
    """Steps between windows, and the zeros before the image's first row and column."""

    strides: tuple[int, int]
    low: tuple[int, int]


def depthwise(
    image: ir.Value,
    weight: ir.Value,
    windows: Windows,
    configuration: DepthwiseNhwcConfiguration,
    epilogue: Epilogue,
    output: tuple[int, int, int, int],
) -> ir.Value:
    """image [N, H, W, C] and weight [I, J, C], through `epilogue`, as [N * Y * X, C]."""
    count, height, width, channels = output
    target = ir.RankedTensorType.get([count * height * width, channels], ir.F32Type.get())
    rows, columns, _ = ir.RankedTensorType(weight.type).shape
    _, image_height, image_width, _ = ir.RankedTensorType(image.type).shape
    name = f"depthwise_{height}x{width}x{channels}_{rows}x{columns}"
    size = (image_height, image_width)
    kernel = _Kernel((rows, columns), size, windows, configuration, epilogue, output)
    grid = [-(-height // configuration.rows), count, 1]
    inputs = [image, weight, *epilogue.tensors()]
    return dispatch(name, grid, inputs, [target], [], kernel.write)[0]


@dataclass(frozen=True)
class _Kernel:
    window: tuple[int, int]
    size: tuple[int, int]
    windows: Windows
    configuration: DepthwiseNhwcConfiguration
    epilogue: Epilogue
    output: tuple[int, int, int, int]

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        _, height, _, channels = self.output
        lanes = self.configuration.lanes
        first = workgroup_id[0] * self.configuration.rows
        stop = (first + self.configuration.rows).at_most(height)

        def vector(channel: Index, count: int) -> None:
            mask = tail_mask(count, lanes)

            def row(y: Index, _: Sequence[ir.Value]) -> None:
                _Vector(self, inputs, results[0], workgroup_id[1], y, channel, mask).write()

            # The rows of one vector of channels fit L1, those of all channels often do not.
            loop(first, stop, 1, [], row)

        for_tiles(channels, lanes, vector)


@dataclass(frozen=True)
class _Vector:
    """A vector of channels along row `y` of the output."""

    kernel: _Kernel
    inputs: list[Buffer]
    result: Buffer
    image: Index
    y: Index
    channel: Index
    mask: ir.Value | None

    def write(self) -> None:
        """Tiles of pixels: in a loop where windows are within the row, else one by one."""
        width, pixels = self.kernel.output[2], self.kernel.configuration.pixels
        starts = range(0, width, pixels)
        within = [x for x in starts if self._is_within(x, min(pixels, width - x))]
        inner = [x for x in within if x + pixels <= width]
        if inner:
            stop = inner[-1] + pixels
            loop(inner[0], stop, pixels, [], lambda x, _: self._tile(x, pixels))
        for x in starts:
            if x not in inner:
                self._tile(Index(x), min(pixels, width - x))

    def _is_within(self, x: int, pixels: int) -> bool:
        columns = self._columns(pixels)
        first = x * self.kernel.windows.strides[1] - self.kernel.windows.low[1]
        return first >= 0 and first + columns <= self.kernel.size[1]

    def _columns(self, pixels: int) -> int:
        """Columns of the image in the windows of neighbouring pixels."""
        return (pixels - 1) * self.kernel.windows.strides[1] + self.kernel.window[1]

    def _tile(self, x: Index, pixels: int) -> None:
        kernel, lanes = self.kernel, self.kernel.configuration.lanes
        (down, across), (top, left) = kernel.windows.strides, kernel.windows.low
        rows, columns = kernel.window
        begin = self.y * down - top
        first = (Index(0) - begin).at_least(0)
        last = (Index(kernel.size[0]) - begin).at_most(rows)

        def add(i: Index, sums: list[ir.Value]) -> list[ir.Value]:
            sums = list(sums)
            weights = [
                load_vector(self.inputs[1].memref, [i, j, self.channel], lanes, self.mask)
                for j in range(columns)
            ]
            for offset in range(self._columns(pixels)):
                users = [p for p in range(pixels) if 0 <= offset - p * across < columns]
                column = x * across + (offset - left)
                beside = column.static is not None and not 0 <= column.static < kernel.size[1]
                if beside or not users:
                    continue
                indices = [self.image, begin + i, column, self.channel]
                held = load_vector(self.inputs[0].memref, indices, lanes, self.mask)
                for p in users:
                    sums[p] = multiply_add(held, weights[offset - p * across], sums[p])
            return sums

        sums = loop(first, last, 1, [zeros(ir.F32Type.get(), lanes)] * pixels, add)
        _, height, width, _ = kernel.output
        for p, total in enumerate(sums):
            row = (self.image * height + self.y) * width + x + p
            sums, read = Element(total, FLOAT32), self.inputs[2:]
            kernel.epilogue.store(sums, read, self.result, row, self.channel, lanes, self.mask)
