"""Lowerings of `dialects/comparison.py`: what each op does to one element."""

from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.element import Element, select
from tessel.dialects import comparison as ops


@lowers_elementwise(ops.Less)
def less(lhs: Element, rhs: Element) -> Element:
    return lhs < rhs


@lowers_elementwise(ops.Select)
def select_element(condition: Element, on_true: Element, on_false: Element) -> Element:
    return select(condition, on_true, on_false)
