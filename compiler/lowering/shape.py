"""Lowerings of `dialects/shape.py`."""

import math
from collections.abc import Iterable, Sequence

from tessel.compiler.lowering.base import (
    broadcast_map,
    dim,
    dynamic_sizes,
    empty,
    filled,
    generic,
    identity_map,
    index_constant,
    lowers,
    signless,
)
from tessel.compiler.lowering.gather import extract_element
from tessel.dialects import shape as ops
from tessel.dialects.control_flow import array, index, scalar
from tessel.dialects.instance import OpInstance, defining_op, owner_of
from tessel.dialects.mlir import DYNAMIC, arith, ir, linalg, tensor
from tessel.dialects.types import ArrayType


@lowers(ops.Transpose)
def lower_transpose(op: OpInstance) -> ir.Value:
    (x,), permutation = op.operands, op.attributes["permutation"]
    sizes = dynamic_sizes(op.result_type, lambda axis: dim(x, permutation[axis]))
    out = empty(op.result_type, sizes)
    return linalg.transpose(x, outs=[out], permutation=permutation).results[0]


@lowers(ops.Reshape)
def lower_reshape(op: OpInstance) -> ir.Value:
    x, sizes = op.operands
    x_type, result = op.operand_types[0], op.result_type
    # With rank 0 and a shape operand of no elements, IREE 3.13 crashes.
    if x_type.is_static and result.is_static and x_type.rank and result.rank:
        owner = owner_of(x)
        reassociation = _merged_axes(x_type.sizes, result.sizes)
        if reassociation is not None and owner is not None and owner.name == "tensor.extract_slice":
            # Under `tensor.reshape`, IREE 3.13 finds a circular order when a loop carries the slice
            # and a kernel reads it too.
            return tensor.collapse_shape(signless(result), x, reassociation)
        shape = [index_constant(size) for size in op.attributes["shape"]]
        shape_type = ir.RankedTensorType.get([len(shape)], ir.IndexType.get())
        return tensor.reshape(signless(result), x, tensor.from_elements(shape_type, shape))
    sizes = [index(size) for size in sizes]
    if 0 in (*x_type.shape, *result.shape):
        # Upstream would read `?x?x0` as `?x0` by merging the first two, whatever the sizes are.
        return empty(result, sizes)
    return _expanded(_flattened(x, x_type), result, sizes)


def _merged_axes(shape: Sequence[int], result: Sequence[int]) -> ir.ArrayAttr | None:
    """Which neighbouring axes of `shape` make each axis of `result`; None when that is not so."""
    reassociation: list[list[int]] = []
    axis = 0
    for size in result:
        axes, product = [], 1
        while axis < len(shape) and (not axes or product < size):
            product *= shape[axis]
            axes.append(axis)
            axis += 1
        if not axes or product != size or 0 in shape:
            return None
        reassociation.append(axes)
    reassociation[-1] += range(axis, len(shape))
    if math.prod(shape[axis:]) != 1 or len(shape) == len(result):
        return None
    return ir.ArrayAttr.get([_integers(axes) for axes in reassociation])


def _flattened(x: ir.Value, x_type: ArrayType) -> ir.Value:
    """x as a vector of dynamic size.

    IREE does not take `tensor.reshape` where sizes are dynamic: its shape operand
    would be an index tensor that a kernel makes.
    """
    vector = ir.RankedTensorType.get([DYNAMIC], ir.RankedTensorType(x.type).element_type)
    if x_type.rank > 1:
        axes = ir.ArrayAttr.get([_integers(range(x_type.rank))])
        flat = x_type.size if x_type.is_static else DYNAMIC
        collapsed = ir.RankedTensorType.get([flat], vector.element_type)
        x = tensor.collapse_shape(collapsed, x, axes)
    if x_type.rank == 0:
        one = ir.RankedTensorType.get([1], vector.element_type)
        x = tensor.expand_shape(one, x, ir.ArrayAttr.get([]), [], [1])
    return x if x.type == vector else tensor.cast(vector, x)


def _expanded(flat: ir.Value, result: ArrayType, sizes: list[ir.Value]) -> ir.Value:
    """A vector of dynamic size under the shape of `result`."""
    target = signless(result)
    static = [DYNAMIC if size is None else size for size in result.shape]
    if result.rank == 1:
        return flat if flat.type == target else tensor.cast(target, flat)
    if result.rank == 0:
        one = ir.RankedTensorType.get([1], ir.RankedTensorType(flat.type).element_type)
        return tensor.collapse_shape(target, tensor.cast(one, flat), ir.ArrayAttr.get([]))
    if result.is_static:
        known = ir.RankedTensorType.get([result.size], ir.RankedTensorType(flat.type).element_type)
        flat = tensor.cast(known, flat)
    axes = ir.ArrayAttr.get([_integers(range(result.rank))])
    return tensor.expand_shape(target, flat, axes, sizes, static)


def _integers(values: Iterable[int]) -> ir.Attribute:
    integer = ir.IntegerType.get_signless(64)
    return ir.ArrayAttr.get([ir.IntegerAttr.get(integer, value) for value in values])


@lowers(ops.BroadcastTo)
def lower_broadcast_to(op: OpInstance) -> ir.Value:
    x, sizes = op.operands
    result = op.result_type
    output = empty(result, [index(size) for size in sizes])
    maps = [broadcast_map(op.operand_types[0], result), identity_map(result.rank)]
    iterators = ["parallel"] * result.rank
    return generic([x], maps, [output], iterators, lambda element, _: [element])[0]


@lowers(ops.DimOp)
def lower_dim(op: OpInstance) -> ir.Value:
    size = dim(op.operands[0], op.attributes["axis"])
    return array(arith.index_cast(ir.IntegerType.get_signless(64), size))


@lowers(ops.Concatenate)
def lower_concatenate(op: OpInstance) -> ir.Value:
    """One insertion an operand, into memory for all of them: a chain is not copied step by step."""
    parts = _chain(op)
    axis, result = op.attributes["axis"], op.result_type
    sizes = dynamic_sizes(result, lambda position: _joined_size(parts, axis, position))
    joined = empty(result, sizes)
    offset: ir.Value = index_constant(0)
    unknown = ir.ShapedType.get_dynamic_size()
    zeros, ones = [0] * result.rank, [1] * result.rank
    for part in parts:
        shape = ir.RankedTensorType(part.type).shape
        if 0 in shape:
            continue  # upstream refuses to insert nothing: "offset is out-of-bounds: 0 >= 0"
        dynamic = [dim(part, position) for position, n in enumerate(shape) if n == unknown]
        starts = [unknown if position == axis else 0 for position in range(len(zeros))]
        joined = tensor.insert_slice(part, joined, [offset], dynamic, [], starts, shape, ones)
        offset = arith.addi(offset, dim(part, axis))
    return joined


def _chain(op: OpInstance) -> list[ir.Value]:
    """The operands of a left chain of concatenations along one axis, which only this op uses."""
    lhs, rhs = op.operands
    original = op.operation.operands[0]
    inner = defining_op(original, ops.Concatenate)
    single = inner is not None and len(list(original.uses)) == 1
    if inner is None or not single or inner.attributes["axis"] != op.attributes["axis"]:
        return [lhs, rhs]
    return [*_chain(inner), rhs]


def _joined_size(parts: list[ir.Value], axis: int, position: int) -> ir.Value:
    if position != axis:
        return dim(parts[0], position)
    total = dim(parts[0], axis)
    for part in parts[1:]:
        total = arith.addi(total, dim(part, axis))
    return total


@lowers(ops.Pad)
def lower_pad(op: OpInstance) -> ir.Value:
    x, value = op.operands
    low, high = op.attributes["low"], op.attributes["high"]

    def size(axis: int) -> ir.Value:
        return arith.addi(dim(x, axis), index_constant(low[axis] + high[axis]))

    padded = filled(op.result_type, scalar(value), dynamic_sizes(op.result_type, size))
    shape = ir.RankedTensorType(x.type).shape
    if 0 in shape:
        return padded
    unknown = ir.ShapedType.get_dynamic_size()
    dynamic = [dim(x, axis) for axis, n in enumerate(shape) if n == unknown]
    return tensor.insert_slice(x, padded, [], dynamic, [], list(low), shape, [1] * len(low))


@lowers(ops.Reverse)
def lower_reverse(op: OpInstance) -> ir.Value:
    (x,), axes, result = op.operands, op.attributes["axes"], op.result_type
    if result.is_static and result.size == 0:
        return x
    output = empty(result, dynamic_sizes(result, lambda axis: dim(x, axis)))
    one = index_constant(1)
    lasts = {axis: arith.subi(dim(x, axis), one) for axis in axes}

    def element(_: ir.Value) -> list[ir.Value]:
        indices = [linalg.IndexOp(axis).result for axis in range(result.rank)]
        for axis, last in lasts.items():
            indices[axis] = arith.subi(last, indices[axis])
        return [extract_element(x, indices)]

    maps = [identity_map(result.rank)]
    return generic([], maps, [output], ["parallel"] * result.rank, element)[0]
