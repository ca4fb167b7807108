"""What a GEMM kernel multiplies for a matrix product of the dialect, as it reads it from memory.

    matmul(cast(x : uint8), cast(w : int8)) : int32    x and w
    matmul(cast(x : int8), cast(w : int8)) : int32     x + 128 and w, minus 128 * sum(w)
    matmul(x : float32, cast(w : int8))                x and w, which registers convert
    matmul(x : float16, w : float16)                   x as float32, and w

Weights stay in the bits they come in: with few rows the time is that of reading them, and with
many, converting them is hidden behind multiplications (Zen 4: 4096 x 4096 of int8 take a third of
the time of float32 for 1 row, three quarters for 16; 1024 x 1024 the same for 64 rows and more).
"""

from dataclasses import dataclass, replace

import numpy as np

from tessel.compiler.emit.amx import TILE
from tessel.compiler.emit.multiply_accumulate import FLOAT32, kr_of
from tessel.compiler.kernels.gemm.problem import SMALL_M
from tessel.compiler.targets.cpu.instruction_set import InstructionSet
from tessel.dialects.bitwise import BitwiseXor
from tessel.dialects.builder import TensorValue
from tessel.dialects.constant import build_constant
from tessel.dialects.conversion import Bitcast, Cast
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Pad
from tessel.dialects.types import bfloat16

_INT8, _UINT8, _INT32 = np.dtype(np.int8), np.dtype(np.uint8), np.dtype(np.int32)
_FLOAT16 = np.dtype(np.float16)

_LOW_PRECISION = (_INT8, _FLOAT16, bfloat16)
"""Dtypes that registers turn into float32."""


@dataclass(frozen=True)
class OperandForm:
    """In which dtypes lhs and weights are multiplied, and whether AMX does it.

    `offset` says that int8 becomes uint8, by 128 more.
    """

    lhs: np.dtype
    weight: np.dtype
    has_tiles: bool
    offset: bool = False

    @property
    def kr(self) -> int:
        """KR: neighbours along K that one instruction multiplies; K is a multiple of it."""
        return kr_of(self.lhs)

    def padded_k(self, k: int) -> int:
        """K with the zeros that make it a multiple of what is read at once."""
        step = self.kr * (TILE if self.has_tiles else 1)
        return -(-k // step) * step


def operand_form(
    product: OpInstance, instructions: InstructionSet, m: int | None
) -> OperandForm | None:
    """How a `matmul` of M rows is multiplied; None where no kernel does it."""
    has_few_rows = m is not None and m <= SMALL_M
    tile_dtypes = instructions.tile_dtypes if m is not None and m >= TILE else ()
    dtype = product.result_type.dtype
    if dtype == _INT32 and instructions.int8_dot:
        return _integers(product, has_tiles="uint8" in tile_dtypes)
    lhs, rhs = product.operand_types
    if dtype == bfloat16 and instructions.bfloat16_dot:
        if has_few_rows and _stored(product.operands[1], (_INT8,)) is not None:
            return OperandForm(FLOAT32, _stored_weight_dtype(product), "float32" in tile_dtypes)
        return OperandForm(lhs.dtype, rhs.dtype, lhs.dtype.name in tile_dtypes)
    if dtype == _FLOAT16 and "float16" in tile_dtypes:
        return OperandForm(lhs.dtype, rhs.dtype, lhs.dtype.name in tile_dtypes)
    if dtype in (_FLOAT16, FLOAT32):
        return OperandForm(FLOAT32, _stored_weight_dtype(product), "float32" in tile_dtypes)
    return None


@dataclass(frozen=True)
class GemmOperands:
    """Lhs and weights as a kernel takes them.

    What is multiplied is lhs less `zero_point`; `correction`, a row, is what their product has too
    much of.
    """

    lhs: TensorValue
    weight: TensorValue
    zero_point: int = 0
    correction: TensorValue | None = None


def gemm_operands(product: OpInstance, form: OperandForm) -> GemmOperands:
    """What stands for the operands of a `matmul`, built at the insertion point."""
    lhs, rhs = product.operands
    stored = _as_stored(lhs, _INT8 if form.offset else form.lhs)
    operands = GemmOperands(stored, _as_stored(rhs, form.weight))
    return _padded(_with_offset(operands, form) if form.offset else operands, form)


def low_precision_weight(value: ir.Value) -> TensorValue | None:
    """The array of fewer bits that a weight of floats is a cast of; None where it is no such."""
    return None if defining_op(value, Cast) is None else _stored(value, _LOW_PRECISION)


def _integers(product: OpInstance, *, has_tiles: bool) -> OperandForm | None:
    lhs, weight = (_stored(value, (_INT8, _UINT8)) for value in product.operands)
    if lhs is None or weight is None or weight.type.dtype != _INT8:
        return None
    if lhs.type.dtype == _UINT8:
        return OperandForm(_UINT8, _INT8, has_tiles)
    # Tiles take lhs as it are in memory.
    return OperandForm(_UINT8 if has_tiles else _INT8, _INT8, has_tiles, offset=True)


def _with_offset(operands: GemmOperands, form: OperandForm) -> GemmOperands:
    lhs, weight = operands.lhs, operands.weight
    correction = (weight.cast(_INT32).sum([0]) * 128).reshape([weight.type.sizes[1]])
    if not form.has_tiles:
        return GemmOperands(lhs, weight, -128, correction)
    sign = build_constant(np.array(-128, _INT8))
    unsigned = Bitcast.build(BitwiseXor.build(lhs.value, sign), dtype=_UINT8)
    return GemmOperands(TensorValue(unsigned), weight, 0, correction)


def _stored_weight_dtype(product: OpInstance) -> np.dtype:
    """The dtype in which the weight of a product of floats is stored."""
    stored = _stored(product.operands[1], _LOW_PRECISION)
    return product.operand_types[1].dtype if stored is None else stored.type.dtype


def _as_stored(value: ir.Value, dtype: np.dtype) -> TensorValue:
    """An operand in `dtype`: the array that it is a cast of, where that has it."""
    return _stored(value, (dtype,)) or TensorValue(value).cast(dtype)


def _stored(value: ir.Value, dtypes: tuple[np.dtype, ...]) -> TensorValue | None:
    """The array of one of `dtypes` that `value` is, or is a cast of that loses nothing."""
    cast = defining_op(value, Cast)
    held = TensorValue(value if cast is None else cast.operands[0])
    exact = cast is None or np.can_cast(held.type.dtype, cast.result_type.dtype, "safe")
    return held if exact and held.type.dtype in dtypes else None


def _padded(operands: GemmOperands, form: OperandForm) -> GemmOperands:
    """With zeros behind each row and column, so that K is a multiple of what is read at once."""
    lhs, weight = operands.lhs, operands.weight
    k, _ = weight.type.sizes
    missing = form.padded_k(k) - k
    if missing == 0:
        return operands
    behind = (*(0,) * (lhs.type.rank - 1), missing)
    return replace(operands, lhs=_pad(lhs, behind), weight=_pad(weight, (missing, 0)))


def _pad(array: TensorValue, high: tuple[int, ...]) -> TensorValue:
    zero = build_constant(np.zeros((), array.type.dtype))
    return TensorValue(Pad.build(array.value, zero, low=(0,) * len(high), high=high))
