"""Lowerings of `dialects/arithmetic.py`: what each op does to one element."""

from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.element import Element
from tessel.dialects import arithmetic as ops
from tessel.dialects.mlir import arith
from tessel.dialects.types import is_float, is_signed


@lowers_elementwise(ops.Add)
def add(lhs: Element, rhs: Element) -> Element:
    return lhs + rhs


@lowers_elementwise(ops.Subtract)
def subtract(lhs: Element, rhs: Element) -> Element:
    return lhs - rhs


@lowers_elementwise(ops.Multiply)
def multiply(lhs: Element, rhs: Element) -> Element:
    return lhs * rhs


@lowers_elementwise(ops.Divide)
def divide(lhs: Element, rhs: Element) -> Element:
    return lhs / rhs


@lowers_elementwise(ops.Maximum)
def maximum(lhs: Element, rhs: Element) -> Element:
    if is_float(lhs.dtype):
        return lhs.with_value(arith.maximumf(lhs.value, rhs.value))
    largest = arith.maxsi if is_signed(lhs.dtype) else arith.maxui
    return lhs.with_value(largest(lhs.value, rhs.value))
