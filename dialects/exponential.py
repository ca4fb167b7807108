"""Exponential ops: exponentials, logarithms, roots and the error function.

Operands have one dtype and broadcast (`elementwise.ElementwiseOp` states that as C1 and C3).
float16 and bfloat16 are computed in float32 and rounded once.
"""

import math

import numpy as np

from tessel.dialects.base import Operand, Result
from tessel.dialects.elementwise import ElementwiseOp, inexact
from tessel.dialects.flops import TRANSCENDENTAL
from tessel.dialects.types import is_float


def error_function(x: np.ndarray) -> np.ndarray:
    """NumPy has no `erf`; the C library's, in float64 and rounded once."""
    return np.vectorize(math.erf, otypes=[np.float64])(np.float64(x)).astype(x.dtype)


class Exp(ElementwiseOp, name="exp"):
    """Exponential function.

    Semantics: result[i] = e ** x[i].
    (C2) Floating point or complex.
    Source: array API 2024.12 `exp`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.exp)


class Exp2(ElementwiseOp, name="exp2"):
    """Power of two.

    Semantics: result[i] = 2 ** x[i].
    (C2) Floating point or complex.
    Source: NumPy `exp2`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.exp2)


class Expm1(ElementwiseOp, name="expm1"):
    """Exponential function less one.

    Semantics: result[i] = e ** x[i] - 1, accurate near 0.
    (C2) Floating point or complex.
    Source: array API 2024.12 `expm1`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.expm1)


class Log(ElementwiseOp, name="log"):
    """Natural logarithm.

    Semantics: result[i] = ln(x[i]); NaN for negative numbers. Complex numbers: the principal
    branch.
    (C2) Floating point or complex.
    Source: array API 2024.12 `log`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.log)


class Log1p(ElementwiseOp, name="log1p"):
    """Natural logarithm of a number and one.

    Semantics: result[i] = ln(1 + x[i]), accurate near 0.
    (C2) Floating point or complex.
    Source: array API 2024.12 `log1p`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.log1p)


class Log2(ElementwiseOp, name="log2"):
    """Binary logarithm.

    Semantics: result[i] = log2(x[i]); exact for powers of two.
    (C2) Floating point or complex.
    Source: array API 2024.12 `log2`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.log2)


class Log10(ElementwiseOp, name="log10"):
    """Decimal logarithm.

    Semantics: result[i] = log10(x[i]).
    (C2) Floating point or complex.
    Source: array API 2024.12 `log10`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.log10)


class Logaddexp(ElementwiseOp, name="logaddexp"):
    """Logarithm of the sum of exponentials.

    Semantics: result[i] = ln(e ** lhs[i] + e ** rhs[i]) without overflow.
    (C1) Equal dtypes.  (C2) Floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `logaddexp`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(is_float)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.logaddexp)


class Sqrt(ElementwiseOp, name="sqrt"):
    """Square root; NaN for negative numbers.

    Semantics: result[i] = x[i] ** 0.5; the principal root for complex numbers.
    (C2) Floating point or complex.
    Source: array API 2024.12 `sqrt`.
    """

    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.sqrt)


class Cbrt(ElementwiseOp, name="cbrt"):
    """Cube root, of negative numbers too.

    Semantics: result[i] = sign(x[i]) * |x[i]| ** (1/3).
    (C2) Floating point.
    Source: NumPy `cbrt`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(is_float)
    x: Operand
    result: Result
    reference = staticmethod(np.cbrt)


class Erf(ElementwiseOp, name="erf"):
    """Error function.

    Semantics: result[i] = 2 / sqrt(pi) * integral of e ** -t**2 from 0 to x[i].
    (C2) Floating point.
    Source: C99 `erf`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(is_float)
    x: Operand
    result: Result
    reference = staticmethod(error_function)
