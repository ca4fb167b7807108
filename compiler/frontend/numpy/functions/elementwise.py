"""Elementwise functions: one line for each ufunc that is one op, the others written out.

`unary` and `binary` give NumPy's own promotion to the op.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError
from tessel.compiler.frontend.numpy.functions.single_ops import (
    ElementwiseFunction,
    binary,
    comparing,
    named,
    unary,
)
from tessel.compiler.frontend.tracing.apply import Array, apply
from tessel.compiler.frontend.tracing.promotion import (
    cast_to,
    common_dtype,
    dtype_of,
    promote_choices,
    promote_for,
    side_of_range,
)
from tessel.compiler.frontend.tracing.run_time_checks import check_not_negative
from tessel.compiler.locations import user_location
from tessel.dialects import arithmetic, bitwise, comparison, conversion, exponential, trigonometric
from tessel.dialects.base import TesselOp
from tessel.dialects.types import is_bool, is_complex, is_float, is_integer, is_signed

_LOG_2 = 0.6931471805599453


add = binary(np.add, arithmetic.Add)
subtract = binary(np.subtract, arithmetic.Subtract)
multiply = binary(np.multiply, arithmetic.Multiply)
divide = binary(np.divide, arithmetic.Divide)
floor_divide = binary(np.floor_divide, arithmetic.FloorDivide)
remainder = binary(np.remainder, arithmetic.Remainder)
fmod = binary(np.fmod, arithmetic.Fmod)
negative = unary(np.negative, arithmetic.Negate)
maximum = binary(np.maximum, arithmetic.Maximum)
minimum = binary(np.minimum, arithmetic.Minimum)
hypot = binary(np.hypot, arithmetic.Hypot)
copysign = binary(np.copysign, arithmetic.Copysign)
nextafter = binary(np.nextafter, arithmetic.Nextafter)
exp = unary(np.exp, exponential.Exp)
exp2 = unary(np.exp2, exponential.Exp2)
expm1 = unary(np.expm1, exponential.Expm1)
log = unary(np.log, exponential.Log)
log1p = unary(np.log1p, exponential.Log1p)
log2 = unary(np.log2, exponential.Log2)
log10 = unary(np.log10, exponential.Log10)
logaddexp = binary(np.logaddexp, exponential.Logaddexp)
sqrt = unary(np.sqrt, exponential.Sqrt)
cbrt = unary(np.cbrt, exponential.Cbrt)
sin = unary(np.sin, trigonometric.Sin)
cos = unary(np.cos, trigonometric.Cos)
tan = unary(np.tan, trigonometric.Tan)
asin = unary(np.arcsin, trigonometric.Asin)
acos = unary(np.arccos, trigonometric.Acos)
atan = unary(np.arctan, trigonometric.Atan)
sinh = unary(np.sinh, trigonometric.Sinh)
cosh = unary(np.cosh, trigonometric.Cosh)
tanh = unary(np.tanh, trigonometric.Tanh)
asinh = unary(np.arcsinh, trigonometric.Asinh)
acosh = unary(np.arccosh, trigonometric.Acosh)
atanh = unary(np.arctanh, trigonometric.Atanh)
atan2 = binary(np.arctan2, trigonometric.Atan2)
less = comparing(np.less, comparison.Less)
less_equal = comparing(np.less_equal, comparison.LessEqual)
greater = comparing(np.greater, comparison.Greater)
greater_equal = comparing(np.greater_equal, comparison.GreaterEqual)
equal = comparing(np.equal, comparison.Equal)
not_equal = comparing(np.not_equal, comparison.NotEqual)
bitwise_and = binary(np.bitwise_and, bitwise.BitwiseAnd)
bitwise_or = binary(np.bitwise_or, bitwise.BitwiseOr)
bitwise_xor = binary(np.bitwise_xor, bitwise.BitwiseXor)
bitwise_invert = unary(np.invert, bitwise.BitwiseNot)
bitwise_left_shift = binary(np.left_shift, bitwise.ShiftLeft)
bitwise_right_shift = binary(np.right_shift, bitwise.ShiftRight)


def power(base: Array, exponent: Array) -> Array:
    """`numpy.power`: small whole exponents known when tracing become products.

    Integers to negative powers raise ValueError.
    """
    (x, y), result = promote_for(np.power, (base, exponent))
    if is_signed(result):
        check_not_negative(y, "Integers to negative integer powers are not allowed.")
    if type(exponent) in (int, float) and not is_complex(result):
        small = _SMALL_POWERS.get(exponent)
        if small is not None:
            return small(x)
    return apply(arithmetic.Power, x, y)


def power_operator(base: Array, exponent: Array) -> Array:
    """`base ** exponent`, for which NumPy has faster functions of some Python numbers."""
    dtype = dtype_of(base)
    if type(exponent) not in (int, float):
        return power(base, exponent)
    if exponent == 2 and (is_bool(dtype) or is_complex(dtype)):
        return square(base)
    if is_complex(dtype) and exponent == -1:
        return reciprocal(base)
    if exponent == 0.5 and dtype.kind in "fc":
        return sqrt(base)
    return power(base, exponent)


def square(x: Array) -> Array:
    """`numpy.square`."""
    (x,), _ = promote_for(np.square, (x,))
    return apply(arithmetic.Multiply, x, x)


def reciprocal(x: Array) -> Array:
    """`numpy.reciprocal`: an integer's is 0, but for 1 and -1; of 0 what infinity is cast to."""
    (x,), result = promote_for(np.reciprocal, (x,))
    one = np.ones((), result)
    op = arithmetic.Divide if is_float(result) or is_complex(result) else arithmetic.FloorDivide
    if is_complex(result):
        return _complex_reciprocal(x)
    if op is arithmetic.Divide:
        return apply(op, one, x)
    exact = apply(comparison.Equal, apply(arithmetic.Abs, x), one)
    of_zero = conversion.Cast.reference(np.array(np.inf), result)
    is_zero = apply(comparison.Equal, x, np.zeros((), result))
    rest = apply(comparison.Select, is_zero, of_zero, np.zeros((), result))
    return apply(comparison.Select, exact, x, rest)


def _complex_reciprocal(x: Array) -> Array:
    """By Smith's method, as NumPy has it: NaN for 0."""
    real, imag = apply(conversion.Real, x), apply(conversion.Imag, x)
    wide = less_equal(abs(imag), abs(real))
    large, small = where(wide, real, imag), where(wide, imag, real)
    ratio = divide(small, large)
    divisor = add(large, multiply(small, ratio))
    parts = divide(where(wide, 1.0, ratio), divisor), divide(where(wide, ratio, 1.0), divisor)
    return apply(conversion.Complex, parts[0], negative(parts[1]))


def positive(x: Array) -> Array:
    """`numpy.positive`: a copy."""
    (x,), _ = promote_for(np.positive, (x,))
    return apply(conversion.Cast, x, dtype=dtype_of(x))


def abs(x: Array) -> Array:
    """`numpy.absolute`: the modulus of complex numbers."""
    if dtype_of(x) == np.bool_:
        return cast_to(x, np.bool_)
    (x,), _ = promote_for(np.absolute, (x,))
    return apply(arithmetic.Abs, x)


def sign(x: Array) -> Array:
    """`numpy.sign`: of a complex number, the number of modulus 1 in its direction."""
    (x,), _ = promote_for(np.sign, (x,))
    return apply(arithmetic.Sign, x)


def _rounding(numpy_function: np.ufunc, op: type[TesselOp]) -> ElementwiseFunction:
    """Integers and booleans are whole already."""

    def function(x: Array) -> Array:
        (x,), result = promote_for(numpy_function, (x,))
        if is_complex(result):
            parts = [apply(op, apply(part, x)) for part in (conversion.Real, conversion.Imag)]
            return apply(conversion.Complex, *parts)
        return apply(op, x) if is_float(result) else apply(conversion.Cast, x, dtype=result)

    return named(function, numpy_function)


floor = _rounding(np.floor, arithmetic.Floor)
ceil = _rounding(np.ceil, arithmetic.Ceil)
trunc = _rounding(np.trunc, arithmetic.Trunc)
rint = _rounding(np.rint, arithmetic.Rint)


def round(x: Array, decimals: int = 0, out: Any = None) -> Array:
    """`numpy.round`: to the nearest even, at a number of decimals."""
    dtype = dtype_of(x)
    if is_integer(dtype):
        if decimals >= 0:
            return positive(x)
        wide = round(cast_to(x, np.float64), decimals)
        return apply(conversion.Cast, wide, dtype=dtype)
    if decimals == 0:
        return rint(x)
    if is_bool(dtype):
        message = f"numpy.round of bool to {decimals} decimals"
        raise DTypeError(message, location=user_location(), hint="cast it with .astype")
    if is_complex(dtype):
        parts = [round(apply(part, x), decimals) for part in (conversion.Real, conversion.Imag)]
        return apply(conversion.Complex, *parts)
    with np.errstate(over="ignore"):
        scale = np.power(10.0, np.abs(decimals)).astype(dtype)
    first, last = (multiply, divide) if decimals > 0 else (divide, multiply)
    return last(rint(first(x, scale)), scale)


def _classifying(numpy_function: np.ufunc, op: type[TesselOp], whole: bool) -> ElementwiseFunction:
    """A test of floats that is `whole` for all integers and booleans."""

    def function(x: Array) -> Array:
        dtype = dtype_of(x)
        if is_float(dtype) or is_complex(dtype):
            return apply(op, cast_to(x, dtype))
        compare = comparison.Equal if whole else comparison.NotEqual
        same = cast_to(x, dtype)
        return apply(compare, same, same)

    return named(function, numpy_function)


isnan = _classifying(np.isnan, comparison.IsNan, False)
isinf = _classifying(np.isinf, comparison.IsInf, False)
isfinite = _classifying(np.isfinite, comparison.IsFinite, True)


def signbit(x: Array) -> Array:
    """`numpy.signbit`: whether a number is negative, also of -0.0."""
    dtype = dtype_of(x)
    if is_float(dtype):
        return apply(comparison.SignBit, cast_to(x, dtype))
    return less(x, 0)


def _truth(x: Array) -> Array:
    return cast_to(x, np.bool_)


def logical_and(x: Array, y: Array) -> Array:
    """`numpy.logical_and`: nonzero is true."""
    return apply(bitwise.BitwiseAnd, _truth(x), _truth(y))


def logical_or(x: Array, y: Array) -> Array:
    """`numpy.logical_or`: nonzero is true."""
    return apply(bitwise.BitwiseOr, _truth(x), _truth(y))


def logical_xor(x: Array, y: Array) -> Array:
    """`numpy.logical_xor`: nonzero is true."""
    return apply(bitwise.BitwiseXor, _truth(x), _truth(y))


def logical_not(x: Array) -> Array:
    """`numpy.logical_not`: zero is true."""
    return apply(bitwise.BitwiseNot, _truth(x))


def conj(x: Array) -> Array:
    """`numpy.conjugate`: of real numbers, themselves."""
    (x,), result = promote_for(np.conjugate, (x,))
    return apply(conversion.Conjugate, x) if is_complex(result) else positive(x)


def real(x: Array) -> Array:
    """`numpy.real`."""
    if is_complex(dtype_of(x)):
        return apply(conversion.Real, x)
    return apply(conversion.Cast, x, dtype=dtype_of(x))


def imag(x: Array) -> Array:
    """`numpy.imag`: 0 for real numbers."""
    if is_complex(dtype_of(x)):
        return apply(conversion.Imag, x)
    return multiply(cast_to(x, dtype_of(x)), np.zeros((), dtype_of(x)))


def angle(z: Array, deg: bool = False) -> Array:
    """`numpy.angle`: the argument of complex numbers, in radians or degrees."""
    phase = atan2(imag(z) if is_complex(dtype_of(z)) else 0, real(z))
    return multiply(phase, 180 / np.pi) if deg else phase


def where(condition: Array, x: Array, y: Array) -> Array:
    """`numpy.where` with three arguments: x where the condition holds, else y."""
    on_true, on_false = promote_choices(x, y)
    return apply(comparison.Select, _truth(condition), on_true, on_false)


def clip(
    x: Array,
    /,
    min: Array = None,
    max: Array = None,
    *,
    a_min: Array = None,
    a_max: Array = None,
) -> Array:
    """`numpy.clip`: elements below `min` become it, then those above `max` become that."""
    low, high = a_min if min is None else min, a_max if max is None else max
    dtype = dtype_of(x)
    # A Python integer beyond the dtype bounds nothing.
    low = None if side_of_range(low, dtype) < 0 else low
    high = None if side_of_range(high, dtype) > 0 else high
    result = x if low is None else maximum(x, low)
    result = result if high is None else minimum(result, high)
    return positive(x) if low is None and high is None else result


def heaviside(x: Array, h: Array) -> Array:
    """`numpy.heaviside`: 0 below zero, h at zero, 1 above, NaN at NaN."""
    (x, h), result = promote_for(np.heaviside, (x, h))
    step = where(less(x, 0), np.zeros((), result), np.ones((), result))
    return where(isnan(x), x, where(equal(x, 0), h, step))


def fmax(x: Array, y: Array) -> Array:
    """`numpy.fmax`: the larger, and a number rather than NaN."""
    (x, y), result = promote_for(np.fmax, (x, y))
    if is_complex(result):
        return where(logical_or(greater_equal(x, y), isnan(y)), x, y)
    largest = maximum(x, y)
    return where(isnan(x), y, where(isnan(y), x, largest)) if is_float(result) else largest


def fmin(x: Array, y: Array) -> Array:
    """`numpy.fmin`: the smaller, and a number rather than NaN."""
    (x, y), result = promote_for(np.fmin, (x, y))
    if is_complex(result):
        return where(logical_or(less_equal(x, y), isnan(y)), x, y)
    smallest = minimum(x, y)
    return where(isnan(x), y, where(isnan(y), x, smallest)) if is_float(result) else smallest


def float_power(x: Array, y: Array) -> Array:
    """`numpy.float_power`: in float64 or complex128."""
    wide = np.complex128 if is_complex(common_dtype(x, y)) else np.float64
    return power(cast_to(x, wide), cast_to(y, wide))


def logaddexp2(x: Array, y: Array) -> Array:
    """`numpy.logaddexp2`: log2(2**x + 2**y)."""
    (x, y), _ = promote_for(np.logaddexp2, (x, y))
    return divide(logaddexp(multiply(x, _LOG_2), multiply(y, _LOG_2)), _LOG_2)


def deg2rad(x: Array) -> Array:
    """`numpy.deg2rad`."""
    (x,), dtype = promote_for(np.deg2rad, (x,))
    return multiply(x, cast_to(np.pi / 180, dtype))


def rad2deg(x: Array) -> Array:
    """`numpy.rad2deg`."""
    (x,), dtype = promote_for(np.rad2deg, (x,))
    return multiply(x, cast_to(180 / np.pi, dtype))


def fabs(x: Array) -> Array:
    """`numpy.fabs`: the absolute value, as a float."""
    (x,), _ = promote_for(np.fabs, (x,))
    return apply(arithmetic.Abs, x)


def divmod(x: Array, y: Array) -> tuple[Array, Array]:
    """`numpy.divmod`: quotient rounded down, and remainder."""
    return floor_divide(x, y), remainder(x, y)


_SMALL_POWERS: dict[Any, ElementwiseFunction] = {
    1: positive,
    2: square,
    3: lambda x: multiply(square(x), x),
    4: lambda x: square(square(x)),
}
