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
from tessel.compiler.emit.math_functions_angles import atan2, cos, sin, tan
from tessel.compiler.emit.math_functions_hyperbolic import asinh, cosh, sinh, tanh


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
    real = select(x.equals(-INFINITY) & ~_is_finite(y), x.constant(-1), real)
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


def complex_sinh(z: Element) -> Element:
    return _sinh(z, INFINITY)


def _sinh(z: Element, unsigned: float) -> Element:
    """`unsigned` is the real part where it is infinite and its sign is not defined."""
    x, y = z.real, z.imag
    bound = float(format_of(x).largest_exponent * 0.9)
    # Beyond, sinh itself overflows before its product with a small sine does.
    whole = _exp_times(make_complex(abs(x), y), -1)
    flat, bent = y.equals(0), x.equals(0) & ~_is_finite(y)
    real = select(abs(x) > bound, with_sign_of(x.constant(1), x) * whole.real, sinh(x) * cos(y))
    imag = select(abs(x) > bound, whole.imag, cosh(x) * sin(y))
    real = select(abs(x).equals(INFINITY) & ~_is_finite(y), x.constant(unsigned), real)
    return make_complex(select(bent, x, select(flat, sinh(x), real)), select(flat, y, imag))


def complex_cosh(z: Element) -> Element:
    x, y = z.real, z.imag
    bound = float(format_of(x).largest_exponent * 0.9)
    whole = _exp_times(make_complex(abs(x), y), -1)
    real = select(abs(x) > bound, whole.real, cosh(x) * cos(y))
    imag = select(abs(x) > bound, with_sign_of(x.constant(1), x) * whole.imag, sinh(x) * sin(y))
    # A zero part stays zero beside an infinity or NaN.
    imag = select(x.equals(0) & ~_is_finite(y), x.constant(0), imag)
    sign = select(x.is_nan(), x.constant(1), with_sign_of(x.constant(1), x))
    imag = select(y.equals(0), sign * y, imag)
    return make_complex(select(y.equals(0), cosh(x), real), imag)


def complex_tanh(z: Element) -> Element:
    """Kahan's: all from tan(y) and sinh(x)."""
    x, y = z.real, z.imag
    t = tan(y)
    s = sinh(x)
    beta = 1 + t * t
    rho = square_root(1 + s * s)
    divisor = 1 + beta * s * s
    real, imag = beta * rho * s / divisor, t / divisor
    # There tanh(x) is 1 and the imaginary part is 4 * sin(y) * cos(y) * e**(-2 * |x|).
    far = abs(x) > format_of(x).mantissa_bits * 0.5
    faint = 4 * sin(y) * cos(y) * real_functions.exp(-2 * abs(x))
    endless, known = abs(x).equals(INFINITY), _is_finite(y)
    faint = select(endless & ~known, with_sign_of(x.constant(0), y), faint)
    limit = select(endless | known, tanh(x), x.constant(np.nan))
    # The poles' neighbourhood: tan(y) overflows nothing, but its square may.
    steep = beta.equals(INFINITY)
    real = select(steep, rho / s, real)
    imag = select(steep, 1 / (t * s * s), imag)
    real = select(x.equals(0), x, select(far, limit, real))
    return make_complex(real, select(far, faint, select(y.equals(0), y, imag)))


def complex_sin(z: Element) -> Element:
    return times_minus_i(_sinh(times_i(z), -INFINITY))


def complex_cos(z: Element) -> Element:
    return complex_cosh(times_i(z))


def complex_tan(z: Element) -> Element:
    return times_minus_i(complex_tanh(times_i(z)))


def _roots(z: Element) -> tuple[Element, Element]:
    """sqrt(1 - z) and sqrt(1 + z)."""
    minus = sqrt(make_complex(1 - z.real, -z.imag))
    return minus, sqrt(make_complex(1 + z.real, z.imag))


def complex_asin(z: Element) -> Element:
    minus, plus = _roots(z)
    denominator = minus.real * plus.real - minus.imag * plus.imag
    imag = asinh(minus.real * plus.imag - minus.imag * plus.real)
    far = _is_far(z)
    angle = atan2(z.real, select(far, abs(z.imag), denominator))
    angle = select(_is_zero_beside_nan(z), z.real, angle)
    imag = select(far, _log_of_twice(z), imag)
    return make_complex(angle, with_sign_of(imag, z.imag))


def complex_acos(z: Element) -> Element:
    minus, plus = _roots(z)
    imag = asinh(plus.real * minus.imag - plus.imag * minus.real)
    imag = select(_is_far(z), _log_of_twice(z), imag)
    return make_complex(_angle(z, 2 * atan2(minus.real, plus.real)), with_sign_of(imag, -z.imag))


def complex_acosh(z: Element) -> Element:
    below = sqrt(make_complex(z.real - 1, z.imag))
    above = sqrt(make_complex(z.real + 1, z.imag))
    real = asinh(below.real * above.real + below.imag * above.imag)
    real = select(_is_far(z), _log_of_twice(z), real)
    angle = _angle(z, abs(2 * atan2(below.imag, above.real)))
    return make_complex(real, with_sign_of(angle, z.imag))


def _angle(z: Element, finite: Element) -> Element:
    """The angle of acos and acosh: `finite`, but far out and for 0 + NaN i."""
    angle = select(_is_far(z), atan2(abs(z.imag), z.real), finite)
    return select(_is_zero_beside_nan(z), z.real.constant(float(np.pi / 2)), angle)


def _is_finite(x: Element) -> Element:
    return abs(x) < INFINITY


def _is_far(z: Element) -> Element:
    """Whether 1 is nothing beside z * z; products may overflow there."""
    bound = 2.0 ** (format_of(z.real).bias // 2)
    return (abs(z.real) > bound) | (abs(z.imag) > bound)


def _log_of_twice(z: Element) -> Element:
    """ln(|2 z|) of a z that is far out: the real part of acosh."""
    length = hypot(z.real * 0.25, z.imag * 0.25)
    return real_functions.log(length) + float(np.log(8))


def _is_zero_beside_nan(z: Element) -> Element:
    return z.real.equals(0) & z.imag.is_nan()


def complex_asinh(z: Element) -> Element:
    return times_minus_i(complex_asin(times_i(z)))


def complex_atanh(z: Element) -> Element:
    """ln((1 + z) / (1 - z)) / 2; far from 0, where squares would overflow, 1 / z +- i pi / 2."""
    x, y = abs(z.real), z.imag
    limit = 2.0 ** (format_of(x).bias // 2 - 2)
    far = (x > limit) | (abs(y) > limit)
    inverse = divide(make_complex(x.constant(1), x.constant(0)), z).real
    endless = x.equals(INFINITY) | abs(y).equals(INFINITY)
    inverse = select(endless, x.constant(0), abs(inverse))
    rest = 1 - x
    squares = rest * rest + y * y
    real = 0.25 * real_functions.log1p(4 * x / squares)
    # Beside a pole the square of a small y is 0.
    beside = 0.5 * (real_functions.log(hypot(x + 1, y)) - real_functions.log(abs(y)))
    real = select(rest.equals(0) & (abs(y) < 1), beside, real)
    imag = 0.5 * atan2(2 * y, rest * (1 + x) - y * y)
    right_angle = with_sign_of(x.constant(float(np.pi / 2)), y)
    real = with_sign_of(select(far, inverse, real), z.real)
    real = select(z.real.equals(0), z.real, real)
    unknown = y.is_nan() | (x.is_nan() & _is_finite(y))
    imag = select(unknown, y.constant(np.nan), select(far, right_angle, imag))
    return make_complex(real, imag)


def complex_atan(z: Element) -> Element:
    return times_minus_i(complex_atanh(times_i(z)))


def less(a: Element, b: Element) -> Element:
    """By real part, then by imaginary part; false with NaN."""
    known = ~(a.imag.is_nan() | b.imag.is_nan())
    return ((a.real < b.real) & known) | (a.real.equals(b.real) & (a.imag < b.imag))


def less_equal(a: Element, b: Element) -> Element:
    """By real part, then by imaginary part; false with NaN."""
    known = ~(a.imag.is_nan() | b.imag.is_nan())
    return ((a.real < b.real) & known) | (a.real.equals(b.real) & (a.imag <= b.imag))
