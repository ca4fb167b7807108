"""The code of one unit of a kernel, moved to where several units are done one after another."""

from collections.abc import Sequence

from tessel.compiler.kernels.executable import MEMORY, PLACE, entry_block, place_of
from tessel.compiler.kernels.index import Index
from tessel.dialects.mlir import ir

STACK_MEMORY = "memref.alloca"

_SHARED_BY_UNITS = (MEMORY, STACK_MEMORY, "arith.constant")
"""What all units of a kernel use, and none writes again."""


def take_unit(executable: ir.Operation) -> list[ir.Operation]:
    """The code that each unit of a kernel runs for itself, in order."""
    *operations, _ = (view.operation for view in entry_block(executable).operations)
    return [one for one in operations if one.name not in _SHARED_BY_UNITS]


def place_unit(code: Sequence[ir.Operation], grid: tuple[int, int, int], unit: Index) -> None:
    """Moves the code of a unit to the insertion point, for the unit of this number of `grid`."""
    width, height, _ = grid
    place = place_of(unit, width, height)
    point = ir.InsertionPoint.current
    for operation in code:
        if operation.name == PLACE:
            dimension = ir.IntegerAttr(operation.attributes["dimension"]).value
            operation.results[0].replace_all_uses_with(place[dimension].value)
            operation.erase()
        else:
            move(operation, point)


def move(operation: ir.Operation, point: ir.InsertionPoint) -> None:
    """Moves an op to where `point` is."""
    operation.detach_from_parent()
    point.insert(operation)
