"""Special functions: those of probability (gamma, erfc) and of physics (Bessel).

All are computed in float64 and rounded once: relative errors are below 1e-14 in float64, and half
an ulp of narrower dtypes. Around the roots of `lgamma` and `digamma` left of 0 the error is
relative to 1.
"""

import math
from collections.abc import Callable

import numpy as np

from tessel.dialects.base import Operand, Result
from tessel.dialects.elementwise import ElementwiseOp
from tessel.dialects.types import is_float

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""B2, B4, ...: coefficients of the asymptotic series of digamma."""


def by_element(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    """A function of Python's numbers, in float64 and rounded once."""
    return np.vectorize(function, otypes=[np.float64])(np.float64(x)).astype(x.dtype)


def _erfcx(x: float) -> float:
    if x < 20:
        # The rounding of the square would count.
        square = np.longdouble(x) ** 2
        return math.inf if x < -26.7 else float(np.exp(square) * math.erfc(x))
    total, term = 0.0, 1.0
    for order in range(1, 12):
        total, term = total + term, -term * (2 * order - 1) / (2 * x * x)
    return total / (x * math.sqrt(math.pi))


def _gamma(x: float) -> float:
    if x == 0:
        return math.copysign(math.inf, x)
    if x == -math.inf or (x < 0 and x == math.floor(x)):
        return math.nan
    try:
        return math.gamma(x)
    except OverflowError:  # far right of 0, and beside it
        return math.copysign(math.inf, x)


def _lgamma(x: float) -> float:
    if math.isinf(x) or abs(x) > 2e305 or (x <= 0 and x == math.floor(x)):
        return math.inf
    if abs(x - 1) < 0.25:
        return _lgamma_beside_one(x - 1)
    if abs(x - 2) < 0.25:
        return math.log1p(x - 2) + _lgamma_beside_one(x - 2)
    return math.lgamma(x)


def _lgamma_beside_one(z: float) -> float:
    """The power series of ln(gamma(1 + z)): the digits of Python's own are not relative to it."""
    terms = [_ZETA[order] * (-z) ** order / order for order in _ZETA]
    return math.fsum([-float(np.euler_gamma) * z, *terms])


def _zeta(s: int) -> float:
    """The sum of n**-s, by Euler and Maclaurin's formula from 100 on."""
    first = [float(n) ** -s for n in range(1, 100)]
    rest = [100.0 ** (1 - s) / (s - 1), 0.5 * 100.0**-s, s * 100.0 ** (-s - 1) / 12]
    return math.fsum([*first, *rest, -s * (s + 1) * (s + 2) * 100.0 ** (-s - 3) / 720])


_ZETA = {order: _zeta(order) for order in range(2, 40)}


def _digamma(x: float) -> float:
    if x == 0:
        return -math.copysign(math.inf, x)
    if math.isinf(x) or math.isnan(x):
        return math.inf if x > 0 else math.nan
    if x < 0:
        rest = x - round(x)
        return math.nan if rest == 0 else _digamma(1 - x) - math.pi / math.tan(math.pi * rest)
    # Extended precision, since terms of the recurrence cancel near the root.
    wide, shifted = np.longdouble(x), np.longdouble(0)
    while wide < 20:
        shifted, wide = shifted - 1 / wide, wide + 1
    series = sum(b / (2 * k * wide ** (2 * k)) for k, b in enumerate(_BERNOULLI, 1))
    return float(shifted + np.log(wide) - 1 / (2 * wide) - series)


def _bessel(order: int) -> Callable[[float], float]:
    """e**-|x| I(x), by its integral over half a turn: the trapezoidal rule converges at once.

    Near 0 by the power series, and far out by the asymptotic one.
    """

    def function(x: float) -> float:
        a = abs(x)
        if not math.isfinite(x):
            value = 1 / a
        elif a < 1:
            value = math.fsum(
                (a / 2) ** (2 * k + order) / (math.factorial(k) * math.factorial(k + order))
                for k in range(14)
            )
            value *= math.exp(-a)
        elif a < 500:
            turns = np.arange(512) * (np.pi / 512)
            inner = np.exp(a * (np.cos(turns[1:]) - 1)) * np.cos(order * turns[1:])
            ends = (1 + (-1) ** order * math.exp(-2 * a)) / 2
            value = (math.fsum(inner) + ends) / 512
        else:
            total, term = 0.0, 1.0
            for k in range(1, 12):
                total, term = total + term, -term * (4 * order - (2 * k - 1) ** 2) / (8 * a * k)
            value = total / math.sqrt(2 * math.pi) / math.sqrt(a)
        return math.copysign(value, x) if order else value

    return function


class Erfc(ElementwiseOp, name="erfc"):
    """Complementary error function.

    Semantics: result[i] = 1 - erf(x[i]), with as many digits where that is near 0.
    (C2) Floating point.
    Source: C99 `erfc`.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(math.erfc, x)


class Erfcx(ElementwiseOp, name="erfcx"):
    """Complementary error function, scaled.

    Semantics: result[i] = e ** (x[i] ** 2) * erfc(x[i]).
    (C2) Floating point.
    Source: SciPy `scipy.special.erfcx`.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(_erfcx, x)


class Gamma(ElementwiseOp, name="gamma"):
    """Gamma function.

    Semantics: result[i] = integral of t ** (x[i] - 1) e ** -t from 0 on, and what continues it left
    of 0; NaN at negative whole numbers, infinity with the sign of x[i] at 0.
    (C2) Floating point.
    Source: C99 `tgamma`.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(_gamma, x)


class Lgamma(ElementwiseOp, name="lgamma"):
    """Logarithm of the absolute value of the gamma function.

    Semantics: result[i] = ln |gamma(x[i])|; infinity at 0 and at negative whole numbers.
    (C2) Floating point.
    Source: C99 `lgamma`.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(_lgamma, x)


class Digamma(ElementwiseOp, name="digamma"):
    """Derivative of the logarithm of the gamma function.

    Semantics: result[i] = gamma'(x[i]) / gamma(x[i]); NaN at negative whole numbers.
    (C2) Floating point.
    Source: NIST Digital Library of Mathematical Functions, 5.2.2, 5.5.2 and 5.11.2.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(_digamma, x)


class BesselI0e(ElementwiseOp, name="bessel_i0e"):
    """Modified Bessel function of order 0, scaled.

    Semantics: result[i] = e ** -|x[i]| I0(x[i]).
    (C2) Floating point.
    Source: NIST Digital Library of Mathematical Functions, 10.32.1 and 10.40.1.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(_bessel(0), x)


class BesselI1e(ElementwiseOp, name="bessel_i1e"):
    """Modified Bessel function of order 1, scaled.

    Semantics: result[i] = e ** -|x[i]| I1(x[i]).
    (C2) Floating point.
    Source: NIST Digital Library of Mathematical Functions, 10.32.3 and 10.40.1.
    """

    dtypes = staticmethod(is_float)
    x: Operand
    result: Result

    @staticmethod
    def reference(x: np.ndarray) -> np.ndarray:
        return by_element(_bessel(1), x)
