"""How a matrix product is cut for registers, caches and threads, and the choice by default."""

from dataclasses import dataclass, replace

from tessel.compiler.kernels.hardware import Hardware

_ROWS = {32: (14, 12, 8, 6), 16: (10, 6)}
"""Registers of a processor -> the rows of tiles of 1, 2, ... vectors: sums and loads fill them."""

_BLOCK_ROWS = 132
"""Rows of a block: with K of 1024 they fill half of a 1 MiB L2, and 132 is 22 tiles of 6."""

_WHOLE_DEPTH, _PART_DEPTH = 3072, 2048
"""K up to which it is not cut, and about how long the parts are where it is.

A panel of 64 columns and 3072 rows has 768 KiB; sums that go through memory cost 3 % (Zen 4).
"""

_SMALL_PART_DEPTH = 512
"""The same where a panel is read from memory and used by few tiles: a part stays in L2 for them."""

_UNITS_PER_THREAD = 4
"""Work-groups for each thread at least, so that threads that start late do not wait for one."""


@dataclass(frozen=True)
class GemmTiles:
    """`rows` x `vectors` sums of `lanes` in registers; a work-group's rows, panels and K.

    A panel has `vectors` * `lanes` columns.
    """

    rows: int
    vectors: int
    lanes: int
    block_rows: int
    block_panels: int
    block_depth: int

    @property
    def columns(self) -> int:
        """Columns of a panel."""
        return self.vectors * self.lanes


@dataclass(frozen=True)
class GemmProblem:
    """[rows, depth] x [depth, width]; `rows` is None where it is known only when running.

    `depth` counts groups of elements that are multiplied at once.
    """

    rows: int | None
    depth: int
    width: int


def default_gemm_tiles(problem: GemmProblem, hardware: Hardware) -> GemmTiles:
    """Tiles by a cost model that a person can follow; `tessel tune` measures others.

    Four vectors of AVX-512 and two of AVX2, times 6 rows, leave registers for what is loaded; a
    narrower matrix has fewer vectors and more rows.
    """
    lanes = hardware.instructions.lanes(4)
    most_rows = _ROWS[hardware.instructions.registers]
    vectors = min(len(most_rows), -(-problem.width // lanes))
    most = most_rows[vectors - 1]
    panels = -(-problem.width // (vectors * lanes))
    if problem.rows is None:
        # Sums may not go through memory where tiles overlap, so K is not cut.
        return GemmTiles(most, vectors, lanes, 16 * most, 1, problem.depth)
    if problem.rows <= 12:
        rows = -(-problem.rows // (1 if problem.rows <= 6 else 2))
        depth = problem.depth if problem.rows <= 6 else _parts(problem.depth, _SMALL_PART_DEPTH)
        return GemmTiles(rows, vectors, lanes, problem.rows, 1, depth)
    blocks = -(-problem.rows // _BLOCK_ROWS)
    while blocks * panels < _UNITS_PER_THREAD * hardware.threads and problem.rows > 24 * blocks:
        blocks += 1
    block_rows = -(-problem.rows // blocks // most) * most
    whole = problem.depth <= _WHOLE_DEPTH
    depth = problem.depth if whole else _parts(problem.depth, _PART_DEPTH)
    return GemmTiles(most, vectors, lanes, block_rows, 1, depth)


def convolution_tiles(problem: GemmProblem, width: int, run: int, hardware: Hardware) -> GemmTiles:
    """Tiles for the windows of images `width` wide; K is cut in runs of neighbours."""
    tiles = default_gemm_tiles(problem, hardware)
    rows = min(tiles.rows, -(-width // -(-width // tiles.rows)))
    runs = max(1, _PART_DEPTH // run)
    whole = problem.depth <= _WHOLE_DEPTH
    depth = problem.depth if whole else _parts(problem.depth // run, runs) * run
    block_rows = -(-tiles.block_rows // rows) * rows
    return replace(tiles, rows=rows, block_rows=block_rows, block_depth=depth)


def _parts(size: int, longest: int) -> int:
    """The length of equal parts of `size` that are `longest` at most."""
    count = -(-size // longest)
    return -(-size // count)
