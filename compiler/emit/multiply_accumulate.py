"""The multiply-add of products by dtypes: of single numbers, pairs, or fours summed at once."""

from collections.abc import Sequence

import numpy as np

from tessel.compiler.emit.element import Element, cast
from tessel.compiler.emit.index import IndexLike, as_index
from tessel.compiler.emit.vector import (
    broadcast,
    first_element,
    intrinsic,
    load,
    load_vector,
    multiply_add,
    shuffle,
    splat,
    store_vector,
    vector_type,
)
from tessel.dialects.mlir import arith, ir, vector
from tessel.dialects.types import bfloat16, dtype_of

FLOAT32 = np.dtype(np.float32)

_KR = {bfloat16: 2, np.dtype(np.float16): 2, np.dtype(np.uint8): 4, np.dtype(np.int8): 4}
"""dtype of the rows -> how many neighbours one instruction multiplies and sums, where not 1.

Only tiles multiply pairs of float16; elsewhere rows of it become float32 first.
"""


def kr_of(rows: np.dtype) -> int:
    """How many neighbours of the contraction are multiplied at once."""
    return _KR.get(rows, 1)


def load_kr_elements(array: ir.Value, indices: Sequence[IndexLike], kr: int) -> ir.Value:
    """One element, or a vector of `kr` neighbours."""
    return load(array, indices) if kr == 1 else load_vector(array, indices, kr)


def broadcast_kr_elements(held: ir.Value, lanes: int) -> ir.Value:
    """What `load_kr_elements` loaded, `lanes` times."""
    if not isinstance(held.type, ir.VectorType):
        return broadcast(held, lanes)
    element, (kr,) = ir.VectorType(held.type).element_type, ir.VectorType(held.type).shape
    word = ir.IntegerType.get_signless(32)
    bits = first_element(vector.bitcast(ir.VectorType.get([1], word), held))
    return vector.bitcast(ir.VectorType.get([lanes * kr], element), broadcast(bits, lanes))


def plus_128(held: ir.Value) -> ir.Value:
    """A vector of int8 with 128 added to each, as uint8: their first bits flipped."""
    (lanes,) = ir.VectorType(held.type).shape
    return arith.xori(held, splat(-128, ir.VectorType(held.type).element_type, lanes))


def add_product(x: ir.Value, y: ir.Value, total: ir.Value) -> ir.Value:
    """total + x * y, or the sums of products of neighbours: float32, or int32 of uint8 and int8."""
    element = ir.VectorType(x.type).element_type
    if element == ir.F32Type.get():
        return multiply_add(x, y, total)
    if element == ir.BF16Type.get():
        return intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", total.type, [total, x, y])
    return intrinsic("llvm.x86.avx512.vpdpbusd.512", total.type, [total, x, y])


def load_panel(array: ir.Value, indices: Sequence[IndexLike], lanes: int, kr: int) -> ir.Value:
    """`lanes` columns of a packed matrix, `kr` rows of each; the last index is a column's.

    Single numbers of a narrower dtype become float32.
    """
    *leading, column = indices
    held = load_vector(array, [*leading, column * kr], lanes * kr)
    return held if kr > 1 else to_float32(held)


def to_float32(held: ir.Value) -> ir.Value:
    """A vector of float32, float16, bfloat16 or int8 as float32.

    IREE's own `arith.extf` of bfloat16 goes through vectors of half the size.
    """
    element = ir.VectorType(held.type).element_type
    if element != ir.BF16Type.get():
        return cast(Element(held, dtype_of(element)), FLOAT32).value
    lanes = ir.VectorType(held.type).shape[0]
    half, word = (ir.IntegerType.get_signless(bits) for bits in (16, 32))
    bits = vector.bitcast(vector_type(half, lanes), held)
    wide = arith.extui(vector_type(word, lanes), bits)
    upper = arith.shli(wide, splat(16, word, lanes))
    return vector.bitcast(vector_type(ir.F32Type.get(), lanes), upper)


def to_bfloat16(held: ir.Value) -> ir.Value:
    """A vector of 16 float32 rounded to nearest even: IREE's own takes seven instructions."""
    lanes = ir.VectorType(held.type).shape[0]
    target = ir.VectorType.get([lanes], ir.BF16Type.get())
    return intrinsic("llvm.x86.avx512bf16.cvtneps2bf16.512", target, [held])


def store_panel(rows: Sequence[ir.Value], array: ir.Value, indices: Sequence[IndexLike]) -> None:
    """Writes vectors of float32, `kr` rows of a matrix, as `load_panel` reads them."""
    *leading, column = indices
    if len(rows) == 1:
        store_vector(rows[0], array, indices)
        return
    first, second = rows
    lanes = ir.VectorType(first.type).shape[0]
    target = ir.VectorType.get([2 * lanes], ir.BF16Type.get())
    # The operands' order is that of a number's digits: the last one is in the lowest lanes.
    rounded = intrinsic("llvm.x86.avx512bf16.cvtne2ps2bf16.512", target, [second, first])
    store_vector(neighbours(rounded), array, [*leading, as_index(column) * 2])


def neighbours(held: ir.Value) -> ir.Value:
    """A vector's halves, element beside element."""
    lanes = ir.VectorType(held.type).shape[0]
    order = [lane // 2 + lane % 2 * (lanes // 2) for lane in range(lanes)]
    return shuffle(held, held, order)
