"""Hyperbolic functions and their inverses of float32 and float64, by the methods of fdlibm."""

import numpy as np

from tessel.compiler.emit import math_tables as tables
from tessel.compiler.emit.element import (
    Element,
    fused_multiply_add,
    select,
    smaller,
    square_root,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import (
    NAN,
    clamp,
    expm1,
    format_of,
    log,
    log1p,
    polynomial,
    scaled_exp,
)


def sinh(x: Element) -> Element:
    """Hyperbolic sine: a polynomial up to 1, then exponentials."""
    magnitude = abs(x)
    z = smaller(x * x, x.constant(1))
    near = fused_multiply_add(x * z, polynomial(z, tables.SINH_TAIL), x)
    half_exp = scaled_exp(magnitude, exponent=-1)
    return select(magnitude > 1, with_sign_of(half_exp - 0.25 / half_exp, x), near)


def cosh(x: Element) -> Element:
    """Hyperbolic cosine."""
    half_exp = scaled_exp(abs(x), exponent=-1)
    return half_exp + 0.25 / half_exp


def tanh(x: Element) -> Element:
    """Hyperbolic tangent."""
    t = expm1(2 * clamp(abs(x), 0.0, format_of(x).mantissa_bits * 0.5))
    return with_sign_of(t / (t + 2), x)


def asinh(x: Element) -> Element:
    """Inverse hyperbolic sine."""
    magnitude = abs(x)
    square = magnitude * magnitude
    y = log1p(magnitude + square / (1 + square_root(square + 1)))
    far = log(magnitude) + float(np.log(2))
    return with_sign_of(select(magnitude > _far(x), far, y), x)


def acosh(x: Element) -> Element:
    """Inverse hyperbolic cosine."""
    t = x - 1
    y = log1p(t + square_root(2 * t + t * t))
    far = log(x) + float(np.log(2))
    return select(x < 1, x.constant(NAN), select(x > _far(x), far, y))


def atanh(x: Element) -> Element:
    """Inverse hyperbolic tangent."""
    magnitude = abs(x)
    return with_sign_of(0.5 * log1p(2 * magnitude / (1 - magnitude)), x)


def _far(x: Element) -> float:
    """From here on, x * x + 1 is x * x."""
    return 2.0 ** (format_of(x).mantissa_bits // 2 + 2)
