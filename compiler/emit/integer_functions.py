"""Division, powers and shifts of integers by NumPy's rules, without traps or undefined results."""

from tessel.compiler.emit.element import Element, constant, select
from tessel.dialects.mlir import arith
from tessel.dialects.types import is_signed


def divide_truncated(lhs: Element, rhs: Element) -> tuple[Element, Element]:
    """Quotient toward zero and remainder; both 0 when `rhs` is 0, and lhs / -1 wraps around."""
    zero, one = lhs.constant(0), lhs.constant(1)
    if not is_signed(lhs.dtype):
        none = rhs.equals(0)
        divisor = select(none, one, rhs)
        quotient = lhs.with_value(arith.divui(lhs.value, divisor.value))
        return select(none, zero, quotient), select(none, zero, lhs - quotient * divisor)
    none, negates = rhs.equals(0), rhs.equals(-1)
    divisor = select(none | negates, one, rhs)
    quotient = lhs.with_value(arith.divsi(lhs.value, divisor.value))
    rest = lhs - quotient * divisor
    return select(none, zero, select(negates, -lhs, quotient)), rest


def divide_floored(lhs: Element, rhs: Element) -> tuple[Element, Element]:
    """Quotient toward minus infinity and remainder with the sign of `rhs`; 0 when `rhs` is 0."""
    quotient, rest = divide_truncated(lhs, rhs)
    if not is_signed(lhs.dtype):
        return quotient, rest
    corrects = rest.differs(0) & ((rest < 0) ^ (rhs < 0))
    return select(corrects, quotient - 1, quotient), select(corrects, rest + rhs, rest)


def power(base: Element, exponent: Element) -> Element:
    """base**exponent by squaring; the bits of a negative exponent count as those of a large one."""
    result = base.constant(1)
    square = base
    width = 8 * base.dtype.itemsize
    for index in range(width):
        takes = (exponent & (1 << index)).differs(0)
        result = select(takes, result * square, result)
        if index + 1 < width:
            square = square * square
    return result


def shift_left(lhs: Element, count: Element) -> Element:
    """lhs * 2**count; 0 when `count` is negative or at least the width."""
    inside, safe = _safe_count(lhs, count)
    return select(inside, lhs << safe, lhs.constant(0))


def shift_right(lhs: Element, count: Element) -> Element:
    """floor(lhs / 2**count); 0 or -1 when `count` is negative or at least the width."""
    inside, safe = _safe_count(lhs, count)
    beyond = lhs.constant(0)
    if is_signed(lhs.dtype):
        beyond = select(lhs < 0, lhs.constant(-1), beyond)
    return select(inside, lhs >> safe, beyond)


def _safe_count(lhs: Element, count: Element) -> tuple[Element, Element]:
    width = constant(8 * lhs.dtype.itemsize, count.dtype)
    below = arith.cmpi(arith.CmpIPredicate.ult, count.value, width.value)
    inside = (count.equals(count)).with_value(below)
    return inside, select(inside, count, count.constant(0))
