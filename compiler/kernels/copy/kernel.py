"""Matrices moved in memory and not computed with: transposed, or cut into panels for a product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.register_transpose import interleave_rows, transpose_square
from tessel.compiler.emit.vector import (
    collapse_last,
    if_then,
    lane_mask,
    load_vector,
    loop,
    store_vector,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.copy.problem import (
    TransposeConfiguration,
    few_columns,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.padding import ImagePadding
from tessel.compiler.kernels.problem import VectorConfiguration
from tessel.dialects.mlir import ir


def transpose_matrices(
    matrices: ir.Value, configuration: TransposeConfiguration, padding: ImagePadding | None = None
) -> ir.Value:
    """Matrices [N, R, C] as [N, C, R]; with `padding` their C are pixels, between zeros.

    A workgroup makes `rows` rows of `columns` of a result, as configured, square by square.
    """
    count, row_count, column_count = ir.RankedTensorType(matrices.type).shape
    made = column_count if padding is None else padding.size
    target = ir.RankedTensorType.get([count, made, row_count], ir.F32Type.get())
    name = f"transpose_{count}x{row_count}x{column_count}"
    grid = [-(-column_count // configuration.rows), -(-row_count // configuration.columns), count]
    body = _Transpose(row_count, column_count, configuration, padding).write
    return dispatch(name, grid, [matrices], [target], [], body)[0]


def pack_panels(matrix: ir.Value, packed: ir.Type, configuration: VectorConfiguration) -> ir.Value:
    """What `pack_matrix` makes of a matrix [K, N]: panels [P, K, NR], zeros beyond N.

    A workgroup makes `rows` rows of a panel.
    """
    panels, k, nr = ir.RankedTensorType(packed).shape
    _, n = ir.RankedTensorType(matrix.type).shape
    name = f"pack_{k}x{n}"
    grid = [-(-k // configuration.rows), panels, 1]
    body = _Pack(k, n, nr, configuration).write
    return dispatch(name, grid, [matrix], [packed], [], body)[0]


@dataclass(frozen=True)
class _Transpose:
    row_count: int
    column_count: int
    configuration: TransposeConfiguration
    padding: ImagePadding | None

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        block, part, matrix = workgroup_id
        source, target = inputs[0].memref, results[0].memref
        rows, lanes, padding = self.configuration.rows, self.configuration.lanes, self.padding
        if padding is not None:
            is_first = (block + part).is_less(1)
            if_then(is_first, lambda: padding.clear(target, [matrix], 0, self.row_count, lanes))
        if self._has_few_columns:
            strip = partial(self._few_columns, source, collapse_last(target), matrix)
        else:
            strip = partial(self._strip, source, target, matrix, part * self.configuration.columns)
        _in_part(block * rows, rows, self.column_count, lanes, strip)

    @property
    def _has_few_columns(self) -> bool:
        """Whether rows are made several at once; with padding they are one line of pixels."""
        lanes = self.configuration.lanes
        together = self.padding is None or self.padding.width % lanes == 0
        return together and self.row_count <= few_columns(lanes)

    def _few_columns(
        self, source: ir.Value, flat: ir.Value, matrix: Index, row: Index, count: int
    ) -> None:
        """`count` whole rows of the result."""
        lanes = self.configuration.lanes
        mask = tail_mask(count, lanes)
        columns = [
            load_vector(source, [matrix, n, row], lanes, mask) for n in range(self.row_count)
        ]
        first = (row if self.padding is None else self.padding.padded_index(row)) * self.row_count
        for number, made in enumerate(interleave_rows(columns)):
            left = min(count * self.row_count - number * lanes, lanes)
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

        _in_part(
            begin, self.configuration.columns, self.row_count, self.configuration.lanes, square
        )

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
            at = row + number if self.padding is None else self.padding.padded_index(row + number)
            store_vector(made, target, [matrix, at, column], stores)


@dataclass(frozen=True)
class _Pack:
    k: int
    n: int
    nr: int
    configuration: VectorConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        block, panel, _ = workgroup_id
        source, target = inputs[0].memref, results[0].memref
        lanes = self.configuration.lanes
        first = block * self.configuration.rows
        last = (first + self.configuration.rows).at_most(self.k)
        is_cut = self.n % self.nr != 0

        def row(at: Index, _: Sequence[ir.Value]) -> None:
            for offset in range(0, self.nr, lanes):
                column = panel * self.nr + offset
                mask = None
                if is_cut:
                    left = (Index(self.n) - column).at_least(0).at_most(lanes)
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
        if_then(holds_last, lambda: body(Index(whole), total - whole))
