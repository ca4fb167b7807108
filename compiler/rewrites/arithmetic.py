"""Identities of arithmetic that hold for every input, NaN, infinities and -0.0 included."""

from typing import Any

import numpy as np

from tessel.compiler.rewrites.base import rule
from tessel.compiler.rewrites.constants import filled_like, splat_of
from tessel.dialects.activation import Relu
from tessel.dialects.arithmetic import (
    Abs,
    Add,
    Ceil,
    Divide,
    Floor,
    FloorDivide,
    Maximum,
    Minimum,
    Multiply,
    Negate,
    Power,
    Rint,
    Subtract,
    Trunc,
)
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, is_complex, is_float, is_integer


@rule(Add)
def add_zero(op: OpInstance) -> ir.Value | None:
    """x + 0  ->  x for integers;  x + -0.0  ->  x for floats (x + 0.0 turns -0.0 into 0.0)"""
    return _drop(op, 0 if is_integer(op.result_type.dtype) else -0.0, both_sides=True)


@rule(Subtract)
def subtract_zero(op: OpInstance) -> ir.Value | None:
    """x - 0  ->  x"""
    return _drop(op, 0)


@rule(Multiply)
def multiply_by_one(op: OpInstance) -> ir.Value | None:
    """x * 1  ->  x"""
    return _drop(op, 1, both_sides=True)


@rule(Divide, FloorDivide)
def divide_by_one(op: OpInstance) -> ir.Value | None:
    """x / 1  ->  x;  x // 1  ->  x for integers"""
    if op.cls is FloorDivide and not is_integer(op.result_type.dtype):
        return None
    return _drop(op, 1)


@rule(Power)
def small_power(op: OpInstance) -> ir.Value | None:
    """power(x, 1)  ->  x;  power(x, 2)  ->  x * x"""
    x, exponent = op.operands
    if ArrayType.of(x) != op.result_type or is_complex(op.result_type.dtype):
        return None
    splat = splat_of(exponent)
    if splat is None:
        return None
    if splat == 1:
        return x
    return Multiply.build(x, x) if splat == 2 else None


@rule(Multiply)
def multiply_by_zero(op: OpInstance) -> ir.Value | None:
    """x * 0  ->  0 for integers (for floats, NaN * 0 is NaN)"""
    if not is_integer(op.result_type.dtype):
        return None
    if not any(_is_number(value, 0) for value in op.operands):
        return None
    return filled_like(op.result_type, 0)


@rule(Subtract)
def subtract_itself(op: OpInstance) -> ir.Value | None:
    """x - x  ->  0 for integers"""
    lhs, rhs = op.operands
    if lhs != rhs or not is_integer(op.result_type.dtype):
        return None
    return filled_like(op.result_type, 0)


@rule(Maximum, Minimum)
def extremum_of_itself(op: OpInstance) -> ir.Value | None:
    """maximum(x, x)  ->  x;  minimum(x, x)  ->  x"""
    return op.operands[0] if op.operands[0] == op.operands[1] else None


@rule(Negate)
def cancel_negations(op: OpInstance) -> ir.Value | None:
    """-(-x)  ->  x"""
    inner = defining_op(op.operands[0], Negate)
    return None if inner is None else inner.operands[0]


@rule(Add)
def add_negated(op: OpInstance) -> ir.Value | None:
    """x + -y  ->  x - y;  -y + x  ->  x - y"""
    lhs, rhs = op.operands
    if (inner := defining_op(rhs, Negate)) is not None:
        return Subtract.build(lhs, inner.operands[0])
    if (inner := defining_op(lhs, Negate)) is not None:
        return Subtract.build(rhs, inner.operands[0])
    return None


@rule(Subtract)
def subtract_negated(op: OpInstance) -> ir.Value | None:
    """x - -y  ->  x + y"""
    lhs, rhs = op.operands
    inner = defining_op(rhs, Negate)
    return None if inner is None else Add.build(lhs, inner.operands[0])


@rule(Multiply)
def multiply_negated(op: OpInstance) -> ir.Value | None:
    """-x * -y  ->  x * y"""
    lhs, rhs = (defining_op(value, Negate) for value in op.operands)
    if lhs is None or rhs is None or is_complex(op.result_type.dtype):
        return None
    return Multiply.build(lhs.operands[0], rhs.operands[0])


@rule(Abs)
def absolute_negated(op: OpInstance) -> ir.Value | None:
    """abs(-x)  ->  abs(x)"""
    inner = defining_op(op.operands[0], Negate)
    return None if inner is None else Abs.build(inner.operands[0])


@rule(Abs, Relu, Floor, Ceil, Trunc, Rint)
def apply_once(op: OpInstance) -> ir.Value | None:
    """f(f(x))  ->  f(x) for abs, relu and roundings"""
    return op.operands[0] if defining_op(op.operands[0], op.cls) is not None else None


def _drop(op: OpInstance, number: Any, both_sides: bool = False) -> ir.Value | None:
    """The other operand, where one operand is `number` and the other has the result's type."""
    if is_complex(op.result_type.dtype):
        return None
    lhs, rhs = op.operands
    if _is_number(rhs, number) and ArrayType.of(lhs) == op.result_type:
        return lhs
    if both_sides and _is_number(lhs, number) and ArrayType.of(rhs) == op.result_type:
        return rhs
    return None


def _is_number(value: ir.Value, number: Any) -> bool:
    """Whether all elements of `value` are known to be `number`, with its sign when it is a zero."""
    splat = splat_of(value)
    if splat is None or splat != number:
        return False
    return not is_float(splat.dtype) or bool(np.signbit(splat) == np.signbit(float(number)))


RULES = (
    add_zero,
    subtract_zero,
    multiply_by_one,
    divide_by_one,
    small_power,
    multiply_by_zero,
    subtract_itself,
    extremum_of_itself,
    cancel_negations,
    add_negated,
    subtract_negated,
    multiply_negated,
    absolute_negated,
    apply_once,
)
