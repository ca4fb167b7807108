"""Sine, cosine, tangent and their inverses, of float32 and float64, from arithmetic alone.

An angle of any size is reduced by multiplying its mantissa with the digits of 2 / pi that matter at
its exponent (Payne and Hanek, "Radian reduction for trigonometric functions", 1983), in integers.
Those digits are chosen by selects instead of a table look-up, so that the code vectorises.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tessel.compiler.emit import math_tables as tables
from tessel.compiler.emit.element import (
    Element,
    cast,
    constant,
    fused_multiply_add,
    select,
    square_root,
    with_sign_of,
)
from tessel.compiler.emit.math_functions import INFINITY, NAN, format_of, polynomial

_UINT64 = np.dtype(np.uint64)
_INT64 = np.dtype(np.int64)
_FLOAT64 = np.dtype(np.float64)
_LOW_HALF = (1 << 32) - 1


@dataclass(frozen=True)
class _Window:
    """The digits of 2 / pi for one dtype: how many words of 32 are needed, and after what offset.

    `zeros` digits stand before the point, for the smallest exponent that is reduced; `positions`
    are the first words from which a window may begin.
    """

    words: int
    zeros: int
    positions: int
    limbs: int


_WINDOWS = {
    np.dtype(np.float32): _Window(words=3, zeros=26, positions=5, limbs=1),
    np.dtype(np.float64): _Window(words=6, zeros=55, positions=33, limbs=2),
}


@dataclass(frozen=True)
class ReducedAngle:
    """|x| = quadrant * pi / 2 + r + tail with |r| at most pi / 4; the quadrant modulo 4, uint64."""

    quadrant: Element
    r: Element
    tail: Element


def sin(x: Element) -> Element:
    """Sine."""
    angle = reduce_angle(x)
    odd = (angle.quadrant & 1).differs(0)
    y = select(odd, _cos_near_zero(angle), _sin_near_zero(angle))
    y = select((angle.quadrant & 2).differs(0), -y, y)
    return _where_finite(x, select(with_sign_of(x.constant(1), x) < 0, -y, y))


def cos(x: Element) -> Element:
    """Cosine."""
    angle = reduce_angle(x)
    odd = (angle.quadrant & 1).differs(0)
    y = select(odd, _sin_near_zero(angle), _cos_near_zero(angle))
    return _where_finite(x, select(((angle.quadrant + 1) & 2).differs(0), -y, y))


def tan(x: Element) -> Element:
    """Tangent."""
    angle = reduce_angle(x)
    odd = (angle.quadrant & 1).differs(0)
    sine, cosine = _sin_near_zero(angle), _cos_near_zero(angle)
    y = select(odd, -cosine, sine) / select(odd, sine, cosine)
    return _where_finite(x, select(with_sign_of(x.constant(1), x) < 0, -y, y))


def reduce_angle(x: Element) -> ReducedAngle:
    """|x| modulo pi / 2, to more digits than the dtype has."""
    magnitude = abs(x)
    high, low = _quarter_turns(magnitude)
    quadrant = (high + (1 << 61)) >> 62
    rest = cast(high - (quadrant << 62), _INT64)
    first, second = tables.HALF_PI[x.dtype]
    is_small = magnitude < float(np.pi / 4)
    quadrant = select(is_small, constant(0, _UINT64), quadrant)
    if x.dtype == np.float32:
        r = cast(rest, x.dtype) * 2.0**-62 * first
        return ReducedAngle(quadrant, select(is_small, magnitude, r), x.constant(0))
    turns = cast(rest, x.dtype)
    lost = cast(rest - cast(turns, _INT64), x.dtype) * 2.0**-62
    turns = turns * 2.0**-62
    lost = lost + cast(cast(low >> 1, _INT64), x.dtype) * 2.0**-125
    total = turns + lost
    lost = lost - (total - turns)
    r = total * first
    tail = fused_multiply_add(total, x.constant(first), -r) + (total * second + lost * first)
    zero = x.constant(0)
    return ReducedAngle(quadrant, select(is_small, magnitude, r), select(is_small, zero, tail))


def _quarter_turns(magnitude: Element) -> tuple[Element, Element]:
    """x * 2 / pi modulo 4 in units of 2**-126: the high and the low 64 bits."""
    form, window = format_of(magnitude), _WINDOWS[magnitude.dtype]
    bits = cast(magnitude.bits(form.unsigned), _UINT64)
    exponent = bits >> form.mantissa_bits
    implicit = 1 << form.mantissa_bits
    mantissa = (bits & (implicit - 1)) | implicit
    # Below 1/2 nothing is reduced, so any digits do.
    smallest = form.bias - 1
    position = select(exponent < smallest, constant(0, _UINT64), exponent - smallest)
    words = _digits_at(position, window)
    if window.limbs == 1:
        return _product(words, [mantissa])[0], constant(0, _UINT64)
    return _product(words, [mantissa & _LOW_HALF, mantissa >> 32])


def _digits_at(position: Element, window: _Window) -> list[Element]:
    """The words of 2 / pi, most significant first, that begin at a digit."""
    count = window.positions + window.words
    excess = tables.TWO_OVER_PI_DIGITS + window.zeros - 32 * count
    digits = tables.TWO_OVER_PI >> excess
    words = [
        constant((digits >> (32 * (count - 1 - index))) & _LOW_HALF, _UINT64)
        for index in range(count)
    ]
    step = 1 << ((window.positions - 1).bit_length() - 1)
    while step:
        chosen = (position & (32 * step)).differs(0)
        needed = window.words + step
        words = [
            select(chosen, words[index + step], words[index])
            if index + step < len(words)
            else words[index]
            for index in range(min(needed, len(words)))
        ]
        step //= 2
    shift = position & 31
    pairs = pairwise(words)
    return [(((left << 32) | right) << shift) >> 32 for left, right in pairs]


def _product(words: list[Element], limbs: list[Element]) -> tuple[Element, Element]:
    """The high 64 bits and the next 64 of limbs * words, modulo the width of `words`."""
    zero = constant(0, _UINT64)
    columns = [zero] * len(words)
    for limb_index, limb in enumerate(limbs):
        for word_index, word in enumerate(reversed(words)):
            column = limb_index + word_index
            if column >= len(words):
                continue
            product = limb * word
            columns[column] = columns[column] + (product & _LOW_HALF)
            if column + 1 < len(words):
                columns[column + 1] = columns[column + 1] + (product >> 32)
    carry = zero
    for index, column in enumerate(columns):
        total = column + carry
        columns[index], carry = total & _LOW_HALF, total >> 32
    high = (columns[-1] << 32) | columns[-2]
    low = (columns[-3] << 32) | columns[-4] if len(words) > 3 else zero
    return high, low


def _sin_near_zero(angle: ReducedAngle) -> Element:
    r, tail = angle.r, angle.tail
    z = r * r
    return r + fused_multiply_add(z * r, polynomial(z, tables.SIN_TAIL), tail * (1 - 0.5 * z))


def _cos_near_zero(angle: ReducedAngle) -> Element:
    r, tail = angle.r, angle.tail
    z = r * r
    half = 0.5 * z
    main = 1 - half
    return main + (((1 - main) - half) + (z * z * polynomial(z, tables.COS_TAIL) - r * tail))


def _where_finite(x: Element, y: Element) -> Element:
    return select(abs(x) < INFINITY, y, x.constant(NAN))


def asin(x: Element) -> Element:
    """Inverse sine."""
    small, y = _asin_parts(x)
    first, second = tables.HALF_PI[x.dtype]
    return with_sign_of(select(small, y, first - (2 * y - second)), x)


def acos(x: Element) -> Element:
    """Inverse cosine."""
    small, y = _asin_parts(x)
    first, second = tables.HALF_PI[x.dtype]
    center = first - (with_sign_of(y, x) - second)
    outer = select(x < 0, 2 * first - (2 * y - 2 * second), 2 * y)
    return select(small, center, outer)


def _asin_parts(x: Element) -> tuple[Element, Element]:
    """Whether |x| is at most 1/2, and asin of |x|, or else of sqrt((1 - |x|) / 2)."""
    magnitude = abs(x)
    small = magnitude <= 0.5
    z = select(small, magnitude * magnitude, 0.5 * (1 - magnitude))
    t = select(small, magnitude, square_root(z))
    return small, fused_multiply_add(t * z, polynomial(z, tables.ASIN_TAIL), t)


def atan(x: Element) -> Element:
    """Inverse tangent."""
    magnitude = abs(x)
    steep = magnitude > 1
    y = _atan_up_to_one(select(steep, 1 / magnitude, magnitude))
    first, second = tables.HALF_PI[x.dtype]
    y = with_sign_of(select(steep, first - (y - second), y), x)
    return select(x.is_nan(), x, y)


def atan2(y: Element, x: Element) -> Element:
    """The angle of the point (x, y)."""
    high, wide = abs(y), abs(x)
    steep = high > wide
    largest, least = select(steep, high, wide), select(steep, wide, high)
    ratio = least / select(largest.equals(0), x.constant(1), largest)
    ratio = select(least.equals(INFINITY), x.constant(1), ratio)
    angle = _atan_up_to_one(ratio)
    first, second = tables.HALF_PI[x.dtype]
    angle = select(steep, first - (angle - second), angle)
    behind = with_sign_of(x.constant(1), x) < 0
    angle = select(behind, 2 * first - (angle - 2 * second), angle)
    return select(x.is_nan() | y.is_nan(), x + y, with_sign_of(angle, y))


def _atan_up_to_one(t: Element) -> Element:
    """atan(t) for t in [0, 1]: the angle beyond pi / 4 where t is beyond tan(pi / 8)."""
    beyond = t > float(np.tan(np.pi / 8))
    u = select(beyond, (t - 1) / (t + 1), t)
    z = u * u
    y = fused_multiply_add(u * z, polynomial(z, tables.ATAN_TAIL), u)
    first, second = tables.HALF_PI[t.dtype]
    return select(beyond, 0.5 * first + (y + 0.5 * second), y)
