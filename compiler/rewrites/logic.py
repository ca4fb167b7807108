"""Identities of bits, comparisons and choices."""

from typing import Any

import numpy as np

from tessel.compiler.rewrites.base import rule
from tessel.compiler.rewrites.constants import filled_like, splat_of
from tessel.dialects.bitwise import (
    BitwiseAnd,
    BitwiseNot,
    BitwiseOr,
    BitwiseXor,
    ShiftLeft,
    ShiftRight,
)
from tessel.dialects.comparison import Equal, NotEqual, Select
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, is_bool


@rule(BitwiseNot)
def cancel_nots(op: OpInstance) -> ir.Value | None:
    """not(not(x))  ->  x"""
    inner = defining_op(op.operands[0], BitwiseNot)
    return None if inner is None else inner.operands[0]


@rule(BitwiseNot)
def negate_equality(op: OpInstance) -> ir.Value | None:
    """not(x == y)  ->  x != y;  not(x != y)  ->  x == y"""
    for cls, opposite in ((Equal, NotEqual), (NotEqual, Equal)):
        inner = defining_op(op.operands[0], cls)
        if inner is not None:
            return opposite.build(*inner.operands)
    return None


@rule(BitwiseAnd, BitwiseOr)
def combine_with_itself(op: OpInstance) -> ir.Value | None:
    """x & x  ->  x;  x | x  ->  x"""
    return op.operands[0] if op.operands[0] == op.operands[1] else None


@rule(BitwiseXor)
def exclude_itself(op: OpInstance) -> ir.Value | None:
    """x ^ x  ->  0"""
    return filled_like(op.result_type, 0) if op.operands[0] == op.operands[1] else None


@rule(BitwiseAnd, BitwiseOr, BitwiseXor)
def combine_with_neutral(op: OpInstance) -> ir.Value | None:
    """x & ~0  ->  x;  x | 0  ->  x;  x ^ 0  ->  x"""
    neutral = _all_ones(op) if op.cls is BitwiseAnd else 0
    return _other(op, neutral)


@rule(BitwiseAnd, BitwiseOr)
def combine_with_absorbing(op: OpInstance) -> ir.Value | None:
    """x & 0  ->  0;  x | ~0  ->  ~0"""
    absorbing = 0 if op.cls is BitwiseAnd else _all_ones(op)
    if not any(_is_splat(value, absorbing) for value in op.operands):
        return None
    return filled_like(op.result_type, absorbing)


@rule(ShiftLeft, ShiftRight)
def shift_by_zero(op: OpInstance) -> ir.Value | None:
    """x << 0  ->  x;  x >> 0  ->  x"""
    x, amount = op.operands
    return x if _is_splat(amount, 0) and ArrayType.of(x) == op.result_type else None


@rule(Select)
def select_known(op: OpInstance) -> ir.Value | None:
    """select(true, x, y)  ->  x;  select(false, x, y)  ->  y"""
    condition, on_true, on_false = op.operands
    known = splat_of(condition)
    if known is None:
        return None
    chosen = on_true if known else on_false
    return chosen if ArrayType.of(chosen) == op.result_type else None


@rule(Select)
def select_equal_arms(op: OpInstance) -> ir.Value | None:
    """select(c, x, x)  ->  x"""
    _, on_true, on_false = op.operands
    return on_true if on_true == on_false and ArrayType.of(on_true) == op.result_type else None


@rule(Select)
def select_by_not(op: OpInstance) -> ir.Value | None:
    """select(not(c), x, y)  ->  select(c, y, x)"""
    condition, on_true, on_false = op.operands
    inner = defining_op(condition, BitwiseNot)
    return None if inner is None else Select.build(inner.operands[0], on_false, on_true)


def _all_ones(op: OpInstance) -> Any:
    dtype = op.result_type.dtype
    return np.True_ if is_bool(dtype) else ~np.zeros((), dtype)


def _is_splat(value: ir.Value, number: Any) -> bool:
    splat = splat_of(value)
    return splat is not None and bool(splat == number)


def _other(op: OpInstance, number: Any) -> ir.Value | None:
    """The operand beside one that is `number`, where it has the result's type."""
    lhs, rhs = op.operands
    for value, beside in ((lhs, rhs), (rhs, lhs)):
        if _is_splat(beside, number) and ArrayType.of(value) == op.result_type:
            return value
    return None


RULES = (
    cancel_nots,
    negate_equality,
    combine_with_itself,
    exclude_itself,
    combine_with_neutral,
    combine_with_absorbing,
    shift_by_zero,
    select_known,
    select_equal_arms,
    select_by_not,
)
