"""Winograd convolution: for each of 16 elements of tiles a product, from which pixels are made.

A workgroup multiplies a block of tiles by a panel of windows, 16 times, each by the inner loop of
a matrix product; the products stay on the stack until 16 of each tile become 4 pixels, which pass
through the epilogue.
Source: Lavin and Gray 2016, as `dialects/winograd.py` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import FLOAT32
from tessel.compiler.emit.vector import (
    for_tiles,
    if_then,
    load_vector,
    loop,
    stack_alloc,
    store_vector,
    with_static_size,
    zeros,
)
from tessel.compiler.kernels.convolution.winograd_input import transform
from tessel.compiler.kernels.convolution.winograd_problem import WinogradConfiguration
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.gemm.kernel import accumulate
from tessel.compiler.kernels.gemm.lhs_loader import MatrixRows
from tessel.compiler.kernels.gemm.rhs_loader import PackedPanels, Panel
from tessel.compiler.kernels.gemm.tile_store import TileStore
from tessel.compiler.kernels.padding import ImagePadding
from tessel.dialects.mlir import ir
from tessel.dialects.winograd import OUTPUT_TRANSFORM, POINTS, STEP, tiles_in_all, tiles_of


def winograd(
    lhs: MatrixRows,
    rhs: PackedPanels,
    output: tuple[int, int, int],
    n: int,
    configuration: WinogradConfiguration,
    epilogue: Epilogue,
    padding: ImagePadding | None = None,
) -> ir.Value:
    """Tiles [T, 16 * C] and windows, packed, through `epilogue`, as [N * Y * X, filters].

    `output` is (N, Y, X). With `padding` the result has the pixels of the larger images.
    """
    images, height, across = output
    pixels = images * height * across if padding is None else padding.count * padding.size
    target = ir.RankedTensorType.get([pixels, n], ir.F32Type.get())
    kernel = _Winograd(lhs, rhs, output, n, configuration, epilogue, padding)
    grid = [
        -(-n // configuration.nr),
        -(-tiles_in_all(output) // configuration.block_m),
        1,
    ]
    name = f"winograd_{height}x{across}x{n}x{lhs.k // POINTS}"
    inputs = [lhs.tensor, rhs.tensor, *epilogue.tensors()]
    return dispatch(name, grid, inputs, [target], [], kernel.write)[0]


@dataclass(frozen=True)
class _Winograd:
    """The code of one workgroup."""

    lhs: MatrixRows
    rhs: PackedPanels
    output: tuple[int, int, int]
    n: int
    configuration: WinogradConfiguration
    epilogue: Epilogue
    padding: ImagePadding | None

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        nr, step = self.configuration.nr, self.configuration.block_m
        products = stack_alloc([POINTS * step, nr], ir.F32Type.get())
        number, block, _ = workgroup_id

        def panel(filled: int) -> None:
            one = Panel(number, nr, filled, self.configuration.lanes)
            memref, read = results[0].memref, inputs[2:]
            result = TileStore(memref, read, self.epilogue, self.padding, one)
            result.write_padding(block)
            cut = _Block(self, inputs, result, block * step, products)
            with_static_size(block, tiles_in_all(self.output), step, cut.write)

        with_static_size(number, self.n, nr, panel)


@dataclass(frozen=True)
class _Block:
    """The tiles from `start` on, times the panel of `result`.

    Their `products` are by element, then by tile.
    """

    kernel: _Winograd
    inputs: list[Buffer]
    result: TileStore
    start: Index
    products: ir.Value

    def write(self, count: int) -> None:
        """Computes `count` tiles."""

        def element(point: Index, _: Sequence[ir.Value]) -> None:
            for_tiles(count, self.kernel.configuration.mr, partial(self._multiply, point))

        loop(0, POINTS, 1, [], element)
        loop(0, count, 1, [], lambda row, _: self._pixels(row))

    def _multiply(self, point: Index, row: Index, rows: int) -> None:
        """One element of `rows` tiles of the block, from `row` on."""
        kernel, panel, lanes = self.kernel, self.result.panel, self.result.panel.lanes
        offsets = range(0, panel.filled, lanes)
        k = kernel.lhs.k // POINTS
        bounds = point * k, point * k + k
        row_indices = [self.start + row + i for i in range(rows)]
        nothing = [zeros(ir.F32Type.get(), lanes)] * (rows * len(offsets))
        pair = kernel.lhs, kernel.rhs
        sums = iter(accumulate(pair, self.inputs, panel, row_indices, bounds, nothing))
        first = point * kernel.configuration.block_m + row
        for i in range(rows):
            for offset in offsets:
                store_vector(next(sums), self.products, [first + i, offset])

    def _pixels(self, row: Index) -> None:
        """The 2 x 2 pixels of a tile of the block."""
        _, height, width = self.kernel.output
        down, across = tiles_of(height), tiles_of(width)
        panel, step, tile = (
            self.result.panel,
            self.kernel.configuration.block_m,
            self.start + row,
        )
        line, x = tile // across, tile % across * STEP
        image, y = line // down, line % down * STEP
        for offset in range(0, panel.filled, panel.lanes):
            held = [
                load_vector(self.products, [row + point * step, offset], panel.lanes)
                for point in range(POINTS)
            ]
            made = iter(transform(held, OUTPUT_TRANSFORM))
            for i in range(STEP):
                for j in range(STEP):
                    pixel = (image * height + y + i) * width + x + j
                    inside = [
                        at.is_less(size)
                        for at, size, odd in ((y + i, height, i), (x + j, width, j))
                        if odd and size % STEP
                    ]
                    sums = Element(next(made), FLOAT32)
                    store = partial(self.result.store, sums, pixel, offset)
                    for condition in inside:
                        store = partial(if_then, condition, store)
                    store()
