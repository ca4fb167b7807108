"""Parts of a matrix transposed in registers."""

from collections.abc import Sequence

from tessel.compiler.emit.vector import shuffle
from tessel.dialects.mlir import ir


def transpose_square(rows: Sequence[ir.Value]) -> list[ir.Value]:
    """The columns of `rows`, as many vectors as each has lanes, a power of two.

    Each step exchanges the halves of pairs of blocks, twice as large as in the step before: n log n
    shuffles of two vectors for n rows.
    """
    lanes, vectors = len(rows), list(rows)
    block = 1
    while block < lanes:
        first = [_pick(lane, block, lanes, 0) for lane in range(lanes)]
        second = [_pick(lane, block, lanes, block) for lane in range(lanes)]
        for low in range(lanes):
            if low & block == 0:
                a, b = vectors[low], vectors[low + block]
                vectors[low], vectors[low + block] = shuffle(a, b, first), shuffle(a, b, second)
        block *= 2
    return vectors


def interleave_rows(rows: Sequence[ir.Value]) -> list[ir.Value]:
    """The columns of a few `rows` of any length, one behind the other, in as many vectors.

    One shuffle of two vectors puts the elements of each row where they belong: n (n - 1) for n
    rows, where a square of them would take more.
    """
    count, lanes = len(rows), ir.VectorType(rows[0].type).shape[0]
    made = []
    for number in range(count):
        sources = [divmod(number * lanes + lane, count) for lane in range(lanes)]
        held = rows[0]
        for row in range(1, count):
            # What earlier rows filled stays; the first row's elements are not moved yet.
            kept = [column if row == 1 else lane for lane, (column, _) in enumerate(sources)]
            taken = [
                lanes + column if source == row else stays
                for (column, source), stays in zip(sources, kept)
            ]
            held = shuffle(held, rows[row], taken)
        made.append(held)
    return made


def _pick(lane: int, block: int, lanes: int, offset: int) -> int:
    """Which lane of two vectors, one behind the other, a step of the transposition takes."""
    if lane & block == 0:
        return lane + offset
    return lane - block + offset + lanes
