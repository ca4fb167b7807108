"""Tile sizes of a matrix product for registers, caches and threads, and their choice by default."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from tessel.compiler.emit.amx import TILE
from tessel.compiler.emit.multiply_accumulate import kr_of
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import STACK, Hardware

_MR = {32: (14, 12, 8, 6), 16: (10, 6)}
"""Registers of a processor -> MR of tiles of 1, 2, ... vectors: sums and loads fill them."""

_BLOCK_M = 132
"""Rows of a block: with K of 1024 they fill half of a 1 MiB L2, and 132 is 22 tiles of 6."""

_FEW_PANELS_M = 48
"""The same where rows are dynamic and columns are too few for all threads."""

WHOLE_K, PART_K = 3072, 2048
"""K up to which it is not cut, and about how long the parts are where it is.

A panel of 64 columns and 3072 rows has 768 KiB; sums that go through memory cost 3 % (Zen 4).
"""

_SMALL_PART_K = 512
"""The same where a panel is read from memory and used by few tiles: a part stays in L2 for them."""

SMALL_M = 12
"""Rows up to which one block takes all."""


@dataclass(frozen=True)
class PanelConfiguration:
    """MR rows x `vectors` sums of `lanes` in registers; `block_m` rows for a workgroup.

    A panel has NR columns: `vectors` * `lanes`.
    """

    mr: int
    vectors: int
    lanes: int
    block_m: int

    @property
    def nr(self) -> int:
        """Columns of a panel."""
        return self.vectors * self.lanes


@dataclass(frozen=True)
class GemmConfiguration(PanelConfiguration):
    """And a workgroup's panels and K."""

    block_panels: int
    block_k: int

    def prefetch_distance(self, k: int) -> int:
        """Steps along K to the next part of a panel, which is prefetched while a part is read.

        Memory would wait while the second half of a few rows reads the part from L2: 8x4096x4096
        takes 0.79 of the time (Zen 4). The first half prefetches, too, since one loop does both. 0
        where nothing is read again, or by rows enough.
        """
        is_read_again = self.mr < self.block_m <= SMALL_M
        return self.block_k if is_read_again and self.block_k < k else 0


@dataclass(frozen=True)
class GemmProblem(KernelProblem):
    """[M, K] x [K, N]; `m` is None where it is dynamic.

    `dtype` is that of lhs, `weight` that in which the matrix is stored, `packed` or
    `plain`; K is a multiple of what one instruction multiplies.
    """

    template: ClassVar[str] = "gemm"

    m: int | None
    k: int
    n: int
    dtype: str = "float32"
    weight: str = "float32"
    layout: str = "packed"

    def default_configuration(self, hardware: Hardware) -> GemmConfiguration:
        """By a cost model that a person can follow.

        Four vectors of AVX-512 and two of AVX2, times 6 rows, leave registers for what is loaded; a
        narrower matrix has fewer vectors and more rows.
        """
        lanes = hardware.instructions.lanes(4)
        most_mr = _MR[hardware.instructions.registers]
        vectors = min(len(most_mr), -(-self.n // lanes))
        most = most_mr[vectors - 1]
        panels = -(-self.n // (vectors * lanes))
        steps = self.steps
        if self.m is None:
            # Sums may not go through memory where tiles overlap, so K is not cut. With few panels
            # blocks are what threads share.
            block_m = _BLOCK_M if panels >= hardware.min_workgroups else _FEW_PANELS_M
            return GemmConfiguration(most, vectors, lanes, whole_steps(block_m, most), 1, steps)
        if self.m <= most_mr[-1] and self.layout == "plain":
            # Rows of a plain panel are far apart: a wide one has fewer to fetch.
            sums = 3 * hardware.instructions.registers // 4
            vectors = min(sums // self.m, -(-self.n // lanes))
            return GemmConfiguration(self.m, vectors, lanes, self.m, 1, steps)
        if self.m <= SMALL_M:
            mr = -(-self.m // (1 if self.m <= 6 else 2))
            part = steps if self.m <= 6 else equal_parts(steps, _SMALL_PART_K)
            return GemmConfiguration(mr, vectors, lanes, self.m, 1, part)
        blocks = block_count(self.m, panels, (24, _BLOCK_M), hardware)
        block_m = whole_steps(-(-self.m // blocks), most)
        part = steps if steps <= WHOLE_K else equal_parts(steps, PART_K)
        return GemmConfiguration(most, vectors, lanes, block_m, 1, part)

    @property
    def steps(self) -> int:
        """K in steps of KR elements, which are multiplied at once."""
        return self.k // kr_of(np.dtype(self.dtype))

    def neighbours(
        self, configuration: GemmConfiguration, hardware: Hardware
    ) -> list[GemmConfiguration]:
        """Another tile of registers, other rows or panels of a block, other parts of K."""
        found = [_reshaped(configuration, *shape, self.m) for shape in self._registers(hardware)]
        if self.m is not None:
            found += [
                replace(configuration, block_m=rows)
                for rows in _multiples(configuration.block_m, configuration.mr, self.m)
            ]
            found += [
                replace(configuration, block_k=equal_parts(self.steps, longest))
                for longest in (256, 512, 1024, 2048, 4096)
                if longest < 2 * self.steps
            ]
        panels = -(-self.n // configuration.nr)
        found += [
            replace(configuration, block_panels=count) for count in (1, 2, 4, 8) if count <= panels
        ]
        distinct = [one for one in dict.fromkeys(found) if one != configuration]
        return [one for one in distinct if self._fits_stack(one)]

    def _fits_stack(self, configuration: GemmConfiguration) -> bool:
        return (
            configuration.block_k >= self.steps
            or 4 * configuration.block_m * configuration.nr <= STACK
        )

    def _registers(self, hardware: Hardware) -> list[tuple[int, int]]:
        """Rows and vectors whose sums and operands fill registers."""
        widest = -(-self.n // hardware.instructions.lanes(4))
        shapes = []
        for vectors in range(1, min(8, widest) + 1):
            rows = (hardware.instructions.registers - 1 - vectors) // vectors
            if self.m is not None and self.m <= SMALL_M:
                shapes += [
                    (-(-self.m // count), vectors) for count in (1, 2) if self.m <= count * rows
                ]
            else:
                shapes += [(count, vectors) for count in (rows, rows - 1) if count > 1]
        return shapes


@dataclass(frozen=True)
class AmxConfiguration:
    """`tile_rows` x `tile_columns` tiles of sums of 16 x 16, for one panel.

    `block_m` rows are for a workgroup; an epilogue takes `lanes` columns at once.
    """

    tile_rows: int
    tile_columns: int
    lanes: int
    block_m: int

    @property
    def mr(self) -> int:
        """Rows of sums."""
        return self.tile_rows * TILE

    @property
    def nr(self) -> int:
        """Columns of a panel."""
        return self.tile_columns * self.lanes


@dataclass(frozen=True)
class AmxProblem(KernelProblem):
    """[M, K] x [K, N] where tiles of AMX multiply dtypes as these.

    There are 16 rows or more, and K is a multiple of 64 bytes.
    """

    template: ClassVar[str] = "gemm_amx"

    m: int
    k: int
    n: int
    dtype: str
    weight: str

    def default_configuration(self, hardware: Hardware) -> AmxConfiguration:
        """2 x 2 tiles of sums leave 4 of 8 registers for what is loaded."""
        rows, columns = (min(2, -(-size // TILE)) for size in (self.m, self.n))
        rows = min(rows, self.m // TILE)
        mr, panels = rows * TILE, -(-self.n // (columns * TILE))
        blocks = block_count(self.m, panels, (2 * mr, _BLOCK_M), hardware)
        return AmxConfiguration(rows, columns, TILE, whole_steps(-(-self.m // blocks), mr))

    def neighbours(
        self, configuration: AmxConfiguration, hardware: Hardware
    ) -> list[AmxConfiguration]:
        """3 x 1 and 1 x 3 tiles of sums, and blocks of other rows."""
        found = [
            AmxConfiguration(rows, columns, TILE, whole_steps(configuration.block_m, rows * TILE))
            for rows, columns in ((2, 2), (3, 1), (1, 3))
            if rows * TILE <= self.m
        ]
        found += [
            replace(configuration, block_m=whole_steps(m, configuration.mr))
            for m in (configuration.block_m // 2, 2 * configuration.block_m, self.m)
        ]
        return [one for one in dict.fromkeys(found) if one != configuration]


def _reshaped(
    configuration: GemmConfiguration, mr: int, vectors: int, m: int | None
) -> GemmConfiguration:
    """The same block in tiles of other registers."""
    whole = whole_steps(configuration.block_m, mr)
    block_m = whole if m is None or m > SMALL_M else m
    return replace(configuration, mr=mr, vectors=vectors, block_m=block_m)


def _multiples(block_m: int, step: int, m: int) -> list[int]:
    """Blocks of about 1/2, 2/3, 3/2 and twice as many rows, and of all that there are."""
    if m <= SMALL_M:
        return []
    wanted = [block_m // 2, block_m * 2 // 3, block_m * 3 // 2, 2 * block_m, m]
    return [-(-min(rows, m) // step) * step for rows in wanted]


def block_count(rows: int, panels: int, bounds: tuple[int, int], hardware: Hardware) -> int:
    """Blocks of rows: as few as the second bound allows, or more where threads want them.

    Those are made as long as blocks have more rows than the first.
    """
    fewest, most = bounds
    blocks = -(-rows // most)
    while blocks * panels < hardware.min_workgroups and rows > fewest * blocks:
        blocks += 1
    return blocks


def whole_steps(rows: int, step: int) -> int:
    """`rows` up to whole steps."""
    return max(1, -(-rows // step)) * step


def equal_parts(size: int, longest: int) -> int:
    """The length of equal parts of `size` that are `longest` at most."""
    count = -(-size // longest)
    return -(-size // count)
