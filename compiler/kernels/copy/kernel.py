"""Matrices moved in memory and not computed with: transposed, or cut into panels for a product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.register_transpose import interleave_rows, transpose_square
from tessel.compiler.emit.vector import (
    collapse_last,
    lane_mask,
    load_vector,
    loop,
    store_vector,
    tail_mask,
    when,
    zeros,
)
from tessel.compiler.kernels.copy.problem import (
    PackConfiguration,
    TransposeConfiguration,
    few_columns,
)
from tessel.compiler.kernels.executable import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.padding import Frame
from tessel.dialects.mlir import ir


def transpose_matrices(
    matrices: ir.Value, configuration: TransposeConfiguration, frame: Frame | None = None
) -> ir.Value:
    """Matrices [N, R, C] as [N, C, R]; with `frame` their C are pixels, between zeros.

    A workgroup makes `rows` rows of `columns` of a result, as configured, square by square.
    """
    count, depth, width = ir.RankedTensorType(matrices.type).shape
    made = width if frame is None else frame.size
    target = ir.RankedTensorType.get([count, made, depth], ir.F32Type.get())
    name = f"transpose_{count}x{depth}x{width}"
    grid = [-(-width // configuration.rows), -(-depth // configuration.columns), count]
    body = _Transpose(depth, width, configuration, frame).write
    return dispatch(name, grid, [matrices], [target], [], body)[0]


def pack_panels(matrix: ir.Value, packed: ir.Type, configuration: PackConfiguration) -> ir.Value:
    """What `pack_matrix` makes of a matrix [K, N]: panels [P, K, columns], zeros beyond N.

    A workgroup makes `rows` rows of a panel.
    """
    panels, depth, columns = ir.RankedTensorType(packed).shape
    _, width = ir.RankedTensorType(matrix.type).shape
    name = f"pack_{depth}x{width}"
    grid = [-(-depth // configuration.rows), panels, 1]
    body = _Pack(depth, width, columns, configuration).write
    return dispatch(name, grid, [matrix], [packed], [], body)[0]


@dataclass(frozen=True)
class _Transpose:
    depth: int
    width: int
    configuration: TransposeConfiguration
    frame: Frame | None

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        block, part, matrix = workgroup_id
        source, target = inputs[0].memref, results[0].memref
        rows, lanes, frame = self.configuration.rows, self.configuration.lanes, self.frame
        if frame is not None:
            is_first = (block + part).is_less(1)
            when(is_first, lambda: frame.clear(target, [matrix], 0, self.depth, lanes))
        if self._has_few_columns:
            strip = partial(self._few_columns, source, collapse_last(target), matrix)
        else:
            strip = partial(self._strip, source, target, matrix, part * self.configuration.columns)
        _in_part(block * rows, rows, self.width, lanes, strip)

    @property
    def _has_few_columns(self) -> bool:
        """Whether rows are made several at once; in a frame they lie in one line of pixels."""
        lanes = self.configuration.lanes
        together = self.frame is None or self.frame.width % lanes == 0
        return together and self.depth <= few_columns(lanes)

    def _few_columns(
        self, source: ir.Value, flat: ir.Value, matrix: Index, row: Index, count: int
    ) -> None:
        """`count` whole rows of the result."""
        lanes = self.configuration.lanes
        mask = tail_mask(count, lanes)
        columns = [load_vector(source, [matrix, n, row], lanes, mask) for n in range(self.depth)]
        first = (row if self.frame is None else self.frame.padded_index(row)) * self.depth
        for number, made in enumerate(interleave_rows(columns)):
            left = min(count * self.depth - number * lanes, lanes)
            if left > 0:
                at = [matrix, first + number * lanes]
                store_vector(made, flat, at, tail_mask(left, lanes))

    def _strip(
        self,
        source: ir.Value,
        target: ir.Value,
        matrix: Index,
        begin: Index,
        row: Index,
        count: int,
    ) -> None:
        """`count` rows of the result, of the columns of this workgroup."""

        def square(column: Index, wide: int) -> None:
            self._square(source, target, (matrix, row, column), (count, wide))

        _in_part(begin, self.configuration.columns, self.depth, self.configuration.lanes, square)

    def _square(
        self,
        source: ir.Value,
        target: ir.Value,
        start: tuple[Index, Index, Index],
        size: tuple[int, int],
    ) -> None:
        """A part of the result that is a square of vectors, or less at the edges."""
        (matrix, row, column), (tall, wide) = start, size
        lanes = self.configuration.lanes
        loads, stores = tail_mask(tall, lanes), tail_mask(wide, lanes)
        empty = zeros(ir.F32Type.get(), lanes)
        columns = [
            load_vector(source, [matrix, column + n, row], lanes, loads) if n < wide else empty
            for n in range(lanes)
        ]
        for number, made in enumerate(transpose_square(columns)[:tall]):
            at = row + number if self.frame is None else self.frame.padded_index(row + number)
            store_vector(made, target, [matrix, at, column], stores)


@dataclass(frozen=True)
class _Pack:
    depth: int
    width: int
    columns: int
    configuration: PackConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        block, panel, _ = workgroup_id
        source, target = inputs[0].memref, results[0].memref
        lanes = self.configuration.lanes
        first = block * self.configuration.rows
        last = (first + self.configuration.rows).at_most(self.depth)
        is_cut = self.width % self.columns != 0

        def row(at: Index, _: Sequence[ir.Value]) -> None:
            for offset in range(0, self.columns, lanes):
                column = panel * self.columns + offset
                mask = None
                if is_cut:
                    left = (Index(self.width) - column).at_least(0).at_most(lanes)
                    mask = lane_mask(left, lanes)
                held = load_vector(source, [at, column], lanes, mask)
                store_vector(held, target, [panel, at, offset])

        loop(first, last, 1, [], row)


def _in_part(
    first: Index, size: int, total: int, step: int, body: Callable[[Index, int], None]
) -> None:
    """Visits range(first, first + size) within `total` in steps, the last of which may be shorter.

    `first` is a multiple of `size`, which is one of `step`, or all there is.
    """
    whole = total // step * step
    loop(first, (first + size).at_most(whole), step, [], lambda at, _: body(at, step))
    if total > whole:
        holds_last = first.is_greater(whole - size)
        when(holds_last, lambda: body(Index(whole), total - whole))
