"""Lowerings of `dialects/packing.py`, for packing while running and where no kernel reads it."""

from tessel.compiler.lowering.base import decomposes, empty, filled, lowers
from tessel.compiler.lowering.element import constant
from tessel.compiler.lowering.regroup import collapse, expand
from tessel.compiler.lowering.term import Term
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir, linalg, tensor
from tessel.dialects.packing import PackedMatmul, PackMatrix
from tessel.dialects.shape import Transpose
from tessel.dialects.slicing import Slice


@lowers(PackMatrix)
def lower_pack_matrix(op: OpInstance) -> ir.Value:
    """Padding, a transposition of tiles, and two reshapes, which move nothing."""
    x, operand, result = op.operands[0], op.operand_types[0], op.result_type
    columns, group = op.attributes["columns"], op.attributes["group"]
    zero = constant(0, result.dtype).value
    if 0 in operand.shape:
        return filled(result, zero)
    panels, groups, _ = result.sizes
    padded = result.with_shape((groups * group, panels * columns))
    if padded.shape != operand.shape:
        whole = filled(padded, zero)
        x = tensor.insert_slice(x, whole, [], [], [], [0, 0], list(operand.shape), [1, 1])
    cut = expand(x, [[0, 1], [2, 3]], result.with_shape((groups, group, panels, columns)), [])
    out = empty(result.with_shape((panels, groups, columns, group)))
    packed = linalg.transpose(cut, outs=[out], permutation=[2, 0, 3, 1]).results[0]
    return collapse(packed, [[0], [1], [2, 3]])


@decomposes(PackedMatmul)
def decompose_packed_matmul(op: OpInstance) -> ir.Value:
    """packed_matmul(x, pack_matrix(w))  ->  matmul(x - zero_point, w) in the result's dtype"""
    lhs, packed = (Term(value) for value in op.operands)
    width, group = op.attributes["width"], op.attributes["group"]
    depth = lhs.type.shape[-1] or packed.type.sizes[1] * group
    rhs = unpacked(packed, depth, width, group)
    rows, matrix = (one.cast(op.result_type.dtype) for one in (lhs, rhs))
    zero_point = op.attributes["zero_point"]
    return Matmul.build((rows - zero_point if zero_point else rows).value, matrix.value)


def unpacked(packed: Term, depth: int, width: int, group: int) -> Term:
    """The matrix [depth, width] that `pack_matrix` has packed."""
    panels, groups, last = packed.type.sizes
    columns = last // group
    cut = packed.reshape([panels, groups, columns, group])
    rows = Term(Transpose.build(cut.value, permutation=(1, 3, 0, 2)))
    whole = rows.reshape([groups * group, panels * columns])
    return Term(Slice.build(whole.value, starts=(0, 0), stops=(depth, width), steps=(1, 1)))
