"""Functions of probability and physics, in float64 whatever the elements, and rounded once.

Straight-line code without branches, so that it vectorises: arguments are brought into an interval
by the functions' recurrences and reflections (NIST Digital Library of Mathematical Functions, 5.5,
7.12 and 10.40), where a polynomial is evaluated.
"""

from collections.abc import Callable

import numpy as np

from tessel.compiler.emit import math_functions_angles as angles
from tessel.compiler.emit import math_tables_special as tables
from tessel.compiler.emit.element import (
    Element,
    cast,
    fused_multiply_add,
    larger,
    round_to_even,
    select,
    smaller,
    square_root,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import (
    INFINITY,
    NAN,
    exp,
    log,
    polynomial,
    power,
    whole_part,
)
from tessel.compiler.emit.math_functions_sigmoid import erf

_LOG_ROOT_2_PI = float(np.log(2 * np.pi) / 2)
_LARGEST_FACTORIAL = 171.625
"""Beyond it gamma exceeds float64."""


def in_float64(function: Callable[[Element], Element], x: Element) -> Element:
    """`function` computed in float64 and rounded once to the dtype of `x`."""
    return cast(function(cast(x, np.dtype(np.float64))), x.dtype)


def erfc(x: Element) -> Element:
    """1 - erf(x), with as many digits where that is near 0."""
    a = larger(x, x.constant(0.5))
    far = _erfcx_of_positive(a) * _exp_of_square(smaller(a, x.constant(30)), -1)
    return select(x > 0.5, far, 1 - erf(x))


def erfcx(x: Element) -> Element:
    """e**(x * x) * erfc(x)."""
    near = _exp_of_square(larger(smaller(x, x.constant(1)), x.constant(-30)), 1) * (1 - erf(x))
    return select(x > 0.5, _erfcx_of_positive(larger(x, x.constant(0.5))), near)


def _erfcx_of_positive(a: Element) -> Element:
    bounded = smaller(a, a.constant(1e30))
    return polynomial((bounded - 2) / (bounded + 2), tables.ERFCX) / (2 * a + 1)


def _exp_of_square(x: Element, sign: int) -> Element:
    """e**(sign * x * x), where the rounding of the square counts."""
    square = x * x
    rest = fused_multiply_add(x, x, -square)
    return exp(square * float(sign)) * (1 + rest * float(sign))


def lgamma(x: Element) -> Element:
    """The logarithm of the absolute value of gamma."""
    p, reflected = _reflect(x)
    y, product, low = _reduce(p, 2.5, 6, lambda product, y: product * y, 1.0)
    near = _lgamma_near(p, y, low)
    logarithm = log(select(low, p, product))
    near = select(low, near - logarithm, near + logarithm)
    far = (p - 0.5) * (log(p) - 1) + (_LOG_ROOT_2_PI - 0.5) + _stirling(p)
    result = select(p > 8.5, far, near)
    sine = abs(_sin_of_pi(x))
    # Beside 0 the sine is subnormal, and pi by it infinite; gamma is 1 / x there.
    beside = abs(x) < float(np.finfo(x.dtype).tiny) * 2.0**8
    logarithm = log(select(beside, abs(x), np.pi / sine))
    result = select(reflected, select(beside, -logarithm, logarithm - result), result)
    at_pole = (sine.equals(0) & reflected & ~beside) | x.equals(0)
    return select(at_pole | abs(x).equals(INFINITY), x.constant(INFINITY), result)


def gamma(x: Element) -> Element:
    """The gamma function: NaN at negative whole numbers."""
    p, reflected = _reflect(x)
    y, product, low = _reduce(p, 2.5, 6, lambda product, y: product * y, 1.0)
    near = exp(_lgamma_near(p, y, low))
    near = select(low, near / p, near * product)
    half = power(p, p * 0.5 - 0.25)
    far = half * (exp(-p) * half) * (float(np.sqrt(2 * np.pi)) * exp(_stirling(p)))
    far = select(p > _LARGEST_FACTORIAL, x.constant(INFINITY), far)
    result = select(p > 8.5, far, near)
    sine = _sin_of_pi(x)
    whole = round_to_even(x)
    odd = (whole - 2 * whole_part(whole * 0.5)).differs(0)
    mirrored = np.pi / (select(odd, -sine, sine) * result)
    at_pole = select(x.equals(0), 1 / x, x.constant(NAN))
    mirrored = select(sine.equals(0), at_pole, mirrored)
    result = select(reflected, mirrored, result)
    return select(x.equals(-INFINITY), x.constant(NAN), result)


def digamma(x: Element) -> Element:
    """The derivative of the logarithm of gamma: NaN at negative whole numbers."""
    p, reflected = _reflect(x)
    y, total, low = _reduce(p, 2.0, 8, lambda total, y: total + 1 / y, 0.0)
    first, rest = tables.DIGAMMA_ROOT
    near = ((y - first) - rest) * polynomial(y - 1.5, tables.DIGAMMA_NEAR)
    near = near + select(low, -1 / p, total)
    inverse = 1 / p
    square = inverse * inverse
    far = log(p) - 0.5 * inverse - square * polynomial(square, tables.DIGAMMA_FAR)
    result = select(p > 10.0, far, near)
    sine = _sin_of_pi(x)
    turned = angles.cos((x - round_to_even(x)) * np.pi)
    mirrored = result - np.pi * turned / sine
    at_pole = select(x.equals(0), -1 / x, x.constant(NAN))
    mirrored = select(sine.equals(0), at_pole, mirrored)
    result = select(reflected, mirrored, result)
    return select(x.equals(-INFINITY), x.constant(NAN), result)


def bessel_i0e(x: Element) -> Element:
    """e**-|x| times the modified Bessel function of order 0."""
    a = abs(x)
    near = polynomial(smaller(a.constant(8), a) - 4, tables.BESSEL_I0_NEAR)
    return select(a > 8.0, _bessel_far(a, tables.BESSEL_I0_FAR), near)


def bessel_i1e(x: Element) -> Element:
    """e**-|x| times the modified Bessel function of order 1."""
    a = abs(x)
    near = a * polynomial(smaller(a.constant(8), a) - 4, tables.BESSEL_I1_NEAR)
    return with_sign_of(select(a > 8.0, _bessel_far(a, tables.BESSEL_I1_FAR), near), x)


def _bessel_far(a: Element, table: tables.Table) -> Element:
    bounded = larger(a, a.constant(8))
    return polynomial(1 / bounded - 0.0625, table) / square_root(bounded)


def _reflect(x: Element) -> tuple[Element, Element]:
    """1 - x where x is below 0.5, else x; and where that is so."""
    below = x < 0.5
    return select(below, 1 - x, x), below


def _reduce(
    p: Element,
    limit: float,
    steps: int,
    combine: Callable[[Element, Element], Element],
    start: float,
) -> tuple[Element, Element, Element]:
    """p from 0.5 on brought below `limit` in steps of 1, each combined; whether it was below 1.

    What is below 1 becomes more by 1.
    """
    low = p < 1.0
    y, found = select(low, p + 1, p), p.constant(start)
    for _ in range(steps):
        above, less = y > limit, y - 1
        found = select(above, combine(found, less), found)
        y = select(above, less, y)
    return y, found, low


def _lgamma_near(p: Element, y: Element, low: Element) -> Element:
    """The logarithm of gamma(y); y = p + 1, not rounded, where p is below 1."""
    first = select(low, p, y - 1)
    polynomials = polynomial(select(low, p - 0.75, y - 1.75), tables.LGAMMA_NEAR)
    return first * select(low, p - 1, y - 2) * polynomials


def _stirling(p: Element) -> Element:
    inverse = 1 / p
    return inverse * polynomial(inverse * inverse, tables.STIRLING)


def _sin_of_pi(x: Element) -> Element:
    """sin(pi * (x - n)) for the nearest whole n, 0 for whole numbers."""
    return angles.sin((x - round_to_even(x)) * np.pi)
