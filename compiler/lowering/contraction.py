"""Lowerings of `dialects/contraction.py`: the fewest and largest linalg contractions.

[..., M, K] x [K, N]         one GEMM over all rows: [prod(...) * M, K] x [K, N]
[B..., M, K] x [B..., K, N]  one batch of GEMMs: [prod(B), M, K] x [prod(B), K, N]
batches that broadcast       a generic contraction that reads an operand again and again
"""

from dataclasses import replace

import numpy as np

from tessel.compiler.emit.element import Element, cast, constant
from tessel.compiler.emit.reshape import collapse, expand, split_last
from tessel.compiler.lowering.base import (
    broadcast_map,
    dim,
    dynamic_sizes,
    elementwise,
    filled,
    generic,
    lowers,
    projection_map,
)
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import DYNAMIC, ir, linalg
from tessel.dialects.types import ArrayType, Dimension, accumulation_dtype, is_bool


@lowers(Matmul)
def lower_matmul(op: OpInstance) -> ir.Value:
    """A contraction in the dtype of its sums, then one rounding to the result's dtype."""
    lhs, rhs = op.operand_types
    result = op.result_type.with_dtype(sum_dtype(op.result_type.dtype))
    sizes = dynamic_sizes(result, lambda axis: _size(op, axis))
    if is_bool(lhs.dtype):
        op = _counting(op, result.dtype)
    if 0 in (*result.shape, lhs.shape[-1], rhs.shape[-2]):
        product = filled(result, constant(0, result.dtype).value, sizes)
    elif all(size == 1 for size in rhs.shape[:-2]):
        product = _rows_matmul(op, result, sizes)
    elif _have_equal_batches(lhs, rhs):
        product = _batch_matmul(op, result, sizes)
    else:
        product = _generic_matmul(op, result, sizes)
    return converted(product, result, op.result_type.dtype)


def sum_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype in which a contraction of `dtype` is summed."""
    return np.dtype(np.int32) if is_bool(dtype) else accumulation_dtype(dtype)


def _counting(op: OpInstance, dtype: np.dtype) -> OpInstance:
    """A product of booleans as one of 0 and 1, which is nonzero where theirs is true.

    IREE takes `or` of `and`s over i1 for a matmul and computes it wrongly.
    """
    pairs = zip(op.operands, op.operand_types)
    operands = [converted(value, operand, dtype) for value, operand in pairs]
    return replace(op, operands=operands)


def converted(value: ir.Value, array_type: ArrayType, dtype: np.dtype) -> ir.Value:
    """`value`, an `array_type`, in another dtype; itself where it has that already."""
    if array_type.dtype == dtype:
        return value
    target = array_type.with_dtype(dtype)
    return elementwise([value], [array_type], [target], lambda element: [cast(element, dtype)])[0]


def _rows_matmul(op: OpInstance, result: ArrayType, sizes: list[ir.Value]) -> ir.Value:
    """All rows of lhs at once, times the one matrix of rhs."""
    rows, matrix = (
        collapse(value, split_last(operand.rank))
        for value, operand in zip(op.operands, op.operand_types)
    )
    flat = ArrayType(result.dtype, (_static_size(rows, 0), result.shape[-1]))
    flat_sizes = dynamic_sizes(flat, lambda axis: dim((rows, matrix)[axis], axis))
    zeros = filled(flat, constant(0, result.dtype).value, flat_sizes)
    product = linalg.matmul(rows, matrix, outs=[zeros])
    return expand(product, split_last(result.rank), result, sizes)


def _batch_matmul(op: OpInstance, result: ArrayType, sizes: list[ir.Value]) -> ir.Value:
    """One batch dimension instead of several that both operands have."""
    batch = result.rank - 2
    reassociation = [list(range(batch)), [batch], [batch + 1]]
    lhs, rhs = (collapse(value, reassociation) for value in op.operands)
    count = _static_size(lhs, 0) if _static_size(lhs, 0) is not None else _static_size(rhs, 0)
    flat = ArrayType(result.dtype, (count, *result.shape[-2:]))
    flat_sizes = dynamic_sizes(flat, lambda axis: dim(rhs if axis == 2 else lhs, axis))
    zeros = filled(flat, constant(0, result.dtype).value, flat_sizes)
    product = linalg.batch_matmul(lhs, rhs, outs=[zeros])
    return expand(product, reassociation, result, sizes)


def _generic_matmul(op: OpInstance, result: ArrayType, sizes: list[ir.Value]) -> ir.Value:
    """A contraction whose batch dimensions broadcast as elementwise ones do."""
    batch = result.rank - 2
    rank = result.rank + 1
    m, n, k = batch, batch + 1, batch + 2
    lhs_type, rhs_type = op.operand_types
    dtype = result.dtype if is_bool(lhs_type.dtype) else lhs_type.dtype
    maps = [
        _operand_map(lhs_type, result, rank, [m, k]),
        _operand_map(rhs_type, result, rank, [k, n]),
        projection_map(rank, [*range(batch), m, n]),
    ]

    def multiply_add(x: ir.Value, y: ir.Value, total: ir.Value) -> list[ir.Value]:
        left, right = (cast(Element(one, dtype), result.dtype) for one in (x, y))
        return [(Element(total, result.dtype) + left * right).value]

    zeros = filled(result, constant(0, result.dtype).value, sizes)
    iterators = ["parallel"] * (batch + 2) + ["reduction"]
    return generic(op.operands, maps, [zeros], iterators, multiply_add)[0]


def _static_size(value: ir.Value, axis: int) -> Dimension:
    size = ir.RankedTensorType(value.type).shape[axis]
    return None if size == DYNAMIC else size


def _have_equal_batches(lhs: ArrayType, rhs: ArrayType) -> bool:
    """Whether no batch dimension is stretched: a dynamic size is never 1 beside a larger one."""
    if lhs.rank != rhs.rank:
        return False
    pairs = zip(lhs.shape[:-2], rhs.shape[:-2])
    return all(left == right or (left != 1 and right != 1) for left, right in pairs)


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
    raise AssertionError("a result's dynamic size comes from an operand")


def _operand_map(operand: ArrayType, result: ArrayType, rank: int, last: list[int]) -> ir.AffineMap:
    """Batch dimensions broadcast as elementwise ones do; the last two are the loops `last`."""
    batch = operand.with_shape(operand.shape[:-2])
    batch_map = broadcast_map(batch, result.with_shape(result.shape[:-2]))
    last_exprs = [ir.AffineExpr.get_dim(axis) for axis in last]
    return ir.AffineMap.get(rank, 0, [*batch_map.results, *last_exprs])
