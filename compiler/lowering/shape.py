"""Lowerings of `dialects/shape.py`."""

from tessel.compiler.lowering.base import (
    broadcast_map,
    dim,
    dynamic_sizes,
    empty,
    generic,
    identity_map,
    index_constant,
    lowers,
    signless,
)
from tessel.dialects import shape as ops
from tessel.dialects.control_flow import array, index
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg, tensor


@lowers(ops.Transpose)
def lower_transpose(op: OpInstance) -> ir.Value:
    (x,), permutation = op.operands, op.attributes["permutation"]
    sizes = dynamic_sizes(op.result_type, lambda axis: dim(x, permutation[axis]))
    out = empty(op.result_type, sizes)
    return linalg.transpose(x, outs=[out], permutation=permutation).results[0]


@lowers(ops.Reshape)
def lower_reshape(op: OpInstance) -> ir.Value:
    x, sizes = op.operands
    remaining = iter(sizes)
    shape = [
        index(next(remaining)) if size == -1 else index_constant(size)
        for size in op.attributes["shape"]
    ]
    shape_type = ir.RankedTensorType.get([len(shape)], ir.IndexType.get())
    return tensor.reshape(signless(op.result_type), x, tensor.from_elements(shape_type, shape))


@lowers(ops.BroadcastTo)
def lower_broadcast_to(op: OpInstance) -> ir.Value:
    x, sizes = op.operands
    result = op.result_type
    output = empty(result, [index(size) for size in sizes])
    maps = [broadcast_map(op.operand_types[0], result), identity_map(result.rank)]
    iterators = ["parallel"] * result.rank
    return generic([x], maps, [output], iterators, lambda element, _: [element])[0]


@lowers(ops.Dim)
def lower_dim(op: OpInstance) -> ir.Value:
    size = dim(op.operands[0], op.attributes["axis"])
    return array(arith.index_cast(ir.IntegerType.get_signless(64), size))
