"""The multiply-add of a GEMM by dtype: of float32, or of pairs of bfloat16 summed in float32."""

from collections.abc import Sequence

import numpy as np

from tessel.compiler.kernels.builder import (
    broadcast,
    first_element,
    intrinsic,
    load,
    load_vector,
    multiply_add,
)
from tessel.compiler.kernels.index import IndexLike
from tessel.dialects.mlir import ir, vector
from tessel.dialects.types import bfloat16

_GROUPS = {np.dtype(np.float32): 1, bfloat16: 2}
"""dtype -> how many neighbours one instruction multiplies and sums."""


def group_of(dtype: np.dtype) -> int:
    """How many neighbours of the contraction are multiplied at once."""
    return _GROUPS[dtype]


def load_group(array: ir.Value, indices: Sequence[IndexLike], group: int) -> ir.Value:
    """One element, or a vector of `group` neighbours."""
    return load(array, indices) if group == 1 else load_vector(array, indices, group)


def in_all_lanes(held: ir.Value, lanes: int) -> ir.Value:
    """What `load_group` loaded, `lanes` times."""
    if not isinstance(held.type, ir.VectorType):
        return broadcast(held, lanes)
    element, (group,) = ir.VectorType(held.type).element_type, ir.VectorType(held.type).shape
    word = ir.IntegerType.get_signless(32)
    bits = first_element(vector.bitcast(ir.VectorType.get([1], word), held))
    return vector.bitcast(ir.VectorType.get([lanes * group], element), broadcast(bits, lanes))


def add_product(x: ir.Value, y: ir.Value, total: ir.Value) -> ir.Value:
    """total + x * y, or the sums of products of neighbours, in float32."""
    if ir.VectorType(x.type).element_type == ir.F32Type.get():
        return multiply_add(x, y, total)
    return intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", total.type, [total, x, y])


def load_panel(array: ir.Value, indices: Sequence[IndexLike], lanes: int, group: int) -> ir.Value:
    """`lanes` columns of a packed matrix, `group` rows of each; the last index is a column's."""
    *leading, column = indices
    return load_vector(array, [*leading, column * group], lanes * group)


def to_bfloat16(held: ir.Value) -> ir.Value:
    """A vector of 16 float32 rounded to nearest even: IREE's own takes seven instructions."""
    lanes = ir.VectorType(held.type).shape[0]
    target = ir.VectorType.get([lanes], ir.BF16Type.get())
    return intrinsic("llvm.x86.avx512bf16.cvtneps2bf16.512", target, [held])
