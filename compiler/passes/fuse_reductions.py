"""Groups reductions with the elementwise ops around them into fusions, each of which is one kernel.

    m = reduce_max(x); e = exp(x - m); s = reduce_sum(e); y = e / s
      ->  y = scf.execute_region no_inline { reduce_max, subtract, exp, reduce_sum, divide }
              {tessel.fusion = "reduction"}

A fusion has one shape that it reads and one set of axes that it reduces. Its members are reductions
of that shape along those axes, elementwise ops of that shape, and elementwise ops of the reduced
shape (a softmax, a norm): a kernel then takes a row, or a few, through all of them while they are
in the cache.
A reduction of which nothing follows becomes a fusion too, so that a kernel can be chosen for it,
and so does an argmax or argmin, of kind "arg_reduction".
Keeps: shapes, dtypes, results to rounding.  Does not fire: on dynamic sizes, where
an op between two members is none, or where an intermediate array of the full shape is also used
outside.  Test: lit_tests/passes/fuse_reductions.mlir
"""

from dataclasses import dataclass, field

from tessel.compiler.lowering.base import MOST_INPUTS
from tessel.compiler.lowering.elementwise import is_host_arithmetic
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import blocks_outside_fusions, build_fusion, fuse
from tessel.dialects.instance import OpInstance, operands_within, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import Argmax, Argmin
from tessel.dialects.types import ArrayType, Shape, is_bool

_REACH = 64
"""How many ops apart members may be: it bounds the search in programs of thousands of ops."""


@dataclass(frozen=True)
class FuseReductions(Pass):
    """From the first reduction of each chain on, forwards and then backwards."""

    def run(self, module: ir.Operation) -> None:
        for block in blocks_outside_fusions(module):
            for operation in [view.operation for view in block.operations]:
                reduction = _reduction(operation)
                if reduction is not None and operation.block == block:
                    fusion = _GrowingFusion.around(reduction, block)
                    fusion.fuse()
                elif _is_arg_reduction(operation):
                    fuse("arg_reduction", [operation])


@dataclass
class _GrowingFusion:
    """Ops of one block that become a fusion, as their positions in the block.

    `followers` are ops that are none of the fusion and are computed from it.
    """

    block: list[ir.Operation]
    positions: dict[ir.Value, int]
    shape: Shape
    axes: tuple[int, ...]
    members: set[int]
    followers: set[int] = field(default_factory=set)

    @staticmethod
    def around(reduction: OpInstance, block: ir.Block) -> "_GrowingFusion":
        """The largest fusion with `reduction` as its first reduction."""
        operations = [view.operation for view in block.operations]
        positions = {one: position for position, op in enumerate(operations) for one in op.results}
        shape, axes = reduction.operand_types[0].shape, reduction.attributes["axes"]
        first = positions[reduction.result]
        fusion = _GrowingFusion(operations, positions, shape, axes, {first})
        fusion._grow_forwards(first)
        fusion._grow_backwards(first)
        fusion._bound_inputs()
        fusion._leave_flags()
        fusion._shrink()
        return fusion

    def _grow_forwards(self, first: int) -> None:
        """Takes in what uses a member, unless something outside is on a way between the two."""
        for position in range(first + 1, len(self.block)):
            if position > max(self.members) + _REACH:
                return
            operands = operands_within(self.block[position])
            producers = {self.positions[value] for value in operands if value in self.positions}
            if producers & self.followers:
                self.followers.add(position)
            elif producers & self.members:
                fits = self._fits(self.block[position])
                (self.members if fits else self.followers).add(position)

    def _grow_backwards(self, first: int) -> None:
        """Takes in producers of the full shape that only members use."""
        for position in range(max(self.members) - 1, max(first - _REACH, 0) - 1, -1):
            operation = self.block[position]
            if position in self.members or not _is_elementwise(operation):
                continue
            users = {self._position(use.owner.operation) for use in operation.results[0].uses}
            if _shape(operation) == self.shape and users and users <= self.members:
                self.members.add(position)

    def _bound_inputs(self) -> None:
        """Drops members, producers first, until a kernel can read all that the others read."""
        while len(self._inputs()) > MOST_INPUTS:
            first, last = min(self.members), max(self.members)
            if _reduction(self.block[first]) is None:
                self.members.remove(first)
            else:
                self.members.remove(last)
                self.followers.add(last)

    def _inputs(self) -> set[ir.Value]:
        """What the members read from outside."""
        members = [self.block[position] for position in self.members]
        made = {one.results[0] for one in members}
        return {value for one in members for value in one.operands} - made

    def _leave_flags(self) -> None:
        """Leaves conditions that only others read to them: kernels of rows write one dtype."""
        for position in sorted(self.members, reverse=True):
            operation = self.block[position]
            flag = ArrayType.of(operation.results[0])
            is_read = any(self._holds(use) for use in operation.results[0].uses)
            if is_bool(flag.dtype) and _reduction(operation) is None and not is_read:
                self.members.remove(position)
                self.followers.add(position)

    def _shrink(self) -> None:
        """Drops the last members until at most one array of the full shape is a result.

        IREE 3.13 cannot compile a kernel with two ("write affecting operations on global resources
        are restricted to workgroup distributed contexts").
        """
        while sum(self._is_full_result(position) for position in self.members) > 1:
            last = max(self.members)
            self.members.remove(last)
            self.followers.add(last)

    def _is_full_result(self, position: int) -> bool:
        operation = self.block[position]
        full = _shape(operation) == self.shape
        return full and not all(self._holds(use) for use in operation.results[0].uses)

    def _fits(self, operation: ir.Operation) -> bool:
        """Whether an op computes on the fusion's shape, or on what its reductions leave of it."""
        reduction = _reduction(operation)
        if reduction is not None:
            same = reduction.operand_types[0].shape == self.shape
            return same and reduction.attributes["axes"] == self.axes
        if not _is_elementwise(operation):
            return False
        kept = tuple(1 if axis in self.axes else n for axis, n in enumerate(self.shape))
        dropped = tuple(n for axis, n in enumerate(self.shape) if axis not in self.axes)
        if _shape(operation) != self.shape:
            return _shape(operation) in (kept, dropped)
        # [M, N] - [M]: what is left of each row belongs to a column.
        leading = self.axes == tuple(range(len(self.axes)))
        shapes = [ArrayType.of(value).shape for value in operation.operands]
        return leading or not self.shape or dropped not in shapes

    def fuse(self) -> None:
        """Moves the members into a fusion, and what follows from them behind it."""
        members = [self.block[position] for position in sorted(self.members)]
        uses = {
            one.results[0]: [use for use in one.results[0].uses if not self._holds(use)]
            for one in members
        }
        results = [value for value, outside in uses.items() if outside]
        with ir.InsertionPoint(members[-1]), members[-1].location:
            fusion = build_fusion("reduction", [one.type for one in results], lambda: results)
        for value, new in zip(results, fusion.results, strict=True):
            for use in uses[value]:
                use.owner.operation.operands[use.operand_number] = new
        terminator = fusion.region.blocks[0].operations[0].operation
        for operation in members:
            operation.move_before(terminator)
        behind = fusion.operation
        for position in sorted(self.followers):
            if position < max(self.members):
                self.block[position].move_after(behind)
                behind = self.block[position]

    def _holds(self, use: ir.OpOperand) -> bool:
        return self._position(use.owner.operation) in self.members

    def _position(self, operation: ir.Operation | None) -> int | None:
        """The position of the op of the block that is, or holds, `operation`."""
        while operation is not None:
            for result in operation.results:
                if result in self.positions:
                    return self.positions[result]
            parent = operation.parent
            operation = None if parent is None else parent.operation
        return None


def _reduction(operation: ir.Operation) -> OpInstance | None:
    """The op as an instance when it reduces axes of static sizes, one of them larger than 1."""
    op = read_op(operation)
    if op is None or op.cls not in REDUCTIONS:
        return None
    operand, axes = op.operand_types[0], op.attributes["axes"]
    longer = operand.is_static and operand.size and any(operand.shape[axis] > 1 for axis in axes)
    return op if longer and axes else None


def _is_arg_reduction(operation: ir.Operation) -> bool:
    op = read_op(operation)
    return op is not None and op.cls in (Argmax, Argmin)


def _is_elementwise(operation: ir.Operation) -> bool:
    op = read_op(operation)
    return (
        op is not None
        and op.cls in element_functions()
        and not is_host_arithmetic(op)
        and op.result_type.is_static
    )


def _shape(operation: ir.Operation) -> Shape:
    return ArrayType.of(operation.results[0]).shape
