"""Lowerings of `dialects/contraction.py`."""

from tessel.compiler.lowering.base import (
    broadcast_map,
    dim,
    dynamic_sizes,
    filled,
    generic,
    lowers,
    projection_map,
)
from tessel.compiler.lowering.element import Element, constant
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir, linalg
from tessel.dialects.types import ArrayType, is_float


@lowers(Matmul)
def lower_matmul(op: OpInstance) -> ir.Value:
    """A named linalg op where there is one, else a contraction over broadcast batch dimensions."""
    lhs, rhs = op.operands
    lhs_type, rhs_type = op.operand_types
    result = op.result_type
    sizes = dynamic_sizes(result, lambda axis: _size(op, axis))
    zero = constant(0, result.dtype).value
    accumulator = filled(result, zero, sizes)
    if result.rank == 2 and is_float(result.dtype):
        return linalg.matmul(lhs, rhs, outs=[accumulator])
    batch = result.rank - 2
    rank = result.rank + 1
    m, n, k = batch, batch + 1, batch + 2
    lhs_map = _operand_map(lhs_type, result, rank, [m, k])
    rhs_map = _operand_map(rhs_type, result, rank, [k, n])
    result_map = projection_map(rank, [*range(batch), m, n])

    def multiply_add(x: ir.Value, y: ir.Value, total: ir.Value) -> list[ir.Value]:
        left, right = Element(x, result.dtype), Element(y, result.dtype)
        return [(Element(total, result.dtype) + left * right).value]

    iterators = ["parallel"] * (batch + 2) + ["reduction"]
    maps = [lhs_map, rhs_map, result_map]
    return generic([lhs, rhs], maps, [accumulator], iterators, multiply_add)[0]


def _size(op: OpInstance, axis: int) -> ir.Value:
    lhs, rhs = op.operands
    lhs_type, rhs_type = op.operand_types
    rank = op.result_type.rank
    if axis == rank - 2:
        return dim(lhs, lhs_type.rank - 2)
    if axis == rank - 1:
        return dim(rhs, rhs_type.rank - 1)
    for value, operand in ((lhs, lhs_type), (rhs, rhs_type)):
        position = axis - (rank - operand.rank)
        if position >= 0 and operand.shape[position] is None:
            return dim(value, position)
    raise AssertionError("a result's unknown size comes from an operand")


def _operand_map(operand: ArrayType, result: ArrayType, rank: int, last: list[int]) -> ir.AffineMap:
    """Batch dimensions broadcast as elementwise ones do; the last two are the loops `last`."""
    batch = operand.with_shape(operand.shape[:-2])
    batch_map = broadcast_map(batch, result.with_shape(result.shape[:-2]))
    exprs = [*batch_map.results, *(ir.AffineExpr.get_dim(axis) for axis in last)]
    return ir.AffineMap.get(rank, 0, exprs)
