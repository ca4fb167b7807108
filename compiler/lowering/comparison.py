"""Lowerings of `dialects/comparison.py`: what each op does to one element."""

import numpy as np

from tessel.compiler.emit import complex_functions
from tessel.compiler.emit.element import Element, cast, constant, select
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.dialects import comparison as ops
from tessel.dialects.types import is_complex, is_float, is_half


@lowers_elementwise(ops.Equal)
def equal(lhs: Element, rhs: Element) -> Element:
    return lhs.equals(rhs)


@lowers_elementwise(ops.NotEqual)
def not_equal(lhs: Element, rhs: Element) -> Element:
    return lhs.differs(rhs)


@lowers_elementwise(ops.Less)
def less(lhs: Element, rhs: Element) -> Element:
    return complex_functions.less(lhs, rhs) if is_complex(lhs.dtype) else lhs < rhs


@lowers_elementwise(ops.LessEqual)
def less_equal(lhs: Element, rhs: Element) -> Element:
    return complex_functions.less_equal(lhs, rhs) if is_complex(lhs.dtype) else lhs <= rhs


@lowers_elementwise(ops.Greater)
def greater(lhs: Element, rhs: Element) -> Element:
    return less(rhs, lhs)


@lowers_elementwise(ops.GreaterEqual)
def greater_equal(lhs: Element, rhs: Element) -> Element:
    return less_equal(rhs, lhs)


@lowers_elementwise(ops.IsNan)
def is_nan(x: Element) -> Element:
    if is_complex(x.dtype):
        return x.real.is_nan() | x.imag.is_nan()
    return x.is_nan() if is_float(x.dtype) else _answer(False)


@lowers_elementwise(ops.IsInf)
def is_inf(x: Element) -> Element:
    if is_complex(x.dtype):
        return is_inf(x.real) | is_inf(x.imag)
    return abs(_wide(x)).equals(np.inf) if is_float(x.dtype) else _answer(False)


@lowers_elementwise(ops.IsFinite)
def is_finite(x: Element) -> Element:
    if is_complex(x.dtype):
        return is_finite(x.real) & is_finite(x.imag)
    return abs(_wide(x)) < np.inf if is_float(x.dtype) else _answer(True)


@lowers_elementwise(ops.SignBit)
def sign_bit(x: Element) -> Element:
    return x.bits(np.dtype(f"int{8 * x.dtype.itemsize}")) < 0


@lowers_elementwise(ops.Select)
def select_element(condition: Element, on_true: Element, on_false: Element) -> Element:
    choose = complex_functions.choose if is_complex(on_true.dtype) else select
    return choose(condition, on_true, on_false)


def _wide(x: Element) -> Element:
    return cast(x, np.dtype(np.float32)) if is_half(x.dtype) else x


def _answer(truth: bool) -> Element:
    return constant(truth, np.dtype(np.bool_))
