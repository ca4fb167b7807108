"""Bitwise ops on booleans and integers.

Operands have one dtype and broadcast (`elementwise.ElementwiseOp` states that as C1 and C3).
"""

import numpy as np

from tessel.dialects.base import Operand, Result
from tessel.dialects.elementwise import ElementwiseOp, bits
from tessel.dialects.types import is_integer


class BitwiseAnd(ElementwiseOp, name="bitwise_and"):
    """Bits that are set in both.

    Semantics: result[i] = lhs[i] & rhs[i].
    (C1) Equal dtypes.  (C2) Bool or integers.  (C3) Shapes broadcast.
    Source: array API 2024.12 `bitwise_and`.
    """

    dtypes = staticmethod(bits)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.bitwise_and)


class BitwiseOr(ElementwiseOp, name="bitwise_or"):
    """Bits that are set in either.

    Semantics: result[i] = lhs[i] | rhs[i].
    (C1) Equal dtypes.  (C2) Bool or integers.  (C3) Shapes broadcast.
    Source: array API 2024.12 `bitwise_or`.
    """

    dtypes = staticmethod(bits)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.bitwise_or)


class BitwiseXor(ElementwiseOp, name="bitwise_xor"):
    """Bits that differ.

    Semantics: result[i] = lhs[i] ^ rhs[i].
    (C1) Equal dtypes.  (C2) Bool or integers.  (C3) Shapes broadcast.
    Source: array API 2024.12 `bitwise_xor`.
    """

    dtypes = staticmethod(bits)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.bitwise_xor)


class BitwiseNot(ElementwiseOp, name="bitwise_not"):
    """Bits that are not set.

    Semantics: result[i] = ~x[i]; the other truth value for booleans.
    (C2) Bool or integers.
    Source: array API 2024.12 `bitwise_invert`.
    """

    dtypes = staticmethod(bits)
    x: Operand
    result: Result
    reference = staticmethod(np.invert)


class ShiftLeft(ElementwiseOp, name="shift_left"):
    """Bits moved up.

    Semantics: result[i] = lhs[i] << rhs[i]; 0 when rhs[i] is negative or at least the width.
    (C1) Equal dtypes.  (C2) Integers.  (C3) Shapes broadcast.
    Source: array API 2024.12 `bitwise_left_shift`.
    """

    dtypes = staticmethod(is_integer)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.left_shift)


class ShiftRight(ElementwiseOp, name="shift_right"):
    """Bits moved down, the sign bit repeated.

    Semantics: result[i] = lhs[i] >> rhs[i]; when rhs[i] is negative or at least the width, -1 for a
    negative lhs[i], else 0.
    (C1) Equal dtypes.  (C2) Integers.  (C3) Shapes broadcast.
    Source: array API 2024.12 `bitwise_right_shift`.
    """

    dtypes = staticmethod(is_integer)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.right_shift)
