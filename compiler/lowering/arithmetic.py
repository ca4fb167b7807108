"""Lowerings of `dialects/arithmetic.py`: what each op does to one element."""

from collections.abc import Callable

import numpy as np

from tessel.compiler.emit import complex_functions, integer_functions, math_functions
from tessel.compiler.emit.element import (
    Element,
    cast,
    in_float32,
    is_number,
    larger,
    round_to_even,
    same_lanes,
    select,
    smaller,
    with_sign_of,
)
from tessel.compiler.emit.math_functions_remainder import fmod as float_fmod
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.dialects import arithmetic as ops
from tessel.dialects.mlir import arith, ir, math
from tessel.dialects.types import is_complex, is_float, is_half, is_signed, is_unsigned


@lowers_elementwise(ops.Add)
def add(lhs: Element, rhs: Element) -> Element:
    return lhs + rhs


@lowers_elementwise(ops.Subtract)
def subtract(lhs: Element, rhs: Element) -> Element:
    return lhs - rhs


@lowers_elementwise(ops.Multiply)
def multiply(lhs: Element, rhs: Element) -> Element:
    return complex_functions.multiply(lhs, rhs) if is_complex(lhs.dtype) else lhs * rhs


@lowers_elementwise(ops.Divide)
def divide(lhs: Element, rhs: Element) -> Element:
    return complex_functions.divide(lhs, rhs) if is_complex(lhs.dtype) else lhs / rhs


@lowers_elementwise(ops.FloorDivide)
def floor_divide(lhs: Element, rhs: Element) -> Element:
    if not is_float(lhs.dtype):
        return integer_functions.divide_floored(lhs, rhs)[0]
    return in_float32(_float_floor_divide, lhs, rhs)


@lowers_elementwise(ops.Remainder)
def remainder(lhs: Element, rhs: Element) -> Element:
    if not is_float(lhs.dtype):
        return integer_functions.divide_floored(lhs, rhs)[1]
    return in_float32(_float_remainder, lhs, rhs)


@lowers_elementwise(ops.Fmod)
def fmod(lhs: Element, rhs: Element) -> Element:
    if not is_float(lhs.dtype):
        return integer_functions.divide_truncated(lhs, rhs)[1]
    return in_float32(float_fmod, lhs, rhs)


def _float_floor_divide(lhs: Element, rhs: Element) -> Element:
    """As npy_divmod: the rounded quotient of what the remainder leaves."""
    rest = float_fmod(lhs, rhs)
    other_sign = rest.differs(0) & ((rest < 0) ^ (rhs < 0))
    quotient = (lhs - rest) / rhs
    quotient = select(other_sign, quotient - 1, quotient)
    whole = quotient.with_value(math.floor(quotient.value))
    whole = select(quotient - whole > 0.5, whole + 1, whole)
    whole = select(quotient.equals(0), with_sign_of(lhs.constant(0), lhs / rhs), whole)
    return select(rhs.equals(0), lhs / rhs, whole)


def _float_remainder(lhs: Element, rhs: Element) -> Element:
    rest = float_fmod(lhs, rhs)
    moved = select((rest < 0) ^ (rhs < 0), rest + rhs, rest)
    signed = select(rest.equals(0), with_sign_of(rest, rhs), moved)
    return select(rest.is_nan(), rest, signed)


@lowers_elementwise(ops.Power)
def power(lhs: Element, rhs: Element) -> Element:
    if is_complex(lhs.dtype):
        return complex_functions.power(lhs, rhs)
    if is_float(lhs.dtype):
        return in_float32(math_functions.power, lhs, rhs)
    return integer_functions.power(lhs, rhs)


@lowers_elementwise(ops.Negate)
def negate(x: Element) -> Element:
    return complex_functions.make_complex(-x.real, -x.imag) if is_complex(x.dtype) else -x


@lowers_elementwise(ops.Abs)
def absolute(x: Element) -> Element:
    if is_complex(x.dtype):
        return complex_functions.absolute(x)
    return abs(x)


@lowers_elementwise(ops.Sign)
def sign(x: Element) -> Element:
    if is_complex(x.dtype):
        return complex_functions.sign(x)
    one, zero = x.constant(1), x.constant(0)
    if is_unsigned(x.dtype):
        return select(x > 0, one, zero)
    result = select(x > 0, one, select(x < 0, -one, zero))
    return select(x.is_nan(), x, result) if is_float(x.dtype) else result


@lowers_elementwise(ops.Maximum)
def maximum(lhs: Element, rhs: Element) -> Element:
    if is_float(lhs.dtype):
        # With a number a comparison keeps the NaN of the other operand, in a quarter of the time.
        if is_number(rhs) or is_number(lhs):
            return larger(rhs, lhs) if is_number(rhs) else larger(lhs, rhs)
        return _or_nan(arith.maximumf, lhs, rhs)
    if is_complex(lhs.dtype):
        takes = complex_functions.less_equal(rhs, lhs) | _has_nan(lhs)
        return complex_functions.choose(takes, lhs, rhs)
    largest = arith.maxsi if is_signed(lhs.dtype) else arith.maxui
    return lhs.with_value(largest(*[one.value for one in same_lanes(lhs, rhs)]))


@lowers_elementwise(ops.Minimum)
def minimum(lhs: Element, rhs: Element) -> Element:
    if is_float(lhs.dtype):
        if is_number(rhs) or is_number(lhs):
            return smaller(rhs, lhs) if is_number(rhs) else smaller(lhs, rhs)
        return _or_nan(arith.minimumf, lhs, rhs)
    if is_complex(lhs.dtype):
        takes = complex_functions.less_equal(lhs, rhs) | _has_nan(lhs)
        return complex_functions.choose(takes, lhs, rhs)
    least = arith.minsi if is_signed(lhs.dtype) else arith.minui
    return lhs.with_value(least(*[one.value for one in same_lanes(lhs, rhs)]))


def _has_nan(z: Element) -> Element:
    return z.real.is_nan() | z.imag.is_nan()


def _rounded(x: Element, build: Callable[..., object]) -> Element:
    """A rounding of `math`; integers and booleans are whole already."""
    if not is_float(x.dtype):
        return x
    return in_float32(lambda y: y.with_value(build(y.value)), x)


@lowers_elementwise(ops.Floor)
def floor(x: Element) -> Element:
    return _rounded(x, math.floor)


@lowers_elementwise(ops.Ceil)
def ceil(x: Element) -> Element:
    return _rounded(x, math.ceil)


@lowers_elementwise(ops.Trunc)
def trunc(x: Element) -> Element:
    return _rounded(x, math.trunc)


@lowers_elementwise(ops.Rint)
def rint(x: Element) -> Element:
    return complex_functions.rint(x) if is_complex(x.dtype) else in_float32(round_to_even, x)


@lowers_elementwise(ops.Hypot)
def hypot(lhs: Element, rhs: Element) -> Element:
    return in_float32(complex_functions.hypot, lhs, rhs)


@lowers_elementwise(ops.Copysign)
def copysign(lhs: Element, rhs: Element) -> Element:
    return with_sign_of(lhs, rhs)


@lowers_elementwise(ops.Nextafter)
def nextafter(lhs: Element, rhs: Element) -> Element:
    """Neighbours in size are neighbours as integers, apart from the sign bit."""
    unsigned = np.dtype(f"uint{8 * lhs.dtype.itemsize}")
    wide = np.dtype(np.float32)
    start, end = (cast(x, wide) if is_half(x.dtype) else x for x in (lhs, rhs))
    bits = lhs.bits(unsigned)
    outward = (end > start) ^ (start < 0)
    moved = select(outward, bits + 1, bits - 1).bits(lhs.dtype)
    smallest = with_sign_of(lhs.constant(0).bits(unsigned).constant(1).bits(lhs.dtype), rhs)
    result = select(start.equals(0), smallest, moved)
    result = select(start.equals(end), rhs, result)
    return select(start.is_nan(), lhs, select(end.is_nan(), rhs, result))


def _or_nan(choose: Callable[..., ir.Value], lhs: Element, rhs: Element) -> Element:
    """One of two floats, or NaN where either is.

    Of 0 and -0 it is any, as it is NumPy's: an instruction less.
    """
    either_zero = ir.Attribute.parse("#arith.fastmath<nsz>")
    pair = [one.value for one in same_lanes(lhs, rhs)]
    return lhs.with_value(choose(*pair, fastmath=either_zero))
