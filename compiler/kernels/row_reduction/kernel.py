"""Reductions of rows with the elementwise ops around them: a row stays in the cache until done.

A workgroup takes a few rows, one after the other. Each reduction that needs the result of another
is a pass over the row, several vectors at a time with a sum for each; what a pass computes at
great cost and a later one needs is kept in memory, everything else is computed again.

    softmax: pass 1 max(x); pass 2 sum(exp(x - max)), keeping exp; pass 3 exp / sum
"""

from collections.abc import Callable, Sequence
from functools import partial

from tessel.compiler.emit.element import signless_type
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import loop, stack_alloc
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import constant_number
from tessel.compiler.kernels.row_reduction.evaluator import RowArrays, RowEvaluator
from tessel.compiler.kernels.row_reduction.problem import RowConfiguration
from tessel.compiler.kernels.row_reduction.schedule import RowSchedule
from tessel.compiler.kernels.row_reduction.shape import RowShape
from tessel.compiler.lowering.base import signless
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


def reduce_rows(
    ops: list[OpInstance], yielded: list[ir.Value], configuration: RowConfiguration
) -> list[ir.Value]:
    """The values that a fusion of kind "reduction" yields; its axes are the last ones."""
    first = next(op for op in ops if op.cls in REDUCTIONS)
    rows = RowShape.of(first)
    made = {op.result for op in ops}
    operands = [value for op in ops for value in op.operation.operands]
    read = dict.fromkeys(value for value in operands if value not in made)
    inputs = [value for value in read if constant_number(value) is None]
    types = [ArrayType.of(value) for value in yielded]
    targets = [signless(rows.collapsed(one)) for one in types]
    kernel = partial(_write, RowSchedule(rows, configuration, ops, yielded), inputs)
    grid = [-(-rows.count // configuration.rows), 1, 1]
    # Each name once: it is the name of a file for LLVM.
    names = "_".join(dict.fromkeys(op.cls.short_name() for op in ops if op.cls in REDUCTIONS))
    name = f"rows_{names}_{rows.count}x{rows.length}"
    tensors = [rows.collapse(value) for value in inputs]
    results = dispatch(name, grid, tensors, targets, [], kernel)
    return [rows.expand(new, old) for new, old in zip(results, types, strict=True)]


def _write(
    schedule: RowSchedule,
    read: list[ir.Value],
    inputs: list[Buffer],
    results: list[Buffer],
    workgroup_id: WorkgroupId,
) -> None:
    """What one workgroup does; `inputs` hold what is `read`."""
    cached = {
        value: stack_alloc([schedule.padded], signless_type(ArrayType.of(value).dtype))
        for value in schedule.cached
    }
    pairs = list(zip(schedule.yielded, results, strict=True))
    arrays = RowArrays(dict(zip(read, inputs, strict=True)), cached, pairs)
    first = workgroup_id[0] * schedule.configuration.rows
    count = Index(schedule.configuration.rows)
    if schedule.rows.count % schedule.configuration.rows:
        count = (Index(schedule.rows.count) - first).at_most(schedule.configuration.rows)
    write = _write_late if schedule.stores_late else _write_each
    write(lambda number: RowEvaluator(schedule, arrays, first + number), count)


def _write_each(row: Callable[[Index], RowEvaluator], count: Index) -> None:
    """One row after the other."""

    def one(number: Index, _: Sequence[ir.Value]) -> None:
        this = row(number)
        this.reduce()
        this.store()

    loop(0, count, 1, [], one)


def _write_late(row: Callable[[Index], RowEvaluator], count: Index) -> None:
    """Each row's results while the next row is computed."""

    def one(number: Index, before: list[ir.Value]) -> list[ir.Value]:
        return row(number).reduce(row(number - 1).reduced_to(before))

    before = loop(1, count, 1, row(Index(0)).reduce(), one)
    row(count - 1).reduced_to(before).store()
