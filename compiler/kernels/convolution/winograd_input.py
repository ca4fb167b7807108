"""Tiles of images, transformed for Winograd convolutions: a vector of a tile's channels at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import for_tiles, lane_mask, load_vector, loop, store_vector
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.problem import VectorConfiguration
from tessel.dialects.mlir import arith, ir
from tessel.dialects.winograd import EDGE, INPUT_TRANSFORM, POINTS, STEP, tiles_of


def winograd_input(image: ir.Value, configuration: VectorConfiguration) -> ir.Value:
    """What `winograd_input` makes of image [N, H, W, C]: [T, 16, C]."""
    count, height, width, channels = ir.RankedTensorType(image.type).shape
    down, across = tiles_of(height - 2), tiles_of(width - 2)
    target = ir.RankedTensorType.get([count * down * across, POINTS, channels], ir.F32Type.get())
    grid = [-(-down // configuration.rows), count, 1]
    body = _Input((height, width, channels), configuration).write
    name = f"winograd_input_{height}x{width}x{channels}"
    return dispatch(name, grid, [image], [target], [], body)[0]


def transform(held: Sequence[ir.Value], matrix: np.ndarray) -> list[ir.Value]:
    """Vectors of a square of values, its lines and its columns times a matrix of 0, 1 and -1."""
    edge = matrix.shape[1]
    lines = [_combined(held[column::edge], row) for row in matrix for column in range(edge)]
    return [
        _combined(lines[line * edge : (line + 1) * edge], row)
        for line in range(len(matrix))
        for row in matrix
    ]


@dataclass(frozen=True)
class _Input:
    size: tuple[int, int, int]
    configuration: VectorConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        height, width, channels = self.size
        down, across = tiles_of(height - 2), tiles_of(width - 2)
        block, image, _ = workgroup_id
        first = block * self.configuration.rows
        source, target = inputs[0].memref, results[0].memref

        def row(y: Index, _: Sequence[ir.Value]) -> None:
            def tile(x: Index, _: Sequence[ir.Value]) -> None:
                number = (image * down + y) * across + x

                def part(channel: Index, lanes: int) -> None:
                    held = self._load(source, (image, y * STEP, x * STEP), channel, lanes)
                    mask = self._mask(Index(lanes))
                    for point, made in enumerate(transform(held, INPUT_TRANSFORM)):
                        store_vector(made, target, [number, point, channel], mask)

                for_tiles(channels, self.configuration.lanes, part)

            loop(0, across, 1, [], tile)

        loop(first, (first + self.configuration.rows).at_most(down), 1, [], row)

    def _load(
        self, source: ir.Value, at: WorkgroupId, channel: Index, lanes: int
    ) -> list[ir.Value]:
        """The 16 elements of a tile, zeros beyond the image."""
        image, line, column = at
        lines, columns = ([one + i for i in range(EDGE)] for one in (line, column))
        return [
            load_vector(
                source,
                [image, lines[i], columns[j], channel],
                self.configuration.lanes,
                self._mask(self._exists(lines[i], 0, i) * self._exists(columns[j], 1, j) * lanes),
            )
            for i in range(EDGE)
            for j in range(EDGE)
        ]

    def _exists(self, at: Index, axis: int, offset: int) -> Index:
        """1, or 0 for the one line or column of the last tile that the image may lack."""
        size = self.size[axis]
        always = size % STEP == 0 or offset < EDGE - 1
        return Index(1) if always else (size - at).at_most(1)

    def _mask(self, count: Index) -> ir.Value | None:
        lanes = self.configuration.lanes
        return None if count.static == lanes else lane_mask(count, lanes)


def _combined(held: Sequence[ir.Value], row: np.ndarray) -> ir.Value:
    """The sum of those with 1 minus that of those with -1; the first of them has 1 or -1."""
    plus = [one for one, number in zip(held, row) if number == 1]
    minus = [one for one, number in zip(held, row) if number == -1]
    total, *rest = plus
    for one in rest:
        total = arith.addf(total, one)
    for one in minus:
        total = arith.subf(total, one)
    return total
