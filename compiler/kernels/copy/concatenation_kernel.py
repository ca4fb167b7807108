"""Arrays side by side, each computed by its elementwise ops and written where it belongs.

No piece is ever an array of its own. A workgroup takes a part of every piece, so that all have as
much to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import FLOAT32
from tessel.compiler.emit.vector import (
    if_then,
    lane_mask,
    load_vector,
    loop,
    store_vector,
)
from tessel.compiler.kernels.copy.concatenation_problem import (
    ConcatenationConfiguration,
    ConcatenationProblem,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue, flat_matrix
from tessel.dialects.mlir import ir


def concatenate(
    pieces: Sequence[Epilogue],
    problem: ConcatenationProblem,
    configuration: ConcatenationConfiguration,
) -> ir.Value:
    """The pieces [rows, width] side by side: [rows, sum of widths]."""
    target = ir.RankedTensorType.get([problem.rows, sum(problem.widths)], ir.F32Type.get())
    inputs = [
        value
        for piece in pieces
        for value in (flat_matrix(piece.start, piece.trailing_axes), *piece.tensors())
    ]
    name = f"concatenation_{len(pieces)}_{problem.rows}x{sum(problem.widths)}"
    grid = [configuration.parts, -(-problem.rows // configuration.rows), 1]
    body = _Kernel(list(pieces), problem, configuration).write
    return dispatch(name, grid, inputs, [target], [], body)[0]


@dataclass(frozen=True)
class _Kernel:
    pieces: list[Epilogue]
    problem: ConcatenationProblem
    configuration: ConcatenationConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        first = workgroup_id[1] * self.configuration.rows
        last = (first + self.configuration.rows).at_most(self.problem.rows)
        remaining = iter(inputs)
        starts = accumulate(self.problem.widths, initial=0)
        for piece, start, width in zip(self.pieces, starts, self.problem.widths):
            start_buffer = next(remaining)
            others = [next(remaining) for _ in piece.inputs]
            part = _Part(piece, start_buffer, others, results[0], start, self.configuration.lanes)
            columns = -(-width // self.configuration.parts // part.lanes) * part.lanes
            begin = workgroup_id[0] * columns
            whole = width // part.lanes * part.lanes
            end = (begin + columns).at_most(whole)

            def row(row: Index, _: Sequence[ir.Value], part=part, begin=begin, end=end) -> None:
                loop(begin, end, part.lanes, [], lambda column, _: part.write(row, column))

            loop(first, last, 1, [], row)
            if width > whole:
                self._tail(part, Index(whole), width - whole, (first, last), begin, columns)

    def _tail(
        self,
        part: "_Part",
        column: Index,
        count: int,
        rows: tuple[Index, Index],
        begin: Index,
        columns: int,
    ) -> None:
        """The last columns, fewer than a vector holds, by the workgroup whose part they are in."""
        mask = lane_mask(count, part.lanes)

        def write() -> None:
            loop(*rows, 1, [], lambda row, _: part.write(row, column, mask))

        if self.configuration.parts == 1:
            write()
            return
        is_mine = (column - columns).is_less(begin)
        if_then(is_mine, lambda: if_then(begin.is_less(column + 1), write))


@dataclass(frozen=True)
class _Part:
    """One piece: what it reads, and the column of the result at which it begins."""

    piece: Epilogue
    source: Buffer
    others: list[Buffer]
    result: Buffer
    start: int
    lanes: int

    def write(self, row: Index, column: Index, mask: ir.Value | None = None) -> None:
        """A vector of the piece."""
        loaded = load_vector(self.source.memref, [row, column], self.lanes, mask)
        element = Element(loaded, FLOAT32)
        value = self.piece.apply(element, self.others, row, column, self.lanes, mask).value
        store_vector(value, self.result.memref, [row, column + self.start], mask)
