"""A pass over one row that combines its elements: several vectors at a time, then all lanes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import first_element, loop, shuffle, tail_mask
from tessel.compiler.kernels.row_reduction.problem import RowConfiguration
from tessel.dialects.mlir import ir

Accumulators = list[ir.Value]
"""What a pass carries: vectors, one for each thing that it combines."""


@dataclass(frozen=True)
class RowSlice:
    """A part of a row: `lanes` elements from `column` on, those of `mask` where it ends."""

    column: Index
    lanes: int
    mask: ir.Value | None = None


Step = Callable[[RowSlice, Accumulators], Accumulators]
"""Takes a part of a row into totals."""


def pass_over_row(
    length: int,
    configuration: RowConfiguration,
    begin: Accumulators,
    step: Step,
    join: Callable[[Accumulators, Accumulators], Accumulators],
    *,
    in_blocks: bool = False,
) -> Accumulators:
    """`step` over a row, `unroll` vectors at a time, each with totals of its own, joined.

    `in_blocks` takes parts of long rows into new totals, which are then joined to the others: the
    error of a sum grows with the number of additions one after the other.
    """
    width, count = configuration.lanes * configuration.unroll, len(begin)
    whole = length // width * width

    def several(column: Index, carried: Accumulators) -> Accumulators:
        results: Accumulators = []
        for i in range(configuration.unroll):
            part = RowSlice(column + configuration.lanes * i, configuration.lanes)
            results += step(part, carried[count * i : count * (i + 1)])
        return results

    def join_each(x: Accumulators, y: Accumulators) -> Accumulators:
        cuts = [slice(count * i, count * (i + 1)) for i in range(configuration.unroll)]
        return [one for cut in cuts for one in join(x[cut], y[cut])]

    start = begin * configuration.unroll
    block = _turns_of_block(whole // width) * width if in_blocks else whole
    carried, blocks = start, 0
    if block < whole:
        blocks = whole // block * block
        carried = loop(
            0,
            blocks,
            block,
            start,
            lambda column, held: join_each(
                held, loop(column, column + block, width, start, several)
            ),
        )
    if blocks == 0:
        carried = loop(0, whole, width, start, several)
    elif blocks < whole:
        carried = join_each(carried, loop(blocks, whole, width, start, several))
    totals = [carried[count * i : count * (i + 1)] for i in range(configuration.unroll)]
    for position, column in enumerate(range(whole, length, configuration.lanes)):
        mask = tail_mask(length - column, configuration.lanes)
        totals[position] = step(
            RowSlice(Index(column), configuration.lanes, mask), totals[position]
        )
    joined = totals[0]
    for one in totals[1:]:
        joined = join(joined, one)
    return joined


_FEWEST_TURNS = 16
"""Turns of a block at least: a block costs an addition for each total."""


def _turns_of_block(turns: int) -> int:
    """So many turns that a row has about as many blocks."""
    return max(_FEWEST_TURNS, math.isqrt(turns))


def across_lanes(
    totals: Accumulators, lanes: int, join: Callable[[Accumulators, Accumulators], Accumulators]
) -> list[ir.Value]:
    """All lanes of each vector combined, halves with halves, as scalars."""
    half = lanes // 2
    while half:
        order = [(lane + half) % lanes for lane in range(lanes)]
        totals = join(totals, [shuffle(one, one, order) for one in totals])
        half //= 2
    return [first_element(one) for one in totals]
