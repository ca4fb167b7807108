"""Reads sizes of arrays that a loop carries from what the loop begins with.

    scf.for ... iter_args(%y = %x) { tensor.dim %y, 0 }  ->  tensor.dim %x, 0

A loop keeps the shapes of what it carries. IREE 3.13 finds that out too late: two indices that turn
out to be one number after kernels are formed (`min(k, dim(%x) - 1)` and `min(k, dim(%y) - 1)`) are
merged in a kernel's arguments but not in its workgroup count, which then is wrong: results are not
written.
Keeps: values.  Does not fire: on what else a region takes.
Test: lit_tests/passes/resolve_loop_dims.mlir
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import ir

_FIRST_CARRIED = 3
"""Operands of scf.for before those that it carries: bounds and step."""


@dataclass(frozen=True)
class ResolveLoopDims(Pass):
    """Follows carried arrays out of loops."""

    def run(self, module: ir.Operation) -> None:
        def visit(operation: ir.Operation) -> ir.WalkResult:
            if operation.name == "tensor.dim":
                operation.operands[0] = _shaped_like(operation.operands[0])
            return ir.WalkResult.ADVANCE

        module.walk(visit)


def _shaped_like(value: ir.Value) -> ir.Value:
    """The value from outside all loops that has the shape of `value`."""
    while (before := _before(value)) is not None:
        value = before
    return value


def _before(value: ir.Value) -> ir.Value | None:
    """What a loop begins with where it carries `value`, or makes it."""
    if isinstance(value, ir.BlockArgument):
        argument = ir.BlockArgument(value)
        loop = argument.owner.owner
        return None if loop is None else _entering(loop.operation, argument)
    owner = owner_of(value)
    if owner is None:
        return None
    position = list(owner.results).index(value)
    if owner.name == "scf.for":
        return owner.operands[_FIRST_CARRIED + position]
    return _forwarded(owner, position) if owner.name == "scf.while" else None


def _entering(loop: ir.Operation, argument: ir.BlockArgument) -> ir.Value | None:
    number = argument.arg_number
    if loop.name == "scf.for":
        return loop.operands[_FIRST_CARRIED + number - 1] if number else None
    if loop.name != "scf.while":
        return None
    if argument.owner == loop.regions[0].blocks[0]:
        return loop.operands[number]
    return _forwarded(loop, number)


def _forwarded(loop: ir.Operation, position: int) -> ir.Value | None:
    """What a while loop begins with, where its condition hands it on as it is."""
    before = loop.regions[0].blocks[0]
    handed_on = list(before.operations)[-1].operation.operands[1 + position]
    is_own = isinstance(handed_on, ir.BlockArgument) and handed_on.owner == before
    return loop.operands[ir.BlockArgument(handed_on).arg_number] if is_own else None
