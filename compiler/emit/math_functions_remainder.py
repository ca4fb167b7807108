"""Remainders of float32 and float64 division, exact as C's fmod, from arithmetic alone.

With integers a and b, a * 2**d mod b is (a mod b) * (2**d mod b) mod b, and powers of two modulo b
come by squaring: a fixed number of exact modular products instead of fmod's long division.
"""

import numpy as np

from tessel.compiler.emit.element import (
    Element,
    cast,
    fused_multiply_add,
    round_to_even,
    select,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import INFINITY, NAN, format_of, scale

_FLOAT64 = np.dtype(np.float64)
_SQUARINGS = {np.dtype(np.float32): 3, _FLOAT64: 6}
"""So many that the largest difference of exponents, halved as often, is a power below 2**52."""


def fmod(a: Element, b: Element) -> Element:
    """a - trunc(a / b) * b, exactly."""
    squarings = _SQUARINGS[a.dtype]
    dividend, divisor = cast(abs(a), _FLOAT64), cast(abs(b), _FLOAT64)
    rest = cast(_remainder(dividend, divisor, squarings), a.dtype)
    result = select(abs(a) < abs(b), a, with_sign_of(rest, a))
    undefined = (a - a).is_nan() | b.equals(0) | b.is_nan()
    return select(
        undefined, a.constant(NAN), select(a.equals(0) | abs(b).equals(INFINITY), a, result)
    )


def _remainder(a: Element, b: Element, squarings: int) -> Element:
    """a mod b for finite float64 with a >= b > 0."""
    a, a_exponent = _whole_mantissa(a)
    b, b_exponent = _whole_mantissa(b)
    inverse = 1 / b
    difference = a_exponent - b_exponent
    # Elsewhere the result is not used, but its steps must stay in range.
    difference = select(difference < 0, difference.constant(0), difference)
    power = scale(a.constant(1), difference >> squarings)
    for index in reversed(range(squarings)):
        power = _product_modulo(power, power, b, inverse)
        odd = ((difference >> index) & 1).differs(0)
        power = select(odd, _reduce(2 * power, b, inverse), power)
    rest = _product_modulo(_reduce(a, b, inverse), power, b, inverse)
    return scale(select(rest < 0, rest + b, rest), b_exponent)


def _whole_mantissa(x: Element) -> tuple[Element, Element]:
    """m and e with x = m * 2**e and m a whole number in [2**52, 2**53); for finite x > 0."""
    form = format_of(x)
    tiny = x < 2.0 ** (1 - form.bias)
    bits = select(tiny, x * 2.0**64, x).bits(form.unsigned)
    implicit = 1 << form.mantissa_bits
    mantissa = (bits & (implicit - 1)) | ((form.bias + form.mantissa_bits) << form.mantissa_bits)
    exponent = cast(bits >> form.mantissa_bits, form.signed) - (form.bias + form.mantissa_bits)
    return mantissa.bits(x.dtype), select(tiny, exponent - 64, exponent)


def _reduce(x: Element, b: Element, inverse: Element) -> Element:
    """x modulo b, in about [-b / 2, b / 2], for whole numbers of at most 2**53."""
    return fused_multiply_add(-round_to_even(x * inverse), b, x)


def _product_modulo(x: Element, y: Element, b: Element, inverse: Element) -> Element:
    """x * y modulo b, in about [-b / 2, b / 2], for such x and y.

    The product's two halves are reduced one after the other: their sum might not be exact before.
    """
    product = x * y
    lost = fused_multiply_add(x, y, -product)
    rest = _reduce(_reduce(product, b, inverse), b, inverse)
    return _reduce(rest + lost, b, inverse)
