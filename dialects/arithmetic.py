"""Arithmetic ops: sums, products, quotients, remainders, powers, rounding.

Operands have one dtype and broadcast (`elementwise.ElementwiseOp` states that as C1 and C3).
"""

import numpy as np

from tessel.dialects.base import Operand, Result
from tessel.dialects.elementwise import (
    ElementwiseOp,
    inexact,
    numeric,
    real,
    real_numeric,
    real_part,
)
from tessel.dialects.flops import TRANSCENDENTAL
from tessel.dialects.types import is_float


class Add(ElementwiseOp, name="add"):
    """Sum of two arrays.

    Semantics: result[i] = lhs[i] + rhs[i]; integers wrap around, booleans are or-ed.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `add`.
    """

    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.add)


class Subtract(ElementwiseOp, name="subtract"):
    """Difference of two arrays.

    Semantics: result[i] = lhs[i] - rhs[i]; integers wrap around.
    (C1) Equal dtypes.  (C2) Not bool.  (C3) Shapes broadcast.
    Source: array API 2024.12 `subtract`.
    """

    dtypes = staticmethod(numeric)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.subtract)


class Multiply(ElementwiseOp, name="multiply"):
    """Product of two arrays.

    Semantics: result[i] = lhs[i] * rhs[i]; integers wrap around, booleans are and-ed.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `multiply`.
    """

    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.multiply)


class Divide(ElementwiseOp, name="divide"):
    """Quotient of two floating-point arrays.

    Semantics: result[i] = lhs[i] / rhs[i] as IEEE 754 has it; complex quotients by Smith's method.
    (C1) Equal dtypes.  (C2) Floating point or complex.  (C3) Shapes broadcast.
    Source: array API 2024.12 `divide`.
    """

    dtypes = staticmethod(inexact)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.divide)


class FloorDivide(ElementwiseOp, name="floor_divide"):
    """Quotient rounded toward minus infinity.

    Semantics: result[i] = floor(lhs[i] / rhs[i]), without the rounding of the quotient; an integer
    divided by 0 gives 0, and the smallest integer divided by -1 wraps around.
    (C1) Equal dtypes.  (C2) Integers or floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `floor_divide`.
    """

    dtypes = staticmethod(real_numeric)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.floor_divide)


class Remainder(ElementwiseOp, name="remainder"):
    """Remainder of `floor_divide`, with the sign of the divisor.

    Semantics: result[i] = lhs[i] - floor(lhs[i] / rhs[i]) * rhs[i], exact up to one rounding; an
    integer modulo 0 gives 0.
    (C1) Equal dtypes.  (C2) Integers or floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `remainder`.
    """

    dtypes = staticmethod(real_numeric)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.remainder)


class Fmod(ElementwiseOp, name="fmod"):
    """Remainder of the truncated quotient, with the sign of the dividend.

    Semantics: result[i] = lhs[i] - trunc(lhs[i] / rhs[i]) * rhs[i], exactly; an integer modulo 0
    gives 0.
    (C1) Equal dtypes.  (C2) Integers or floating point.  (C3) Shapes broadcast.
    Source: NumPy `fmod`.
    """

    dtypes = staticmethod(real_numeric)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.fmod)


class Power(ElementwiseOp, name="power"):
    """One array to the power of another.

    Semantics: result[i] = lhs[i] ** rhs[i]; integers wrap around, and a negative integer exponent
    gives any value. Floating point as C's pow.
    (C1) Equal dtypes.  (C2) Not bool.  (C3) Shapes broadcast.
    Source: array API 2024.12 `pow`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(numeric)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.power)


class Negate(ElementwiseOp, name="negate"):
    """Negative of an array.

    Semantics: result[i] = -x[i]; integers wrap around.
    (C2) Not bool.
    Source: array API 2024.12 `negative`.
    """

    dtypes = staticmethod(numeric)
    x: Operand
    result: Result
    reference = staticmethod(np.negative)


class Abs(ElementwiseOp, name="abs"):
    """Absolute value.

    Semantics: result[i] = |x[i]|; the smallest integer wraps around. Complex numbers give reals.
    (C2) Any dtype.
    Source: array API 2024.12 `abs`.
    """

    result_dtype = staticmethod(real_part)
    x: Operand
    result: Result
    reference = staticmethod(np.absolute)


class Sign(ElementwiseOp, name="sign"):
    """Sign of a number.

    Semantics: result[i] = -1, 0 or 1 with the sign of x[i]; NaN for NaN; x[i] / |x[i]| for complex.
    (C2) Not bool.
    Source: array API 2024.12 `sign`.
    """

    dtypes = staticmethod(numeric)
    x: Operand
    result: Result
    reference = staticmethod(np.sign)


class Maximum(ElementwiseOp, name="maximum"):
    """Larger of two elements; NaN when either is NaN.

    Semantics: result[i] = lhs[i] if lhs[i] >= rhs[i] or lhs[i] is NaN, else rhs[i]; complex numbers
    are ordered by real part, then by imaginary part.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `maximum`.
    """

    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.maximum)


class Minimum(ElementwiseOp, name="minimum"):
    """Smaller of two elements; NaN when either is NaN.

    Semantics: result[i] = lhs[i] if lhs[i] <= rhs[i] or lhs[i] is NaN, else rhs[i]; complex numbers
    are ordered by real part, then by imaginary part.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `minimum`.
    """

    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.minimum)


class Floor(ElementwiseOp, name="floor"):
    """Largest whole number that is not larger.

    Semantics: result[i] = floor(x[i]); the sign of zero stays. Booleans and integers stay as they
    are.
    (C2) Real.
    Source: array API 2024.12 `floor`.
    """

    dtypes = staticmethod(real)
    x: Operand
    result: Result
    reference = staticmethod(np.floor)


class Ceil(ElementwiseOp, name="ceil"):
    """Smallest whole number that is not smaller.

    Semantics: result[i] = ceil(x[i]); the sign of zero stays. Booleans and integers stay as they
    are.
    (C2) Real.
    Source: array API 2024.12 `ceil`.
    """

    dtypes = staticmethod(real)
    x: Operand
    result: Result
    reference = staticmethod(np.ceil)


class Trunc(ElementwiseOp, name="trunc"):
    """Nearest whole number toward zero.

    Semantics: result[i] = trunc(x[i]); the sign of zero stays. Booleans and integers stay as they
    are.
    (C2) Real.
    Source: array API 2024.12 `trunc`.
    """

    dtypes = staticmethod(real)
    x: Operand
    result: Result
    reference = staticmethod(np.trunc)


class Rint(ElementwiseOp, name="rint"):
    """Nearest whole number; halves go to the even one.

    Semantics: result[i] = rint(x[i]); the sign of zero stays. Complex numbers part by part.
    (C2) Floating point or complex.
    Source: array API 2024.12 `round`.
    """

    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.rint)


class Hypot(ElementwiseOp, name="hypot"):
    """Length of the hypotenuse.

    Semantics: result[i] = sqrt(lhs[i]**2 + rhs[i]**2) without overflow; infinite when either
    operand is, even if the other is NaN.
    (C1) Equal dtypes.  (C2) Floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `hypot`.
    """

    dtypes = staticmethod(is_float)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.hypot)


class Copysign(ElementwiseOp, name="copysign"):
    """Magnitude of one number, sign of another.

    Semantics: result[i] = |lhs[i]| with the sign bit of rhs[i].
    (C1) Equal dtypes.  (C2) Floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `copysign`.
    """

    dtypes = staticmethod(is_float)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.copysign)


class Nextafter(ElementwiseOp, name="nextafter"):
    """Next representable number in a direction.

    Semantics: result[i] = the neighbour of lhs[i] toward rhs[i]; rhs[i] when they are equal.
    (C1) Equal dtypes.  (C2) Floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `nextafter`.
    """

    dtypes = staticmethod(is_float)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.nextafter)
