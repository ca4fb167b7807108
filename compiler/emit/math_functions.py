"""Exponentials, logarithms, roots and powers of float32 and float64, from arithmetic alone.

Straight-line code without branches, so that it vectorises. The methods are those of fdlibm (s_log,
s_log1p, s_expm1, e_pow): reduce the argument exactly, evaluate a polynomial, scale back.
"""

from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit import avx512
from tessel.compiler.emit import math_tables as tables
from tessel.compiler.emit.element import (
    Element,
    cast,
    constant,
    fused_multiply_add,
    larger,
    round_to_even,
    select,
    with_sign_of,
)

INFINITY = float("inf")
NAN = float("nan")


@dataclass(frozen=True)
class FloatFormat:
    """How a dtype stores numbers, and where its exponential overflows or vanishes for sure."""

    signed: np.dtype
    unsigned: np.dtype
    mantissa_bits: int
    bias: int
    largest_exponent: float
    smallest_exponent: float
    sqrt_half_bits: int

    @property
    def largest_logarithm(self) -> float:
        """The largest number x of the dtype for which e**x is finite."""
        largest = np.finfo(self.signed.str.replace("i", "f")).max
        exact = np.log(np.float64(largest))
        rounded = largest.dtype.type(exact)
        return float(rounded if rounded <= exact else np.nextafter(rounded, rounded - 1))

    @property
    def vanishing_logarithm(self) -> float:
        """A number x whose e**x is rounded to 0, and those of all below it."""
        smallest = np.finfo(self.signed.str.replace("i", "f")).smallest_subnormal
        return float(np.floor(np.log(np.float64(smallest)) - 1))

    @property
    def rounder(self) -> float:
        """Added to a number below 2**(mantissa_bits - 1), it leaves a whole number in low bits."""
        return 1.5 * 2.0**self.mantissa_bits


FORMATS: dict[np.dtype, FloatFormat] = {
    np.dtype(np.float32): FloatFormat(
        np.dtype(np.int32), np.dtype(np.uint32), 23, 127, 100.0, -115.0, 0x3F3504F3
    ),
    np.dtype(np.float64): FloatFormat(
        np.dtype(np.int64), np.dtype(np.uint64), 52, 1023, 720.0, -760.0, 0x3FE6A09E667F3BCD
    ),
}


def format_of(x: Element) -> FloatFormat:
    return FORMATS[x.dtype]


def polynomial(x: Element, table: tables.Table) -> Element:
    """The polynomial with the table's coefficients at `x`."""
    *rest, last = table[x.dtype]
    result = x.constant(last)
    for coefficient in reversed(rest):
        result = fused_multiply_add(result, x, x.constant(coefficient))
    return result


def nearest_whole(x: Element) -> tuple[Element, Element]:
    """`x` rounded, as a float and as a signed integer; |x| below 2**(mantissa_bits - 1)."""
    form = format_of(x)
    shifted = x + form.rounder
    bits = shifted.bits(form.signed)
    return shifted - form.rounder, bits - x.constant(form.rounder).bits(form.signed)


def whole_to_float(n: Element, dtype: np.dtype) -> Element:
    """A signed integer of the width of `dtype` and below 2**(mantissa_bits - 1), as a float."""
    rounder = constant(FORMATS[dtype].rounder, dtype)
    return (n + rounder.bits(n.dtype)).bits(dtype) - rounder


def power_of_two(n: Element, dtype: np.dtype) -> Element:
    """2**n of a signed integer in the range of normal exponents."""
    form = FORMATS[dtype]
    return ((n + form.bias) << form.mantissa_bits).bits(dtype)


def scale(x: Element, n: Element) -> Element:
    """x * 2**n, rounded once; |n| at most twice the largest exponent."""
    half = n >> 1
    return x * power_of_two(half, x.dtype) * power_of_two(n - half, x.dtype)


def exp(x: Element) -> Element:
    """e**x; subnormal results are rounded twice."""
    if avx512.is_register(x.value):
        return exp_by_scaling(x)
    form = format_of(x)
    # From here down 2**n is made 2**_LIFT times as large, so that it has an exponent.
    low = x < float(np.log(np.finfo(x.dtype).tiny)) + 1
    bounded = select(x < form.vanishing_logarithm, x.constant(form.vanishing_logarithm), x)
    lift = constant(_LIFT << form.mantissa_bits, form.signed)
    lifted = _exp_unless_subnormal(bounded, select(low, lift, lift.constant(0)))
    return lifted * select(low, x.constant(2.0**-_LIFT), x.constant(1))


_LIFT = 64
"""The exponent that is added where a result may be subnormal, and taken away at the end."""


def exp_or_zero(x: Element) -> Element:
    """e**x, and 0 where that is subnormal: for sums in which it makes no difference.

    19 instructions: 2**n is added to the exponent of a number near 1. With those of AVX-512 15:
    softmax of rows in the cache takes 0.91 of the time.
    """
    if avx512.is_register(x.value):
        return exp_by_scaling(x)
    result = _exp_unless_subnormal(x)
    return select(x < float(np.log(np.finfo(x.dtype).tiny)), x.constant(0), result)


def exp_by_scaling(x: Element) -> Element:
    """e**x with what AVX-512 has, which also rounds subnormal results."""
    form = format_of(x)
    bounded = clamp(x, form.smallest_exponent, form.largest_exponent)
    whole = x.with_value(avx512.nearest_integer((bounded * float(1 / np.log(2))).value))
    near_one = exp_near_zero(without_multiple(bounded, whole))
    return x.with_value(avx512.scale(near_one.value, whole.value))


def _exp_unless_subnormal(x: Element, lift: Element | None = None) -> Element:
    """e**x where it is normal and above; `lift` is added to its bits."""
    form = format_of(x)
    shifted = fused_multiply_add(x, x.constant(float(1 / np.log(2))), x.constant(form.rounder))
    near_one = exp_near_zero(without_multiple(x, shifted - form.rounder))
    power = shifted.bits(form.signed) << form.mantissa_bits
    bits = near_one.bits(form.signed) + (power if lift is None else power + lift)
    # The sum is infinity beyond the limit, and NaN for NaN, whose bits are no longer NaN's.
    return select(x <= form.largest_logarithm, bits.bits(x.dtype), x + INFINITY)


def scaled_exp(x: Element, tail: Element | None = None, exponent: int = 0) -> Element:
    """e**(x + tail) * 2**exponent, without overflow in between."""
    form = format_of(x)
    bounded = clamp(x, form.smallest_exponent, form.largest_exponent)
    r, _, n = reduce_exponent(bounded)
    y = r * r * polynomial(r, tables.EXP_TAIL)
    if tail is not None:
        y = fused_multiply_add(tail, 1 + (r + y), y)
    return scale(1 + (r + y), n + exponent)


def exp2(x: Element) -> Element:
    """2**x."""
    limit = 1.5 * format_of(x).largest_exponent
    whole, n = nearest_whole(clamp(x, -1.1 * limit, limit))
    rest = clamp(x, -1.1 * limit, limit) - whole
    r = rest * float(np.log(2))
    return scale(1 + (r + r * r * polynomial(r, tables.EXP_TAIL)), n)


def expm1(x: Element) -> Element:
    """e**x - 1."""
    form = format_of(x)
    # At the upper bound e**x overflows, but half of the power of two does not.
    bounded = clamp(x, -1.7 * form.mantissa_bits, (form.bias + 1) * float(np.log(2)) + 0.01)
    r, _, n = reduce_exponent(bounded)
    y = r + r * r * polynomial(r, tables.EXP_TAIL)
    # Half of it, since 2**n alone overflows before e**x does.
    half_power = scale(x.constant(0.5), n)
    result = 2 * fused_multiply_add(y, half_power, half_power - 0.5)
    # Keeps the sign of zero, and subnormals, which halving would round.
    return select(abs(x) < 2.0 ** (-form.mantissa_bits - 3), x, result)


def reduce_exponent(x: Element) -> tuple[Element, Element, Element]:
    """r, n as a float and n as an integer with x = r + n * ln(2) and |r| at most ln(2) / 2."""
    whole, n = nearest_whole(x * float(1 / np.log(2)))
    return without_multiple(x, whole), whole, n


def without_multiple(x: Element, whole: Element) -> Element:
    """x - whole * ln(2), with ln(2) in two parts."""
    high, low = tables.LN2[x.dtype]
    r = fused_multiply_add(whole, x.constant(-high), x)
    return fused_multiply_add(whole, x.constant(-low), r)


def exp_near_zero(r: Element) -> Element:
    """e**r for |r| at most ln(2) / 2."""
    return 1 + fused_multiply_add(r * r, polynomial(r, tables.EXP_TAIL), r)


def clamp(x: Element, low: float, high: float) -> Element:
    """`x` within bounds; NaN stays."""
    bounded = select(x > high, x.constant(high), x)
    return select(bounded < low, x.constant(low), bounded)


def split_exponent(x: Element) -> tuple[Element, Element]:
    """e and f with x = 2**e * (1 + f) and 1 + f within [sqrt(1/2), sqrt(2)]; for x > 0."""
    form = format_of(x)
    shift = form.mantissa_bits + 2
    tiny = x < 2.0 ** (1 - form.bias)
    normal = select(tiny, x * 2.0**shift, x)
    one_bits = form.bias << form.mantissa_bits
    bits = normal.bits(form.unsigned) + (one_bits - form.sqrt_half_bits)
    fraction = (bits & ((1 << form.mantissa_bits) - 1)) + form.sqrt_half_bits
    exponent = cast(bits >> form.mantissa_bits, form.signed) - form.bias
    e = whole_to_float(exponent, x.dtype)
    return select(tiny, e - shift, e), fraction.bits(x.dtype) - 1


def log_of_one_plus(f: Element) -> Element:
    """log(1 + f) for 1 + f within [sqrt(1/2), sqrt(2)]."""
    high, low = log_parts(f)
    return high - low


def log_parts(f: Element) -> tuple[Element, Element]:
    """f, and what log(1 + f) is less than it."""
    s = f / (f + 2)
    z = s * s
    half_square = 0.5 * f * f
    return f, half_square - s * (half_square + z * polynomial(z, tables.LOG_TAIL))


def log_specials(x: Element, result: Element) -> Element:
    """`result` where x is positive and finite, else what a logarithm of x is."""
    special = select(x < 0, x.constant(NAN), x)
    special = select(x.equals(0), x.constant(-INFINITY), special)
    return select((x > 0) & (x < INFINITY), result, special)


def log(x: Element) -> Element:
    """ln(x)."""
    return log_specials(x, _log_of_positive(x))


def _log_of_positive(x: Element) -> Element:
    high, low = tables.LN2[x.dtype]
    e, f = split_exponent(x)
    f, rest = log_parts(f)
    return e * high - ((rest - e * low) - f)


def log2(x: Element) -> Element:
    """Binary logarithm; exact for powers of two."""
    e, f = split_exponent(x)
    y = fused_multiply_add(log_of_one_plus(f), x.constant(1 / np.log(2)), e)
    return log_specials(x, y)


def log10(x: Element) -> Element:
    """Decimal logarithm."""
    high, low = tables.LOG10_2[x.dtype]
    e, f = split_exponent(x)
    y = e * high + fused_multiply_add(log_of_one_plus(f), x.constant(1 / np.log(10)), e * low)
    return log_specials(x, y)


def log1p(x: Element) -> Element:
    """ln(1 + x)."""
    total = 1 + x
    back = total - 1
    lost = (1 - (total - back)) + (x - back)
    y = log_specials(total, _log_of_positive(total) + lost / total)
    return select(x.equals(0) | x.equals(INFINITY), x, y)


def logaddexp(a: Element, b: Element) -> Element:
    """ln(e**a + e**b)."""
    difference = a - b
    y = larger(a, b) + log1p(exp_or_zero(-abs(difference)))
    # Infinities of one sign have no difference.
    y = select(a.equals(b), a + float(np.log(2)), y)
    return select((a - a).is_nan() | (b - b).is_nan(), _logaddexp_specials(a, b), y)


def _logaddexp_specials(a: Element, b: Element) -> Element:
    # The sum of two zeros, as in NumPy, where the other is -inf and this one -0.0.
    return select(a.is_nan() | b.is_nan(), a + b, larger(a, b) + 0.0)


def cbrt(x: Element) -> Element:
    """Cube root: a polynomial, then steps of Newton's method."""
    magnitude = abs(x)
    e, f = split_exponent(magnitude)
    third, n = nearest_whole(e * float(1 / 3))
    m = f + 1
    rest = e - 3 * third
    # m is in [sqrt(1/2), sqrt(2)]: the polynomial's interval is [1/2, 1].
    y = polynomial(float(np.sqrt(0.5)) * m, tables.CBRT_START) * 2.0 ** (1 / 6)
    for power in (-1, 1):
        here = rest.equals(power)
        m = select(here, m * 2.0**power, m)
        y = select(here, y * float(np.cbrt(2.0**power)), y)
    for _ in range(1 if x.dtype == np.float32 else 2):
        y = y - fused_multiply_add(y * y, y, -m) / (3 * (y * y))
    y = y * power_of_two(n, x.dtype)
    ordinary = (magnitude > 0) & (magnitude < INFINITY)
    return select(ordinary, with_sign_of(y, x), x)


def power(x: Element, y: Element) -> Element:
    """x**y with all special cases of C's pow."""
    magnitude = abs(x)
    result = _power_of_positive(magnitude, y)
    infinite = x.constant(INFINITY)
    zero = x.constant(0)
    grows = (magnitude > 1) ^ (y < 0)
    at_limit = magnitude.equals(0) | magnitude.equals(INFINITY) | abs(y).equals(INFINITY)
    result = select(at_limit, select(grows, infinite, zero), result)
    half = y * 0.5
    is_whole = whole_part(y).equals(y)
    is_odd = is_whole & whole_part(half).differs(half)
    negative = with_sign_of(x.constant(1), x) < 0
    result = select(negative & is_odd, -result, result)
    undefined = (x < 0) & ~is_whole & (magnitude < INFINITY)
    undefined = undefined | x.is_nan() | y.is_nan()
    result = select(undefined, x.constant(NAN), result)
    is_one = y.equals(0) | x.equals(1) | (x.equals(-1) & abs(y).equals(INFINITY))
    return select(is_one, x.constant(1), result)


def whole_part(x: Element) -> Element:
    """`x` rounded to a whole number; equal to x where x is one."""
    return round_to_even(x)


def _power_of_positive(x: Element, y: Element) -> Element:
    """x**y for x > 0: e**(y * ln(x)) with twice the digits, as y * ln(x) is up to 745."""
    if x.dtype == np.float32:
        wide = np.dtype(np.float64)
        return cast(exp_or_zero(cast(y, wide) * _log_of_positive(cast(x, wide))), x.dtype)
    high, low = _double_log(x)
    product = y * high
    lost = fused_multiply_add(y, high, -product) + y * low
    lost = select(abs(product) < 1000, lost, x.constant(0))
    return scaled_exp(product, lost)


def _double_log(x: Element) -> tuple[Element, Element]:
    """ln(x) as a sum of two float64, to some 64 bits of the result.

    With s = f / (2 + f) it is 2 * s + 2 / 3 * s**3 + ..., whose first two terms are sums too.
    """
    ln2_high, ln2_low = tables.LN2[x.dtype]
    e, f = split_exponent(x)
    divisor = f + 2
    divisor_lost = f - (divisor - 2)
    s = f / divisor
    s_low = (fused_multiply_add(-s, divisor, f) - s * divisor_lost) / divisor
    cube, cube_low = _cube(s, s_low)
    two_thirds, two_thirds_low = (x.constant(number) for number in tables.TWO_THIRDS)
    term = two_thirds * cube
    term_low = fused_multiply_add(two_thirds, cube, -term) + two_thirds * cube_low
    z = s * s
    tail = fused_multiply_add(cube * z, polynomial(z, tables.LOG_FAR_TAIL), 2 * s_low)
    tail = tail + (term_low + two_thirds_low * cube)
    first, second = e * ln2_high, 2 * s
    total = first + second
    # Neither is known to be the larger one when e is 0.
    back = total - first
    lost = (first - (total - back)) + (second - back)
    larger_total = total + term
    lost = lost + (term - (larger_total - total))
    low = lost + (tail + e * ln2_low)
    high = larger_total + low
    return high, low - (high - larger_total)


def _cube(s: Element, s_low: Element) -> tuple[Element, Element]:
    """(s + s_low)**3 as a sum of two numbers."""
    z = s * s
    z_low = fused_multiply_add(s, s, -z) + 2 * s * s_low
    cube = z * s
    return cube, fused_multiply_add(z, s, -cube) + (z_low * s + z * s_low)
