"""Trigonometric and hyperbolic ops and their inverses.

Operands have one dtype and broadcast (`elementwise.ElementwiseOp` states that as C1 and C3).
float16 and bfloat16 are computed in float32 and rounded once.
"""

import numpy as np

from tessel.dialects.base import Operand, Result
from tessel.dialects.elementwise import ElementwiseOp, inexact
from tessel.dialects.flops import TRANSCENDENTAL
from tessel.dialects.types import is_float


class Sin(ElementwiseOp, name="sin"):
    """Sine.

    Semantics: result[i] = sin(x[i]), x in radians of any size.
    (C2) Floating point or complex.
    Source: array API 2024.12 `sin`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.sin)


class Cos(ElementwiseOp, name="cos"):
    """Cosine.

    Semantics: result[i] = cos(x[i]), x in radians of any size.
    (C2) Floating point or complex.
    Source: array API 2024.12 `cos`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.cos)


class Tan(ElementwiseOp, name="tan"):
    """Tangent.

    Semantics: result[i] = tan(x[i]), x in radians of any size.
    (C2) Floating point or complex.
    Source: array API 2024.12 `tan`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.tan)


class Asin(ElementwiseOp, name="asin"):
    """Inverse sine.

    Semantics: result[i] = arcsin(x[i]) in [-pi/2, pi/2]; NaN outside of [-1, 1].
    (C2) Floating point or complex.
    Source: array API 2024.12 `asin`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.arcsin)


class Acos(ElementwiseOp, name="acos"):
    """Inverse cosine.

    Semantics: result[i] = arccos(x[i]) in [0, pi]; NaN outside of [-1, 1].
    (C2) Floating point or complex.
    Source: array API 2024.12 `acos`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.arccos)


class Atan(ElementwiseOp, name="atan"):
    """Inverse tangent.

    Semantics: result[i] = arctan(x[i]) in [-pi/2, pi/2].
    (C2) Floating point or complex.
    Source: array API 2024.12 `atan`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.arctan)


class Sinh(ElementwiseOp, name="sinh"):
    """Hyperbolic sine.

    Semantics: result[i] = (e ** x[i] - e ** -x[i]) / 2.
    (C2) Floating point or complex.
    Source: array API 2024.12 `sinh`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.sinh)


class Cosh(ElementwiseOp, name="cosh"):
    """Hyperbolic cosine.

    Semantics: result[i] = (e ** x[i] + e ** -x[i]) / 2.
    (C2) Floating point or complex.
    Source: array API 2024.12 `cosh`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.cosh)


class Tanh(ElementwiseOp, name="tanh"):
    """Hyperbolic tangent.

    Semantics: result[i] = sinh(x[i]) / cosh(x[i]).
    (C2) Floating point or complex.
    Source: array API 2024.12 `tanh`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.tanh)


class Asinh(ElementwiseOp, name="asinh"):
    """Inverse hyperbolic sine.

    Semantics: result[i] = ln(x[i] + sqrt(x[i]**2 + 1)).
    (C2) Floating point or complex.
    Source: array API 2024.12 `asinh`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.arcsinh)


class Acosh(ElementwiseOp, name="acosh"):
    """Inverse hyperbolic cosine.

    Semantics: result[i] = ln(x[i] + sqrt(x[i]**2 - 1)); NaN below 1.
    (C2) Floating point or complex.
    Source: array API 2024.12 `acosh`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.arccosh)


class Atanh(ElementwiseOp, name="atanh"):
    """Inverse hyperbolic tangent.

    Semantics: result[i] = ln((1 + x[i]) / (1 - x[i])) / 2; NaN outside of [-1, 1].
    (C2) Floating point or complex.
    Source: array API 2024.12 `atanh`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(inexact)
    x: Operand
    result: Result
    reference = staticmethod(np.arctanh)


class Atan2(ElementwiseOp, name="atan2"):
    """Angle of a point in the plane.

    Semantics: result[i] = the angle of (rhs[i], lhs[i]) in [-pi, pi]; signs of zeros count.
    (C1) Equal dtypes.  (C2) Floating point.  (C3) Shapes broadcast.
    Source: array API 2024.12 `atan2`.
    """

    flops_per_element = TRANSCENDENTAL
    dtypes = staticmethod(is_float)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.arctan2)
