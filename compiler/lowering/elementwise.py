"""Lowerings of `dialects/elementwise.py`: what each op does to one element."""

import numpy as np

from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS, elementwise, lowers, lowers_elementwise
from tessel.compiler.lowering.element import Element, cast, in_float32, select
from tessel.dialects import elementwise as ops
from tessel.dialects.control_flow import array, scalar
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, math
from tessel.dialects.types import is_bool, is_float, is_integer, is_signed


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


@lowers_elementwise(ops.Less)
def less(lhs: Element, rhs: Element) -> Element:
    return lhs < rhs


@lowers_elementwise(ops.Exp)
def exp(x: Element) -> Element:
    return in_float32(lambda y: y.with_value(math.exp(y.value)), x)


@lowers_elementwise(ops.Sqrt)
def sqrt(x: Element) -> Element:
    return in_float32(lambda y: y.with_value(math.sqrt(y.value)), x)


@lowers_elementwise(ops.Select)
def select_element(condition: Element, on_true: Element, on_false: Element) -> Element:
    return select(condition, on_true, on_false)


@lowers_elementwise(ops.Cast)
def cast_element(x: Element, dtype: np.dtype) -> Element:
    return cast(x, dtype)


def lower_elementwise(op: OpInstance) -> ir.Value:
    """An elementwise op as one loop nest, or as scalar code on the host where that is enough."""
    function = ELEMENT_FUNCTIONS[op.cls]
    if is_host_arithmetic(op):
        elements = [Element(scalar(v), t.dtype) for v, t in zip(op.operands, op.operand_types)]
        return array(function(*elements, **op.attributes).value)
    return elementwise(
        op.operands,
        op.operand_types,
        op.result_types,
        lambda *elements: [function(*elements, **op.attributes)],
    )[0]


def is_host_arithmetic(op: OpInstance) -> bool:
    """Whether the op computes with sizes, counters or conditions: rank 0, integers and booleans.

    On the host such an op is free; as a kernel it would make a loop's condition wait for it.
    """
    types = [*op.operand_types, *op.result_types]
    return all(t.rank == 0 and (is_integer(t.dtype) or is_bool(t.dtype)) for t in types)


lowers(*ELEMENT_FUNCTIONS)(lower_elementwise)
