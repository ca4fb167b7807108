"""Trigonometric and hyperbolic functions of complex numbers, and their inverses (Kahan's)."""

import numpy as np

from tessel.compiler.emit import math_functions as real_functions
from tessel.compiler.emit.complex_functions import (
    _exp_times,
    divide,
    hypot,
    is_finite,
    sqrt,
    times_i,
    times_minus_i,
)
from tessel.compiler.emit.element import (
    Element,
    make_complex,
    select,
    square_root,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import INFINITY, format_of
from tessel.compiler.emit.math_functions_angles import atan2, cos, sin, tan
from tessel.compiler.emit.math_functions_hyperbolic import asinh, cosh, sinh, tanh


def complex_sinh(z: Element) -> Element:
    return _sinh(z, INFINITY)


def _sinh(z: Element, unsigned: float) -> Element:
    """`unsigned` is the real part where it is infinite and its sign is not defined."""
    x, y = z.real, z.imag
    bound = float(format_of(x).largest_exponent * 0.9)
    # Beyond, sinh itself overflows before its product with a small sine does.
    whole = _exp_times(make_complex(abs(x), y), -1)
    flat, bent = y.equals(0), x.equals(0) & ~is_finite(y)
    real = select(abs(x) > bound, with_sign_of(x.constant(1), x) * whole.real, sinh(x) * cos(y))
    imag = select(abs(x) > bound, whole.imag, cosh(x) * sin(y))
    real = select(abs(x).equals(INFINITY) & ~is_finite(y), x.constant(unsigned), real)
    return make_complex(select(bent, x, select(flat, sinh(x), real)), select(flat, y, imag))


def complex_cosh(z: Element) -> Element:
    x, y = z.real, z.imag
    bound = float(format_of(x).largest_exponent * 0.9)
    whole = _exp_times(make_complex(abs(x), y), -1)
    real = select(abs(x) > bound, whole.real, cosh(x) * cos(y))
    imag = select(abs(x) > bound, with_sign_of(x.constant(1), x) * whole.imag, sinh(x) * sin(y))
    # A zero part stays zero beside an infinity or NaN.
    imag = select(x.equals(0) & ~is_finite(y), x.constant(0), imag)
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
    endless, known = abs(x).equals(INFINITY), is_finite(y)
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
    unknown = y.is_nan() | (x.is_nan() & is_finite(y))
    imag = select(unknown, y.constant(np.nan), select(far, right_angle, imag))
    return make_complex(real, imag)


def complex_atan(z: Element) -> Element:
    return times_minus_i(complex_atanh(times_i(z)))
