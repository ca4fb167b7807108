"""Ops that move elements: those that cancel, compose, or that their user does not need."""

from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.rewrites.base import Rule, Rules, rule
from tessel.dialects.context import all_ops
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReductionOp
from tessel.dialects.shape import BroadcastTo, Concatenate, DimOp, Reshape, Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.types import ArrayType


@rule(Transpose)
def cancel_transposes(op: OpInstance) -> ir.Value | None:
    """transpose(transpose(x, p), q)  ->  transpose(x, p[q])"""
    inner = defining_op(op.operands[0], Transpose)
    if inner is None:
        return None
    first, second = inner.attributes["permutation"], op.attributes["permutation"]
    return Transpose.build(inner.operands[0], permutation=[first[axis] for axis in second])


@rule(Transpose)
def drop_identity_transpose(op: OpInstance) -> ir.Value | None:
    """transpose(x, [0, 1, ...])  ->  x"""
    permutation = op.attributes["permutation"]
    return op.operands[0] if list(permutation) == sorted(permutation) else None


@rule(Transpose)
def transpose_as_reshape(op: OpInstance) -> ir.Value | None:
    """transpose(x, p)  ->  reshape(x), where p keeps the order of all axes longer than 1"""
    shape = op.operand_types[0].shape
    if None in shape:
        return None
    moved = [axis for axis in op.attributes["permutation"] if shape[axis] != 1]
    if moved != sorted(moved):
        return None
    return Reshape.build(op.operands[0], [], shape=op.result_type.shape)


@rule(Reshape, BroadcastTo, Slice)
def drop_same_shape(op: OpInstance) -> ir.Value | None:
    """reshape(x, shape of x)  ->  x;  broadcast_to and a slice of the whole likewise"""
    same = op.operand_types[0] == op.result_type and op.result_type.is_static
    return op.operands[0] if same else None


@rule(Reshape, BroadcastTo)
def compose_with_itself(op: OpInstance) -> ir.Value | None:
    """reshape(reshape(x, s), t)  ->  reshape(x, t);  broadcast_to likewise"""
    inner = defining_op(op.operands[0], op.cls)
    if inner is None:
        return None
    return op.cls.build(inner.operands[0], op.operands[1], **op.attributes)


@rule(Concatenate)
def join_slices(op: OpInstance) -> ir.Value | None:
    """concatenate(x[a:b], x[b:c])  ->  x[a:c];  also behind others, in a chain"""
    axis = op.attributes["axis"]
    joined = _joined(op.operands[0], op.operands[1], axis)
    if joined is not None:
        return joined
    before = defining_op(op.operands[0], Concatenate)
    if before is None or before.attributes["axis"] != axis:
        return None
    joined = _joined(before.operands[1], op.operands[1], axis)
    return None if joined is None else Concatenate.build(before.operands[0], joined, axis=axis)


def _joined(left: ir.Value, right: ir.Value, axis: int) -> ir.Value | None:
    """One slice for two that touch along `axis`."""
    first, second = (defining_op(one, Slice) for one in (left, right))
    if first is None or second is None or first.operands[0] != second.operands[0]:
        return None
    parts = first.attributes, second.attributes
    starts, stops = ([list(one[name]) for one in parts] for name in ("starts", "stops"))
    if {step for one in parts for step in one["steps"]} != {1} or stops[0][axis] != starts[1][axis]:
        return None
    stops[0][axis], starts[1][axis] = stops[1][axis], starts[0][axis]
    if stops[0] != stops[1] or starts[0] != starts[1]:
        return None
    steps = first.attributes["steps"]
    return Slice.build(first.operands[0], starts=starts[0], stops=stops[0], steps=steps)


@rule(DimOp)
def dim_of_moved(op: OpInstance) -> ir.Value | None:
    """dim(transpose(x, p), a)  ->  dim(x, p[a]);  dim(broadcast_to(x, sizes), a)  ->  its size"""
    x, axis = op.operands[0], op.attributes["axis"]
    if (inner := defining_op(x, Transpose)) is not None:
        return DimOp.build(inner.operands[0], axis=inner.attributes["permutation"][axis])
    for cls in (Reshape, BroadcastTo):
        inner = defining_op(x, cls)
        if inner is not None and inner.attributes["shape"][axis] == -1:
            return inner.operands[1][list(inner.attributes["shape"][:axis]).count(-1)]
    return None


def slice_of_transpose(op: OpInstance) -> ir.Value | None:
    """slice(transpose(x))  ->  transpose(slice(x))"""
    inner = defining_op(op.operands[0], Transpose)
    if inner is None:
        return None
    permutation = inner.attributes["permutation"]
    back = [permutation.index(axis) for axis in range(len(permutation))]
    parts = {name: [values[axis] for axis in back] for name, values in op.attributes.items()}
    return Transpose.build(Slice.build(inner.operands[0], **parts), permutation=permutation)


def absorb_broadcast(op: OpInstance) -> ir.Value | None:
    """f(broadcast_to(x), y)  ->  f(x, y) for elementwise f, where the result's shape stays"""
    if not op.result_type.is_static:
        return None
    for position, value in enumerate(op.operands):
        inner = defining_op(value, BroadcastTo)
        if inner is None:
            continue
        operands = list(op.operands)
        operands[position] = inner.operands[0]
        types = [ArrayType.of(operand) for operand in operands]
        if op.cls.infer_types(*types, **op.attributes) == op.result_types:
            return op.cls.build(*operands, **op.attributes)
    return None


def broadcast_last(op: OpInstance) -> ir.Value | None:
    """f(broadcast_to(x))  ->  broadcast_to(f(x)) for elementwise f of one operand"""
    inner = defining_op(op.operands[0], BroadcastTo)
    if inner is None:
        return None
    return BroadcastTo.build(
        op.cls.build(inner.operands[0], **op.attributes), inner.operands[1], **inner.attributes
    )


def dropped_reduction(op: OpInstance) -> ir.Value | None:
    """reduce(x, no axes)  ->  x"""
    unchanged = not op.attributes["axes"] and op.operand_types[0] == op.result_type
    return op.operands[0] if unchanged else None


def family_rules() -> Rules:
    """The rules above that hold for whole families: all elementwise ops, all reductions."""
    elementwise = list(element_functions())
    binary = [cls for cls in elementwise if len(cls.operand_fields) > 1]
    unary = [cls for cls in elementwise if len(cls.operand_fields) == 1]
    return (
        *[Rule(cls, absorb_broadcast) for cls in binary],
        *[Rule(cls, broadcast_last) for cls in unary],
        *[
            Rule(cls, dropped_reduction)
            for cls in all_ops().values()
            if issubclass(cls, ReductionOp)
        ],
    )


RULES = (
    cancel_transposes,
    drop_identity_transpose,
    transpose_as_reshape,
    drop_same_shape,
    join_slices,
    compose_with_itself,
    dim_of_moved,
)
