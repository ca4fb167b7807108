"""Workgroups of a kernel, run one after another: their loop, and the code of one moved into it."""

from collections.abc import Callable, Sequence

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import loop
from tessel.compiler.kernels.dispatch import MEMORY, WORKGROUP_ID, delinearize, entry_block
from tessel.dialects.mlir import ir

STACK_MEMORY = "memref.alloca"

_SHARED_BY_WORKGROUPS = (MEMORY, STACK_MEMORY, "arith.constant")
"""What all workgroups of a kernel use, and none writes again."""


def split_workgroup(executable: ir.Operation) -> tuple[list[ir.Operation], list[ir.Operation]]:
    """What all workgroups of a kernel use, and what each runs for itself, both in order."""
    *operations, _ = (view.operation for view in entry_block(executable).operations)
    used = [one for one in operations if one.name in _SHARED_BY_WORKGROUPS]
    return used, [one for one in operations if one.name not in _SHARED_BY_WORKGROUPS]


def emit_workgroups(
    first: Index, at_once: int, total: Index, body: Callable[[Index], None]
) -> Index:
    """Runs `at_once` workgroups from `first` on, or what is left of `total`; where they end."""
    if at_once == 1:
        body(first)
        return first + 1
    is_whole = total.static is not None and total.static % at_once == 0
    last = first + at_once if is_whole else (first + at_once).at_most(total)
    loop(first, last, 1, [], lambda number, _: body(number))
    return last


def move_workgroup(
    code: Sequence[ir.Operation], grid: tuple[Index, Index, Index], number: Index
) -> None:
    """Moves the code of a workgroup to the insertion point, for that of this number of `grid`."""
    width, height, depth = grid
    is_line = height.static == depth.static == 1
    workgroup = (number, Index(0), Index(0)) if is_line else delinearize(number, width, height)
    point = ir.InsertionPoint.current
    for operation in code:
        if operation.name == WORKGROUP_ID:
            dimension = ir.IntegerAttr(operation.attributes["dimension"]).value
            operation.results[0].replace_all_uses_with(workgroup[dimension].value)
            operation.erase()
        else:
            move(operation, point)


def move(operation: ir.Operation, point: ir.InsertionPoint) -> None:
    """Moves an op to where `point` is."""
    operation.detach_from_parent()
    point.insert(operation)
