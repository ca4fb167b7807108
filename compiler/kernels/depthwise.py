"""Depthwise convolution, channels last: a vector of channels of a few neighbouring pixels.

Elements of the image are loaded once for all pixels of a tile whose windows hold them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.kernels.builder import (
    first_lanes,
    load_vector,
    loop,
    multiply_add,
    store_vector,
    zeros,
)
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.executable import Buffer, Place, dispatch
from tessel.compiler.kernels.index import Index
from tessel.compiler.kernels.row_tiles import DepthwiseTiles
from tessel.compiler.lowering.element import Element
from tessel.dialects.mlir import ir

_FLOAT32 = np.dtype(np.float32)


def depthwise(
    image: ir.Value,
    weight: ir.Value,
    strides: tuple[int, int],
    tiles: DepthwiseTiles,
    epilogue: Epilogue,
    output: tuple[int, int, int, int],
) -> ir.Value:
    """image [N, H, W, C] and weight [I, J, C], through `epilogue`, as [N * Y * X, C]."""
    count, height, width, channels = output
    target = ir.RankedTensorType.get([count * height * width, channels], ir.F32Type.get())
    shape = ir.RankedTensorType(weight.type).shape
    name = f"depthwise_{height}x{width}x{channels}_{shape[0]}x{shape[1]}"
    kernel = _Kernel((shape[0], shape[1]), strides, tiles, epilogue, output)
    grid = [-(-height // tiles.rows), count, 1]
    inputs = [image, weight, *epilogue.tensors()]
    return dispatch(name, grid, inputs, [target], [], kernel.write)[0]


@dataclass(frozen=True)
class _Kernel:
    window: tuple[int, int]
    strides: tuple[int, int]
    tiles: DepthwiseTiles
    epilogue: Epilogue
    output: tuple[int, int, int, int]

    def write(self, inputs: list[Buffer], results: list[Buffer], place: Place) -> None:
        _, height, _, channels = self.output
        lanes = self.tiles.lanes
        first = place[0] * self.tiles.rows
        stop = (first + self.tiles.rows).at_most(height)
        whole = channels // lanes * lanes

        def row(y: Index, _: Sequence[ir.Value]) -> None:
            def vector(channel: Index, _: Sequence[ir.Value]) -> None:
                self._row(inputs, results[0], (place[1], y, channel), None)

            loop(0, whole, lanes, [], vector)
            if channels > whole:
                mask = first_lanes(channels - whole, lanes)
                self._row(inputs, results[0], (place[1], y, Index(whole)), mask)

        loop(first, stop, 1, [], row)

    def _row(
        self,
        inputs: list[Buffer],
        result: Buffer,
        at: tuple[Index, Index, Index],
        mask: ir.Value | None,
    ) -> None:
        """One vector of channels along a row of the output."""
        width, pixels = self.output[2], self.tiles.pixels
        rows, columns = self.window
        weights = {
            (i, j): load_vector(inputs[1].memref, [i, j, at[2]], self.tiles.lanes, mask)
            for i in range(rows)
            for j in range(columns)
        }
        whole = width // pixels * pixels

        def tile(x: Index, count: int) -> None:
            self._tile(inputs, result, (*at, x), count, weights, mask)

        loop(0, whole, pixels, [], lambda x, _: tile(x, pixels))
        if width > whole:
            tile(Index(whole), width - whole)

    def _tile(
        self,
        inputs: list[Buffer],
        result: Buffer,
        at: tuple[Index, Index, Index, Index],
        pixels: int,
        weights: dict[tuple[int, int], ir.Value],
        mask: ir.Value | None,
    ) -> None:
        image, y, channel, x = at
        lanes, step = self.tiles.lanes, self.strides[1]
        _, height, width, _ = self.output
        rows, columns = self.window
        sums = [zeros(ir.F32Type.get(), lanes)] * pixels
        for i in range(rows):
            for column in range((pixels - 1) * step + columns):
                users = [pixel for pixel in range(pixels) if 0 <= column - pixel * step < columns]
                if not users:
                    continue
                place = [image, y * self.strides[0] + i, x * step + column, channel]
                held = load_vector(inputs[0].memref, place, lanes, mask)
                for pixel in users:
                    weight = weights[i, column - pixel * step]
                    sums[pixel] = multiply_add(held, weight, sums[pixel])
        for pixel, total in enumerate(sums):
            row = (image * height + y) * width + x + pixel
            element = Element(total, _FLOAT32)
            value = self.epilogue.apply(element, inputs[2:], row, channel, lanes, mask)
            store_vector(value.value, result.memref, [row, channel], mask)
