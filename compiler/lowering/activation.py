"""Lowerings of `dialects/activation.py`: what each activation does to one element."""

import math
from collections.abc import Callable

from tessel.compiler.emit.element import (
    Element,
    fused_multiply_add,
    in_float32,
    select,
    smaller,
)
from tessel.compiler.emit.math_functions import exp
from tessel.compiler.emit.math_functions_sigmoid import logistic, normal_cdf
from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS, lowers, lowers_elementwise
from tessel.compiler.lowering.elementwise import lower_elementwise
from tessel.dialects import activation as ops
from tessel.dialects.arithmetic import Abs, Maximum, Minimum
from tessel.dialects.base import TesselOp
from tessel.dialects.exponential import Expm1, Log1p


def _function(cls: type[TesselOp]) -> Callable[..., Element]:
    """What an elementwise op does to one element, as its own family registered it."""
    return lambda *elements: ELEMENT_FUNCTIONS[cls](*elements)


absolute, maximum, minimum = _function(Abs), _function(Maximum), _function(Minimum)
expm1, log1p = _function(Expm1), _function(Log1p)


@lowers_elementwise(ops.Relu)
def relu(x: Element) -> Element:
    return maximum(x, x.constant(0))


@lowers_elementwise(ops.Sigmoid)
def sigmoid(x: Element) -> Element:
    return in_float32(logistic, x)


@lowers_elementwise(ops.Silu)
def silu(x: Element) -> Element:
    return in_float32(lambda y: y * logistic(y), x)


@lowers_elementwise(ops.Gelu)
def gelu(x: Element, approximate: str) -> Element:
    function = _gelu_by_tanh if approximate == "tanh" else lambda y: y * normal_cdf(y)
    return in_float32(function, x)


@lowers_elementwise(ops.Softplus)
def softplus(x: Element) -> Element:
    return in_float32(_softplus, x)


@lowers_elementwise(ops.Elu)
def elu(x: Element, alpha: float) -> Element:
    return in_float32(lambda y: select(y > 0, y, expm1(y) * alpha), x)


@lowers_elementwise(ops.LeakyRelu)
def leaky_relu(x: Element, alpha: float) -> Element:
    return in_float32(lambda y: select(y > 0, y, y * alpha), x)


@lowers_elementwise(ops.HardSigmoid)
def hard_sigmoid(x: Element) -> Element:
    return in_float32(_hard_sigmoid, x)


@lowers_elementwise(ops.HardSwish)
def hard_swish(x: Element) -> Element:
    return in_float32(lambda y: y * _hard_sigmoid(y), x)


@lowers_elementwise(ops.Mish)
def mish(x: Element) -> Element:
    return in_float32(_mish, x)


@lowers_elementwise(ops.Softsign)
def softsign(x: Element) -> Element:
    return in_float32(lambda y: y / (absolute(y) + 1), x)


def _gelu_by_tanh(x: Element) -> Element:
    # (1 + tanh(u)) / 2 is sigmoid(2 u), which takes half as long and does not cancel.
    cubic = x + x * ops.TANH_GELU_CUBIC * x * x
    return x * logistic(cubic * (2 * math.sqrt(2 / math.pi)))


def _softplus(x: Element) -> Element:
    # Not log1p(exp(x)): that overflows for large x.
    return maximum(x, x.constant(0)) + log1p(exp(-absolute(x)))


def _mish(x: Element) -> Element:
    # tanh(log(1 + e)) is n / (n + 2) with n = e * e + 2 * e, which does not cancel; from 20 on 1.
    e = exp(smaller(x, x.constant(20)))
    n = fused_multiply_add(e, e, 2 * e)
    return x * (n / (n + 2))


def _hard_sigmoid(x: Element) -> Element:
    return minimum(maximum(x + 3, x.constant(0)), x.constant(6)) / 6


lowers(
    ops.Relu,
    ops.Sigmoid,
    ops.Silu,
    ops.Gelu,
    ops.Softplus,
    ops.Elu,
    ops.LeakyRelu,
    ops.HardSigmoid,
    ops.HardSwish,
    ops.Mish,
    ops.Softsign,
)(lower_elementwise)
