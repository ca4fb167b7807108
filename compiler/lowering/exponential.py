"""Lowerings of `dialects/exponential.py`: what each op does to one element."""

from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.element import Element, in_float32
from tessel.dialects import exponential as ops
from tessel.dialects.mlir import math


@lowers_elementwise(ops.Exp)
def exp(x: Element) -> Element:
    return in_float32(lambda y: y.with_value(math.exp(y.value)), x)


@lowers_elementwise(ops.Sqrt)
def sqrt(x: Element) -> Element:
    return in_float32(lambda y: y.with_value(math.sqrt(y.value)), x)
