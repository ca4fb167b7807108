"""Sigmoid curves of float32 and float64: the logistic function, erf, the normal distribution's."""

from operator import mul

import numpy as np

from tessel.compiler.emit import avx512
from tessel.compiler.emit import math_tables as tables
from tessel.compiler.emit.element import (
    Element,
    fused_multiply_add,
    larger,
    select,
    smaller,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import (
    clamp,
    exp_by_scaling,
    exp_or_zero,
    format_of,
    polynomial,
    without_multiple,
)


def logistic(x: Element) -> Element:
    """1 / (1 + e**-x), of whose divisor only the sum is rounded; 0 where it is subnormal."""
    if avx512.is_register(x.value):
        return 1 / (exp_by_scaling(-x) + 1)
    form = format_of(x)
    # From here on it is 1.
    highest = (form.mantissa_bits + 3) * float(np.log(2))
    bounded = select(x > highest, x.constant(highest), x)
    inverse = x.constant(-float(1 / np.log(2)))
    shifted = fused_multiply_add(bounded, inverse, x.constant(form.rounder))
    # Of e**-x = 2**n * e**-r, so that nothing is negated but numbers.
    r = without_multiple(bounded, form.rounder - shifted)
    signs = (1.0, -1.0) * 6
    tail = {x.dtype: tuple(map(mul, tables.EXP_TAIL[x.dtype], signs))}
    rest = fused_multiply_add(r * r, polynomial(r, tail), -r)
    one_bits = form.bias << form.mantissa_bits
    power = ((shifted.bits(form.signed) << form.mantissa_bits) + one_bits).bits(x.dtype)
    # e**-x is power + rest * power, of which the product is exact; so is what power + 1 has lost.
    total = power + 1
    lost = 1 - (total - power)
    quotient = 1 / (total + fused_multiply_add(rest, power, lost))
    # The largest exponent that a power has: e**-x is a number up to half an exponent more.
    return select(x < -(form.bias + 0.49) * float(np.log(2)), x.constant(0), quotient)


def erf(x: Element) -> Element:
    """Error function."""
    return _erf_float32(x) if x.dtype == np.float32 else _erf_float64(x)


def normal_cdf(x: Element) -> Element:
    """The standard normal distribution's share below x."""
    return _normal_cdf_float32(x) if x.dtype == np.float32 else _normal_cdf_float64(x)


def _normal_cdf_float32(x: Element) -> Element:
    """Less 0.5 it is x by a quotient of polynomials of x * x up to 5.55, and 0.5 there; 1.8e-7.

    Of 17 instructions: GELU is what most of transformers' elementwise work is, and takes 0.84 of
    the time that it takes by erf, whose argument and result have to be scaled.
    """
    bounded = clamp(x, -5.55, 5.55)
    z = bounded * bounded
    quotient = polynomial(z, tables.CDF_NUMERATOR) / polynomial(z, tables.CDF_DENOMINATOR)
    return larger(fused_multiply_add(bounded, quotient, x.constant(0.5)), x.constant(0))


def _normal_cdf_float64(x: Element) -> Element:
    return (erf(x * np.sqrt(0.5)) + 1) * 0.5


def _erf_float32(x: Element) -> Element:
    """A quotient of polynomials of x * x up to 3.92, where it is 1."""
    bounded = clamp(x, -3.92, 3.92)
    z = bounded * bounded
    quotient = _in_halves(z, tables.ERF_NUMERATOR) / _in_halves(z, tables.ERF_DENOMINATOR)
    return clamp(bounded * quotient, -1, 1)


def _in_halves(x: Element, table: tables.Table) -> Element:
    """The polynomial by its even and its odd powers: fewer roundings one after the other."""
    square, coefficients = x * x, table[x.dtype]
    even, odd = (
        polynomial(square, {x.dtype: tuple(half)})
        for half in (coefficients[::2], coefficients[1::2])
    )
    return fused_multiply_add(x, odd, even)


def _erf_float64(x: Element) -> Element:
    """A polynomial up to 1, then 1 - e**(-x*x) * erfcx(x)."""
    magnitude = abs(x)
    z = smaller(magnitude * magnitude, x.constant(1))
    near = x * fused_multiply_add(
        z, polynomial(z, tables.ERF_RATIO), x.constant(2 / np.sqrt(np.pi))
    )
    a = clamp(magnitude, 1.0, 6.0)
    far = 1 - exp_or_zero(-(a * a)) * polynomial((a - 3) / (a + 2), tables.ERFCX)
    return select(magnitude > 1, with_sign_of(far, x), near)
