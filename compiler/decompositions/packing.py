"""Products of packed matrices as products of plain ones."""

from tessel.compiler.decompositions.base import decomposes
from tessel.dialects.builder import TensorValue
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackedMatmul
from tessel.dialects.shape import Transpose
from tessel.dialects.slicing import Slice


@decomposes(PackedMatmul)
def decompose_packed_matmul(op: OpInstance) -> ir.Value:
    """packed_matmul(x, pack_matrix(w))  ->  matmul(x - zero_point, w) in the result's dtype"""
    lhs, packed = (TensorValue(value) for value in op.operands)
    n, kr = op.attributes["n"], op.attributes["kr"]
    k = lhs.type.shape[-1] or packed.type.sizes[1] * kr
    rhs = unpacked(packed, k, n, kr)
    rows, matrix = (one.cast(op.result_type.dtype) for one in (lhs, rhs))
    zero_point = op.attributes["zero_point"]
    return Matmul.build((rows - zero_point if zero_point else rows).value, matrix.value)


def unpacked(packed: TensorValue, k: int, n: int, kr: int) -> TensorValue:
    """The matrix [k, n] that `pack_matrix` has packed."""
    panels, steps, last = packed.type.sizes
    nr = last // kr
    cut = packed.reshape([panels, steps, nr, kr])
    rows = TensorValue(Transpose.build(cut.value, permutation=(1, 3, 0, 2)))
    whole = rows.reshape([steps * kr, panels * nr])
    return TensorValue(Slice.build(whole.value, starts=(0, 0), stops=(k, n), steps=(1, 1)))
