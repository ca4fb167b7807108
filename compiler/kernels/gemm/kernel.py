"""Matrix product: registers hold a tile of the result.

A workgroup computes `block_m` rows of `block_panels` panels. A panel has NR columns and, where
the matrix is packed, is stored in the order in which it is read; for each step along K the kernel
loads `vectors` vectors of it and multiplies them by one element of each of MR rows. With 6 rows
and 4 vectors, 24 sums hide the latency of the multiplier and 10 loads feed 24 multiplications, and
rows that are a power of two apart do not evict each other from L1, as 14 rows of 2 vectors do (Zen
4, 1024^3: 98 % of the limit against 74 %).
Source: Goto and van de Geijn 2008; the tile sizes are those of BLIS for AVX-512 and AVX2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from tessel.compiler.emit.element import Element, signless_type
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import add_product
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
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.gemm.lhs_loader import LhsLoader
from tessel.compiler.kernels.gemm.problem import GemmConfiguration
from tessel.compiler.kernels.gemm.rhs_loader import PackedPanels, Panel, RhsLoader
from tessel.compiler.kernels.gemm.tile_store import TileStore
from tessel.compiler.kernels.padding import ImagePadding
from tessel.dialects.mlir import arith, ir
from tessel.dialects.types import ArrayType, accumulation_dtype


def gemm(
    lhs: LhsLoader,
    rhs: RhsLoader,
    n: int,
    configuration: GemmConfiguration,
    epilogue: Epilogue,
    result: ir.Type,
    dynamic_m: Sequence[ir.Value],
    padding: ImagePadding | None = None,
) -> ir.Value:
    """lhs [M, K] times rhs [K, N], through `epilogue`, as `result` [M, N].

    Sums are of the dtype in which the epilogue's start is accumulated: float32, or int32.
    `dynamic_m` holds M where it is dynamic. With `padding` rows are pixels, and
    `result` has those of the larger images.
    """
    known = ir.RankedTensorType(result).shape[0] if padding is None else padding.pixels
    m = Index(dynamic_m[0]) if dynamic_m else Index(known)
    kernel = _Gemm(lhs, rhs, n, configuration, epilogue, padding)
    panels = -(-n // configuration.nr)
    grid = [-(-panels // configuration.block_panels), m.ceildiv(configuration.block_m), 1]
    shown = "x".join(str(size) for size in (m.static or "m", n, lhs.k))
    inputs = [lhs.tensor, rhs.tensor, *epilogue.tensors()]
    return dispatch(f"gemm_{shown}", grid, inputs, [result], dynamic_m, kernel.write)[0]


def accumulate(
    sources: tuple[LhsLoader, RhsLoader],
    inputs: Sequence[Buffer],
    panel: Panel,
    row_indices: Sequence[Index],
    bounds: tuple[Index, Index],
    sums: list[ir.Value],
    prefetch_distance: int = 0,
) -> list[ir.Value]:
    """Adds to `sums`, which registers hold, the products of the rows `row_indices` and a panel.

    There is one for each row and vector of the panel; `bounds` is the range of K. Packed panels
    are prefetched `prefetch_distance` steps along K; others would be no faster.
    """
    lhs, rhs = sources
    source, matrix = (buffer.memref for buffer in inputs[:2])
    lanes = panel.lanes

    def step(k: Index, elements: list[ir.Value], so_far: list[ir.Value]) -> list[ir.Value]:
        offsets = range(0, panel.filled, lanes)
        if prefetch_distance and isinstance(rhs, PackedPanels):
            rhs.prefetch(matrix, panel, k + prefetch_distance)
        held = [rhs.load(matrix, panel, k, offset) for offset in offsets]
        scalars = [lhs.spread(element, lanes) for element in elements]
        pairs = [(scalar, column) for scalar in scalars for column in held]
        return [add_product(*pair, total) for pair, total in zip(pairs, so_far)]

    return lhs.accumulate(source, row_indices, bounds, sums, step)


@dataclass(frozen=True)
class _Gemm:
    """The code of one workgroup."""

    lhs: LhsLoader
    rhs: RhsLoader
    n: int
    configuration: GemmConfiguration
    epilogue: Epilogue
    padding: ImagePadding | None

    @cached_property
    def sums(self) -> np.dtype:
        return accumulation_dtype(ArrayType.of(self.epilogue.start).dtype)

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        configuration = self.configuration
        panels = -(-self.n // configuration.nr)
        whole = self.n // configuration.nr
        first = workgroup_id[0] * configuration.block_panels
        last = (first + configuration.block_panels).at_most(whole)
        m = results[0].shape[0] if self.padding is None else Index(self.padding.pixels)
        block = _Block(self, inputs, results[0], m, workgroup_id[1])
        loop(first, last, 1, [], lambda panel, _: block.write(panel, configuration.nr))
        if panels > whole:
            holds = Index(whole).is_less(first + configuration.block_panels)
            tail = self.n - whole * configuration.nr
            if_then(holds, lambda: block.write(Index(whole), tail))


@dataclass(frozen=True)
class _Block:
    """The rows of a workgroup, block number `block_index` of M in all."""

    kernel: _Gemm
    inputs: list[Buffer]
    result: Buffer
    m: Index
    block_index: Index

    @property
    def start(self) -> Index:
        return self.block_index * self.kernel.configuration.block_m

    def write(self, number: Index, filled: int) -> None:
        """All rows of the block, times the first `filled` columns of a panel."""
        kernel, configuration = self.kernel, self.kernel.configuration
        panel = Panel(number, configuration.nr, filled, configuration.lanes)
        read, padding = self.inputs[2:], kernel.padding
        result = TileStore(self.result.memref, read, kernel.epilogue, padding, panel)
        result.write_padding(self.start)
        self._multiply(result)

    def _multiply(self, result: TileStore) -> None:
        k, step = self.kernel.lhs.k, self.kernel.configuration.block_k
        configuration, carried = self.kernel.configuration, None
        if k <= step:
            self._rows(_Tile(self, result, Index(0), Index(k)))
            return
        sums = stack_alloc(
            [configuration.block_m, configuration.nr], signless_type(self.kernel.sums)
        )
        for begin in range(0, k, step):
            end = min(k, begin + step)
            target = sums if end < k else None
            self._rows(_Tile(self, result, Index(begin), Index(end), carried, target))
            carried = sums

    def _rows(self, tile: "_Tile") -> None:
        """The block's rows, tile by tile."""
        configuration, m = self.kernel.configuration, self.m
        if m.static is None:
            self._dynamic_rows(tile, (self.start + configuration.block_m).at_most(m))
        else:
            known = partial(self._static_rows, tile)
            with_static_size(self.block_index, m.static, configuration.block_m, known)

    def _static_rows(self, tile: "_Tile", count: int) -> None:
        for_tiles(count, self.kernel.configuration.mr, partial(tile.write, self.start))

    def _dynamic_rows(self, tile: "_Tile", stop: Index) -> None:
        """Whole tiles, the last of them moved up to end with the rows; single rows where few.

        Rows of two tiles are computed twice, so no sums may be carried between ranges of K.
        """
        mr = self.kernel.configuration.mr
        count = stop - self.start
        few = count.is_less(mr)
        none = Index(0)
        tiled = Index(arith.select(few, none.value, count.value))
        single = Index(arith.select(few, count.value, none.value))
        loop(
            0,
            tiled,
            mr,
            [],
            lambda row, _: tile.write(self.start, row.at_most(count - mr), mr),
        )
        loop(0, single, 1, [], lambda row, _: tile.write(self.start, row, 1))


@dataclass(frozen=True)
class _Tile:
    """One panel, whose sums go to `result`, and a range of K, for any rows.

    `sums` holds what earlier ranges have summed; `target` takes the sums of this one, and where it
    is None they go through the epilogue to the result.
    """

    block: _Block
    result: TileStore
    begin: Index
    end: Index
    sums: ir.Value | None = None
    target: ir.Value | None = None

    def write(self, start: Index, row: Index, rows: int) -> None:
        """Computes `rows` rows from `start + row` on."""
        panel, lanes = self.result.panel, self.result.panel.lanes
        tile = [(i, offset) for i in range(rows) for offset in range(0, panel.filled, lanes)]
        element = signless_type(self.block.kernel.sums)
        begin = [
            zeros(element, lanes)
            if self.sums is None
            else load_vector(self.sums, [row + i, column], lanes)
            for i, column in tile
        ]
        row_indices = [start + row + i for i in range(rows)]
        kernel, bounds = self.block.kernel, (self.begin, self.end)
        pair = kernel.lhs, kernel.rhs
        prefetch_distance = kernel.configuration.prefetch_distance(kernel.lhs.k)
        sums = accumulate(
            pair, self.block.inputs, panel, row_indices, bounds, begin, prefetch_distance
        )
        for (i, column), total in zip(tile, sums):
            if self.target is not None:
                store_vector(total, self.target, [row + i, column])
            else:
                self.result.store(Element(total, kernel.sums), start + row + i, column)
