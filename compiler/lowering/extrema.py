"""Larger and smaller of two elements as NumPy has it: NaN wins."""

from tessel.compiler.lowering.element import Element
from tessel.dialects.mlir import arith
from tessel.dialects.types import is_float, is_signed


def maximum(lhs: Element, rhs: Element) -> Element:
    """The larger element; NaN when either is."""
    if is_float(lhs.dtype):
        return lhs.with_value(arith.maximumf(lhs.value, rhs.value))
    largest = arith.maxsi if is_signed(lhs.dtype) else arith.maxui
    return lhs.with_value(largest(lhs.value, rhs.value))


def minimum(lhs: Element, rhs: Element) -> Element:
    """The smaller element; NaN when either is."""
    if is_float(lhs.dtype):
        return lhs.with_value(arith.minimumf(lhs.value, rhs.value))
    smallest = arith.minsi if is_signed(lhs.dtype) else arith.minui
    return lhs.with_value(smallest(lhs.value, rhs.value))
