"""Lowerings of `dialects/slicing.py`: upstream's slices, which IREE turns into copies or views."""

from tessel.compiler.lowering.base import dim, empty, generic, index_constant, lowers, signless
from tessel.compiler.lowering.gather import extract_element
from tessel.dialects import slicing as ops
from tessel.dialects.control_flow import index
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import DYNAMIC, arith, ir, linalg, tensor
from tessel.dialects.types import ArrayType


@lowers(ops.Slice)
def lower_slice(op: OpInstance) -> ir.Value:
    starts, steps = op.attributes["starts"], op.attributes["steps"]
    if op.result_type.size == 0:
        return empty(op.result_type)
    if any(step != 1 for step in steps):
        return _strided_slice(op)
    sizes = [size or 0 for size in op.result_type.shape]
    target = signless(op.result_type)
    return tensor.extract_slice(target, op.operands[0], [], [], [], starts, sizes, steps)


@lowers(ops.UpdateSlice)
def lower_update_slice(op: OpInstance) -> ir.Value:
    x, update = op.operands
    starts, steps = op.attributes["starts"], op.attributes["steps"]
    if 0 in op.operand_types[1].shape:
        return x
    if any(step != 1 for step in steps):
        return _strided_update(op)
    sizes, dynamic = _sizes(update, op.operand_types[1])
    return tensor.insert_slice(update, x, [], dynamic, [], starts, sizes, [1] * len(starts))


@lowers(ops.DynamicSlice)
def lower_dynamic_slice(op: OpInstance) -> ir.Value:
    x, starts, sizes = op.operands
    result = op.result_type
    remaining = iter(sizes)
    counts = [
        index(next(remaining)) if size is None else index_constant(size) for size in result.shape
    ]
    if 0 in result.shape:
        return empty(result, [count for count, size in zip(counts, result.shape) if size is None])
    offsets = _clamped(x, starts, counts)
    static = [DYNAMIC if size is None else size for size in result.shape]
    dynamic = [count for count, size in zip(counts, result.shape) if size is None]
    unknown, ones = [DYNAMIC] * result.rank, [1] * result.rank
    target = signless(result)
    return tensor.extract_slice(target, x, offsets, dynamic, [], unknown, static, ones)


@lowers(ops.DynamicUpdateSlice)
def lower_dynamic_update_slice(op: OpInstance) -> ir.Value:
    x, update, starts = op.operands
    update_type = op.operand_types[1]
    if 0 in update_type.shape:
        return x
    counts = [dim(update, axis) for axis in range(update_type.rank)]
    offsets = _clamped(x, starts, counts)
    static, dynamic = _sizes(update, update_type)
    unknown, ones = [DYNAMIC] * update_type.rank, [1] * update_type.rank
    return tensor.insert_slice(update, x, offsets, dynamic, [], unknown, static, ones)


def _sizes(value: ir.Value, array: ArrayType) -> tuple[list[int], list[ir.Value]]:
    """The static sizes of `value`, and as values those that are dynamic."""
    static = [DYNAMIC if size is None else size for size in array.shape]
    dynamic = [dim(value, axis) for axis, size in enumerate(array.shape) if size is None]
    return static, dynamic


def _clamped(x: ir.Value, starts: list[ir.Value], counts: list[ir.Value]) -> list[ir.Value]:
    """Starts moved so that the part is inside x."""
    zero = index_constant(0)
    offsets = []
    for axis, (start, count) in enumerate(zip(starts, counts)):
        last = arith.maxsi(arith.subi(dim(x, axis), count), zero)
        offsets.append(arith.minsi(arith.maxsi(index(start), zero), last))
    return offsets


def _strided_slice(op: OpInstance) -> ir.Value:
    """Reads each element at its index: IREE fuses `tensor.extract_slice` with strides wrongly."""
    result = op.result_type
    output = empty(result)

    def element(_: ir.Value) -> list[ir.Value]:
        indices = []
        for axis, (start, step) in enumerate(zip(op.attributes["starts"], op.attributes["steps"])):
            moved = arith.muli(linalg.IndexOp(axis).result, index_constant(step))
            indices.append(arith.addi(moved, index_constant(start)))
        return [extract_element(op.operands[0], indices)]

    maps = [ir.AffineMap.get_identity(result.rank)]
    return generic([], maps, [output], ["parallel"] * result.rank, element)[0]


def _strided_update(op: OpInstance) -> ir.Value:
    """Reads, for each element of the result, from the update where it falls on a step, else from x.

    IREE does not take `tensor.insert_slice` with strides.
    """
    x, update = op.operands
    rank = op.result_type.rank
    identity = ir.AffineMap.get_identity(rank)

    def element(old: ir.Value, _: ir.Value) -> list[ir.Value]:
        inside = arith.constant(ir.IntegerType.get_signless(1), 1)
        indices = []
        for axis, (start, step) in enumerate(zip(op.attributes["starts"], op.attributes["steps"])):
            position = arith.subi(linalg.IndexOp(axis).result, index_constant(start))
            update_index = arith.divsi(position, index_constant(step))
            on_step = arith.cmpi(
                arith.CmpIPredicate.eq, arith.muli(update_index, index_constant(step)), position
            )
            count = dim(update, axis)
            after = arith.cmpi(arith.CmpIPredicate.sge, position, index_constant(0))
            before = arith.cmpi(arith.CmpIPredicate.slt, update_index, count)
            for condition in (on_step, after, before):
                inside = arith.andi(inside, condition)
            last = arith.subi(count, index_constant(1))
            indices.append(arith.minsi(arith.maxsi(update_index, index_constant(0)), last))
        return [arith.select(inside, extract_element(update, indices), old)]

    output = tensor.empty(
        [dim(x, axis) if size is None else size for axis, size in enumerate(op.result_type.shape)],
        ir.RankedTensorType(x.type).element_type,
    )
    return generic([x], [identity, identity], [output], ["parallel"] * rank, element)[0]
