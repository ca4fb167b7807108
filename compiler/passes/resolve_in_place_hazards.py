"""Keeps IREE from computing an update in place while the computation still reads what it replaces.

    y[1:-1] = y[:-2] + y[2:]

    tensor.insert_slice %sum into %y[1]
      ->  %moved = tensor.insert_slice %sum into %empty[1]
          linalg.generic ins(%y, %moved) { i inside ? %moved[i] : %y[i] }

IREE 3.13 lets the kernel of %sum write straight into %y (`iree-stream-emplace-allocations`), which
is wrong as soon as it reads elements at other indices than it writes. Measured: a stencil of 19
elements is off by 190; so is one with dynamic sizes. It also writes into %y while others still
read it, and copies a part of %y onto itself, which its runtime refuses ("source and target ranges
overlap within the same buffer"). What %y is a view of counts as %y. Dynamic sizes of the empty
array are read through barriers: IREE makes one array of all empty ones of one size, and of two
parts that are moved the second overwrites the first before that is read (two `np.linalg.solve` of
one matrix).
Keeps: values.  Does not fire: where nothing else uses the array: that stays an update in place.
Test: lit_tests/passes/resolve_in_place_hazards.mlir
"""

from dataclasses import dataclass

from tessel.compiler.analysis.aliasing import is_read_elsewhere
from tessel.compiler.emit.iree_ops import barrier
from tessel.compiler.lowering.base import dim, generic, identity_map, index_constant
from tessel.compiler.passes.base import Pass
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import DYNAMIC, arith, ir, linalg, tensor


@dataclass(frozen=True)
class ResolveInPlaceHazards(Pass):
    """Moves such a part into an array of its own, and selects from it."""

    def run(self, module: ir.Operation) -> None:
        updates: list[ir.Operation] = []

        def visit(operation: ir.Operation) -> ir.WalkResult:
            if operation.name == "tensor.insert_slice" and _is_unsafe_in_place(operation):
                updates.append(operation)
            return ir.WalkResult.ADVANCE

        module.walk(visit)
        for update in updates:
            with ir.InsertionPoint(update), update.location:
                update.results[0].replace_all_uses_with(_selected(update.opview))
            update.erase()


def _is_unsafe_in_place(update: ir.Operation) -> bool:
    target = update.operands[1]
    owner = owner_of(target)
    is_empty = owner is not None and owner.name == "tensor.empty"
    return not is_empty and is_read_elsewhere(target)


def _selected(update: tensor.InsertSliceOp) -> ir.Value:
    """The updated array: the part, moved into an array of its own, where it is, else the old."""
    target = update.dest
    target_type = ir.RankedTensorType(target.type)
    rank = target_type.rank
    # Behind a barrier each size is another, so that no two empty arrays are one.
    shape = [
        barrier(dim(target, axis)) if size == DYNAMIC else size
        for axis, size in enumerate(target_type.shape)
    ]
    output = tensor.empty(shape, target_type.element_type)
    moved = tensor.insert_slice(
        update.source,
        output,
        list(update.offsets),
        list(update.sizes),
        [],
        list(update.static_offsets),
        list(update.static_sizes),
        list(update.static_strides),
    )
    offsets = _mixed(update.static_offsets, update.offsets)
    sizes = _mixed(update.static_sizes, update.sizes)
    bounded = [
        (axis, offset, size)
        for axis, (offset, size) in enumerate(zip(offsets, sizes))
        if update.static_sizes[axis] == DYNAMIC
        or update.static_sizes[axis] != target_type.shape[axis]
    ]

    def element(old: ir.Value, new: ir.Value, _: ir.Value) -> list[ir.Value]:
        inside = arith.constant(ir.IntegerType.get_signless(1), 1)
        for axis, offset, size in bounded:
            part_index = arith.subi(linalg.IndexOp(axis).result, offset)
            after = arith.cmpi(arith.CmpIPredicate.sge, part_index, index_constant(0))
            before = arith.cmpi(arith.CmpIPredicate.slt, part_index, size)
            inside = arith.andi(inside, arith.andi(after, before))
        return [arith.select(inside, new, old)]

    maps = [identity_map(rank)] * 3
    return generic([target, moved], maps, [output], ["parallel"] * rank, element)[0]


def _mixed(static: list[int], dynamic: ir.OpOperandList) -> list[ir.Value]:
    """Offsets or sizes of which some are known, all as `index` values."""
    remaining = iter(dynamic)
    return [next(remaining) if one == DYNAMIC else index_constant(one) for one in static]
