"""Lowerings of `dialects/bitwise.py`: what each op does to one element."""

from tessel.compiler.emit import integer_functions
from tessel.compiler.emit.element import Element
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.dialects import bitwise as ops


@lowers_elementwise(ops.BitwiseAnd)
def bitwise_and(lhs: Element, rhs: Element) -> Element:
    return lhs & rhs


@lowers_elementwise(ops.BitwiseOr)
def bitwise_or(lhs: Element, rhs: Element) -> Element:
    return lhs | rhs


@lowers_elementwise(ops.BitwiseXor)
def bitwise_xor(lhs: Element, rhs: Element) -> Element:
    return lhs ^ rhs


@lowers_elementwise(ops.BitwiseNot)
def bitwise_not(x: Element) -> Element:
    return ~x


@lowers_elementwise(ops.ShiftLeft)
def shift_left(lhs: Element, rhs: Element) -> Element:
    return integer_functions.shift_left(lhs, rhs)


@lowers_elementwise(ops.ShiftRight)
def shift_right(lhs: Element, rhs: Element) -> Element:
    return integer_functions.shift_right(lhs, rhs)
