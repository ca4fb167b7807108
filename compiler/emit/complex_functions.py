"""Functions of complex numbers, from real ones.

Quotients are Smith's (Communications of the ACM 5, 1962); inverse functions are Kahan's ("Branch
cuts for complex elementary functions", 1987), which keep the signs of zeros on the branch cuts.
"""

import numpy as np

from tessel.compiler.emit import math_functions as real_functions
from tessel.compiler.emit.element import (
    Element,
    cast,
    fused_multiply_add,
    larger,
    make_complex,
    round_to_even,
    select,
    smaller,
    square_root,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import INFINITY, format_of
from tessel.compiler.emit.math_functions_angles import atan2, cos, sin


def choose(condition: Element, on_true: Element, on_false: Element) -> Element:
    """`select` part by part: a select of whole complex numbers does not vectorise."""
    return make_complex(
        select(condition, on_true.real, on_false.real),
        select(condition, on_true.imag, on_false.imag),
    )


def times_i(z: Element) -> Element:
    """i * z, exactly."""
    return make_complex(-z.imag, z.real)


def times_minus_i(z: Element) -> Element:
    """-i * z, exactly."""
    return make_complex(z.imag, -z.real)


def multiply(a: Element, b: Element) -> Element:
    """Product by the school's formula, the products of a.real fused as in NumPy's vectors."""
    return make_complex(
        fused_multiply_add(a.real, b.real, -(a.imag * b.imag)),
        fused_multiply_add(a.real, b.imag, a.imag * b.real),
    )


def multiply_real(z: Element, factor: float) -> Element:
    return make_complex(z.real * factor, z.imag * factor)


def divide(a: Element, b: Element) -> Element:
    """Quotient, with the divisor's larger part taken out."""
    c, d = b.real, b.imag
    wide = abs(c) >= abs(d)
    large, small = select(wide, c, d), select(wide, d, c)
    ratio = small / large
    inverse = 1 / (large + small * ratio)
    x, y = a.real, a.imag
    real = select(wide, x + y * ratio, x * ratio + y) * inverse
    imag = select(wide, y - x * ratio, y * ratio - x) * inverse
    none = large.equals(0)
    return make_complex(select(none, x / abs(c), real), select(none, y / abs(c), imag))


def hypot(x: Element, y: Element) -> Element:
    """sqrt(x * x + y * y) without overflow; infinite when either is."""
    x, y = abs(x), abs(y)
    high, low = larger(x, y), smaller(x, y)
    ratio = low / select(high.equals(0), x.constant(1), high)
    length = high * square_root(1 + ratio * ratio)
    length = select(x.is_nan() | y.is_nan(), x + y, length)
    return select(x.equals(INFINITY) | y.equals(INFINITY), x.constant(INFINITY), length)


def absolute(z: Element) -> Element:
    return hypot(z.real, z.imag)


def sign(z: Element) -> Element:
    """z / |z|, and 0 for 0; i or -i where |z| overflows, as in NumPy."""
    length = absolute(z)
    nothing = length.equals(0)
    divisor = select(nothing, length.constant(1), length)
    x, y = z.real, z.imag
    x_infinite = abs(x).equals(INFINITY)
    y_infinite = abs(y).equals(INFINITY) | (length.equals(INFINITY) & ~x_infinite)
    one, zero, nan = x.constant(1), x.constant(0), x.constant(np.nan)
    real = select(x_infinite, with_sign_of(one, x), select(y_infinite, zero, x / divisor))
    imag = select(y_infinite, with_sign_of(one, y), select(x_infinite, zero, y / divisor))
    both = x_infinite & y_infinite
    undefined = both | ((x.is_nan() | y.is_nan()) & ~x_infinite & ~y_infinite)
    real, imag = (select(nothing, zero, part) for part in (real, imag))
    return make_complex(select(undefined, nan, real), select(undefined, nan, imag))


def rint(z: Element) -> Element:
    return make_complex(round_to_even(z.real), round_to_even(z.imag))


def sqrt(z: Element) -> Element:
    """Principal square root: the real part is not negative, the imaginary one has z's sign."""
    # Scaled by an even power of two: neither the length's sum nor a subnormal's root loses digits.
    form = format_of(z.real)
    largest = larger(abs(z.real), abs(z.imag))
    huge, tiny = (
        largest > 2.0 ** (form.bias - 2),
        largest < 2.0 ** (2 - form.bias + form.mantissa_bits),
    )
    up, down = 2.0 ** (form.mantissa_bits // 2 * 4), 2.0**-4
    one = z.real.constant(1)
    factor = select(huge, one * down, select(tiny, one * up, one))
    back = select(huge, one * down**-0.5, select(tiny, one * up**-0.5, one))
    x, y = z.real * factor, z.imag * factor
    root = square_root(0.5 * (abs(x) + hypot(x, y)))
    other = abs(y) / (2 * select(root.equals(0), one, root))
    right = with_sign_of(one, x) > 0
    real, imag = select(right, root, other) * back, select(right, other, root) * back
    infinite = one * INFINITY
    # sqrt(x + inf i) is inf + inf i for every x, NaN too; sqrt(-inf + y i) is 0 + inf i.
    endless = abs(y).equals(INFINITY)
    real = select(endless, infinite, real)
    imag = select(endless, infinite, imag)
    straight = abs(x).equals(INFINITY) & (abs(y) < INFINITY)
    real = select(straight, select(right, infinite, one * 0), real)
    imag = select(straight, select(right, one * 0, infinite), imag)
    return make_complex(real, with_sign_of(imag, z.imag))


def exp(z: Element) -> Element:
    """e**z."""
    return _exp_times(z, 0)


def _exp_times(z: Element, exponent: int) -> Element:
    """e**z * 2**exponent; each part is e**x times a cosine or sine, without overflow in between."""
    x, y = z.real, z.imag
    half = real_functions.exp(0.5 * x)
    real, imag = half * cos(y) * half, half * sin(y) * half
    zero = y.equals(0)
    whole = half * half
    vanishes = x.equals(-INFINITY)
    y_finite = abs(y) < INFINITY
    real = select(zero, whole, select(vanishes & ~y_finite, x * 0.0 * 0.0, real))
    imag = select(zero, y, imag)
    nothing = x.constant(0)
    real = select(vanishes & ~y_finite, nothing, real)
    imag = select(vanishes & ~y_finite, with_sign_of(nothing, y), imag)
    grows = x.equals(INFINITY) & ~y_finite
    real = select(grows, x, real)
    factor = 2.0**exponent
    return make_complex(real * factor, imag * factor)


def expm1(z: Element) -> Element:
    """e**z - 1: expm1(x) * cos(y) - 2 * sin(y / 2)**2 is the real part."""
    x, y = z.real, z.imag
    sine = sin(0.5 * y)
    real = real_functions.expm1(x) * cos(y) - 2 * sine * sine
    whole = exp(z)
    real = select(x.equals(-INFINITY) & ~is_finite(y), x.constant(-1), real)
    return make_complex(select(x > 40, whole.real, real), whole.imag)


def exp2(z: Element) -> Element:
    return exp(multiply_real(z, float(np.log(2))))


def log(z: Element) -> Element:
    """Principal logarithm."""
    x, y = abs(z.real), abs(z.imag)
    high, low = larger(x, y), smaller(x, y)
    # Near the unit circle the logarithm of the length would lose all digits.
    near = (high > 0.5) & (high < 1.5) & ~(x.is_nan() | y.is_nan())
    precise = 0.5 * real_functions.log1p((high - 1) * (high + 1) + low * low)
    # A length below the normal numbers has few digits, one beyond the largest none.
    tiny = high < 2.0 ** (2 - format_of(x).bias + format_of(x).mantissa_bits)
    huge = high > 2.0 ** (format_of(x).bias - 1)
    steps = format_of(x).mantissa_bits + 2
    one = x.constant(1)
    factor = select(tiny, one * 2.0**steps, select(huge, one * 0.25, one))
    correction = select(
        tiny, one * float(steps * np.log(2)), select(huge, one * float(-2 * np.log(2)), one * 0)
    )
    plain = real_functions.log(hypot(x * factor, y * factor)) - correction
    return make_complex(select(near, precise, plain), atan2(z.imag, z.real))


def log1p(z: Element) -> Element:
    """ln(1 + z)."""
    x, y = z.real, z.imag
    near = (abs(x) < 0.5) & (abs(y) < 0.5)
    precise = 0.5 * real_functions.log1p(x * (x + 2) + y * y)
    plain = log(make_complex(x + 1, y))
    return make_complex(select(near, precise, plain.real), plain.imag)


def log2(z: Element) -> Element:
    return multiply_real(log(z), float(1 / np.log(2)))


def log10(z: Element) -> Element:
    return multiply_real(log(z), float(1 / np.log(10)))


def power(base: Element, exponent: Element) -> Element:
    """e**(exponent * log(base)); whole exponents below 100 by multiplication, as in NumPy."""
    result = exp(multiply(exponent, log(base)))
    one = make_complex(base.real.constant(1), base.real.constant(0))
    size = abs(exponent.real)
    whole = exponent.imag.equals(0) & (size < 100) & size.equals(round_to_even(size))
    result = choose(whole, _whole_power(base, exponent.real), result)
    nothing = base.real.equals(0) & base.imag.equals(0)
    zero, nan = base.real.constant(0), base.real.constant(np.nan)
    of_zero = select(exponent.real > 0, zero, nan)
    result = choose(nothing, make_complex(of_zero, of_zero), result)
    return choose(exponent.real.equals(0) & exponent.imag.equals(0), one, result)


def _whole_power(base: Element, exponent: Element) -> Element:
    """By squaring, for whole exponents between -100 and 100."""
    one = make_complex(base.real.constant(1), base.real.constant(0))
    size = abs(exponent)
    count = cast(select(size < 100, size, size.constant(0)), np.dtype(np.int32))
    result, square = one, base
    for bit in range(7):
        takes = (count & (1 << bit)).differs(0)
        result = choose(takes, multiply(square, result), result)
        square = multiply(square, square)
    result = choose(exponent < 0, divide(one, result), result)
    # Without the product with 1, in which infinities become NaN.
    squared = multiply(base, base)
    for number, value in ((1, base), (2, squared), (3, multiply(base, squared))):
        result = choose(exponent.equals(number), value, result)
    return result


def less(a: Element, b: Element) -> Element:
    """By real part, then by imaginary part; false with NaN."""
    known = ~(a.imag.is_nan() | b.imag.is_nan())
    return ((a.real < b.real) & known) | (a.real.equals(b.real) & (a.imag < b.imag))


def less_equal(a: Element, b: Element) -> Element:
    """By real part, then by imaginary part; false with NaN."""
    known = ~(a.imag.is_nan() | b.imag.is_nan())
    return ((a.real < b.real) & known) | (a.real.equals(b.real) & (a.imag <= b.imag))


def is_finite(x: Element) -> Element:
    """Whether a real number is neither infinite nor NaN."""
    return abs(x) < INFINITY
