"""Matrix product in tiles of AMX: sums of 16 x 16 stay in registers for all of K.

A workgroup computes `block_m` rows of one packed panel. With 2 x 2 tiles of sums, 4 loads feed
4 products, and the panel of 32 columns is read from L2 once for 32 rows. The packed
matrix of `pack_matrix` holds what an instruction wants: words of neighbours along K, columns side
by side. Sums pass through memory to the epilogue, which works on vectors.
Source: Intel's optimisation manual, chapter 20; oneDNN's brgemm.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from tessel.compiler.emit.amx import TILE, TileUnit
from tessel.compiler.emit.element import Element, signless_type
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import kr_of
from tessel.compiler.emit.vector import if_then, load_vector, loop, stack_alloc, tail_mask
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.gemm.problem import AmxConfiguration
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, accumulation_dtype


def gemm_amx(
    lhs: ir.Value,
    packed: ir.Value,
    n: int,
    configuration: AmxConfiguration,
    unit: TileUnit,
    epilogue: Epilogue,
    result: ir.Type,
) -> ir.Value:
    """lhs [M, K] times packed [P, S, NR * KR], through `epilogue`, as `result` [M, N].

    M is static and no less than the rows of a tile; K is S * KR, and S a multiple of 16.
    """
    m, k = ArrayType.of(lhs).sizes
    kernel = _Kernel(ArrayType.of(lhs).dtype, n, configuration, unit, epilogue)
    grid = [-(-n // configuration.nr), -(-m // configuration.block_m), 1]
    name = f"gemm_amx_{m}x{n}x{k}"
    inputs = [lhs, packed, *epilogue.tensors()]
    return dispatch(name, grid, inputs, [result], [], kernel.write)[0]


@dataclass(frozen=True)
class _Kernel:
    """The code of one workgroup."""

    dtype: np.dtype
    n: int
    configuration: AmxConfiguration
    unit: TileUnit
    epilogue: Epilogue

    @property
    def sums(self) -> np.dtype:
        return accumulation_dtype(ArrayType.of(self.epilogue.start).dtype)

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        nr, panel = self.configuration.nr, workgroup_id[0]
        sums = stack_alloc([self.configuration.mr, nr], signless_type(self.sums))
        block = _Block(
            self, inputs, results[0], sums, panel, workgroup_id[1] * self.configuration.block_m
        )
        whole, tail = divmod(self.n, nr)
        if whole and tail:
            if_then(panel.is_less(whole), lambda: block.write(nr))
            if_then(Index(whole - 1).is_less(panel), lambda: block.write(tail))
        else:
            block.write(nr if whole else tail)


@dataclass(frozen=True)
class _Block:
    """The rows of a workgroup from `start` on, and one panel; `sums` is memory for a tile's."""

    kernel: _Kernel
    inputs: list[Buffer]
    result: Buffer
    sums: ir.Value
    panel: Index
    start: Index

    def write(self, filled: int) -> None:
        """All rows, times the first `filled` columns of the panel; the last tile is moved up."""
        configuration, (m, _) = self.kernel.configuration, self.result.shape
        mr = configuration.mr
        stop = (m - self.start).at_most(configuration.block_m)
        last = m - mr
        loop(0, stop, mr, [], lambda row, _: self._tile((self.start + row).at_most(last), filled))

    def _tile(self, row: Index, filled: int) -> None:
        """Sums of all of K for a few tiles, from `row` on."""
        unit, kernel = self.kernel.unit, self.kernel
        tile_rows, tile_columns = kernel.configuration.tile_rows, -(-filled // TILE)
        tiles = list(product(range(tile_rows), range(tile_columns)))

        def step(k: Index, totals: list[ir.Value]) -> list[ir.Value]:
            left = [self._lhs(row + TILE * i, k) for i in range(tile_rows)]
            right = [self._rhs(k, j) for j in range(tile_columns)]
            return [
                unit.add_product(total, left[i], right[j], kernel.dtype)
                for total, (i, j) in zip(totals, tiles)
            ]

        steps = self.inputs[1].shape[1]
        totals = loop(0, steps, TILE, [unit.zeros(kernel.sums) for _ in tiles], step)
        for total, (i, j) in zip(totals, tiles):
            unit.store(total, self.sums, [TILE * i, TILE * j])
        mr = kernel.configuration.mr
        loop(0, mr, 1, [], lambda i, _: self._finish(row + i, i, filled))

    def _lhs(self, row: Index, k: Index) -> ir.Value:
        indices = [row, k * kr_of(self.kernel.dtype)]
        return self.kernel.unit.load(self.inputs[0].memref, indices)

    def _rhs(self, k: Index, tile: int) -> ir.Value:
        indices = [self.panel, k, TILE * tile * kr_of(self.kernel.dtype)]
        return self.kernel.unit.load(self.inputs[1].memref, indices)

    def _finish(self, row: Index, held: Index, filled: int) -> None:
        """Takes the sums of a row, `held` in memory, through the epilogue."""
        kernel, lanes = self.kernel, self.kernel.configuration.lanes
        for offset in range(0, filled, lanes):
            total = Element(load_vector(self.sums, [held, offset], lanes), kernel.sums)
            column = self.panel * kernel.configuration.nr + offset
            mask = tail_mask(filled - offset, lanes)
            kernel.epilogue.store(total, self.inputs[2:], self.result, row, column, lanes, mask)
