"""Significands and exponents of floats, exact: `numpy.frexp`, `ldexp`, `spacing`, `modf`.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any, NamedTuple

import numpy as np

from tessel.compiler.frontend.tracing.apply import Array, apply
from tessel.compiler.frontend.tracing.promotion import cast_to, promote_for
from tessel.dialects.conversion import Bitcast
from tessel.dialects.types import bfloat16, is_half


class _Format(NamedTuple):
    """The unsigned integer of the bits, the bits of the fraction, the exponent of 1."""

    unsigned: np.dtype
    fraction: int
    bias: int


_FORMATS = {
    np.dtype(np.float32): _Format(np.dtype(np.uint32), 23, 127),
    np.dtype(np.float64): _Format(np.dtype(np.uint64), 52, 1023),
}


def frexp(x: Array) -> tuple[Array, Array]:
    """`numpy.frexp`: significands in [0.5, 1) and int32 exponents of 2, 0 of what is not finite."""
    (x,), dtype = promote_for(np.frexp, (x,))
    wide: Any = cast_to(x, np.float32) if is_half(dtype) else x
    unsigned, fraction, bias = _FORMATS[wide.dtype]
    is_normal = np.abs(wide) >= np.finfo(wide.dtype).smallest_normal
    shift = fraction + 2
    bits: Any = apply(Bitcast, np.where(is_normal, wide, wide * 2.0**shift), dtype=unsigned)
    exponent = cast_to((bits >> fraction) & (2 * bias + 1), np.int32)
    exponent = exponent - np.where(is_normal, bias - 1, bias - 1 + shift)
    kept = (1 << fraction) - 1 | 1 << (8 * unsigned.itemsize - 1)
    significand = apply(Bitcast, bits & kept | ((bias - 1) << fraction), dtype=wide.dtype)
    is_itself = (wide == 0) | ~np.isfinite(wide)
    significand = np.where(is_itself, wide, significand)
    return cast_to(significand, dtype), cast_to(np.where(is_itself, 0, exponent), np.int32)


def ldexp(x1: Array, x2: Array) -> Array:
    """`numpy.ldexp`: x1 times 2 to the power of integers x2, rounded once."""
    (x, n), dtype = promote_for(np.ldexp, (x1, x2))
    exponent: Any = cast_to(n, np.int64)
    if dtype != np.float64:  # float64 holds all of these products
        power = _power_of_two(np.clip(exponent, -400, 400))
        return cast_to(cast_to(x, np.float64) * power, dtype)
    # In steps, of which all but the last are exact: down by 2**-1022 with 53 bits to spare.
    for _ in range(2):
        up, down = exponent > 1023, exponent < -1022
        x = x * np.where(up, 2.0**1023, np.where(down, 2.0**-969, 1.0))
        exponent = exponent - np.where(up, 1023, np.where(down, -969, 0))
    return x * _power_of_two(np.clip(exponent, -1022, 1023))


def spacing(x: Array) -> Array:
    """`numpy.spacing`: the distance to the next larger magnitude, with the sign of x.

    As in NumPy that of float16 is the distance to the next larger number.
    """
    (x,), dtype = promote_for(np.spacing, (x,))
    infinity = cast_to(np.inf, dtype)
    if dtype == np.float16:
        gap = np.nextafter(x, infinity) - x
        return np.where(np.isinf(x), cast_to(np.nan, dtype), gap)
    size: Any = np.abs(x)
    gap = np.nextafter(size, infinity) - size
    is_negative = np.signbit(x) if dtype == bfloat16 else x < 0  # NumPy's -0.0 has that of 0.0
    return np.where(is_negative, -gap, gap)


def modf(x: Array) -> tuple[Array, Array]:
    """`numpy.modf`: fractional and whole part, both with the sign of x."""
    (x,), _ = promote_for(np.modf, (x,))
    whole = np.trunc(x)
    part = np.where(np.isinf(x), cast_to(0, x.dtype), x - whole)
    return np.copysign(part, x), whole


def _power_of_two(exponent: Array) -> Array:
    """2.0 to the power of int64 exponents from -1022 to 1023."""
    return apply(Bitcast, (exponent + 1023) << 52, dtype=np.dtype(np.float64))
