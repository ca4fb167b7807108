"""Sizes that depend on data and that an op needs to be equal: checked when the program runs.

    y + x[:k]    ->  check that k is y's size, and add x[:size of y]

The part that is taken instead is inside the array whatever k is, so that nothing else is read.
Unlike in NumPy, a size of 1 that depends on data is not stretched: the check fails.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.base import TesselOp
from tessel.dialects.dim import Dim, Size, are_same, product_of_sizes
from tessel.dialects.instance import OpInstance, maker_of
from tessel.dialects.mlir import ir
from tessel.dialects.polynomial import Polynomial
from tessel.dialects.shape import BroadcastTo, Concatenate, Reshape
from tessel.dialects.slicing import DynamicSlice

Pairs = Sequence[tuple[Polynomial, Polynomial]]


def settle(trace: Trace, op: type[TesselOp], operands: Sequence[Any], pairs: Pairs) -> list[Any]:
    """The operands of an op with sizes that fit, for pairs of sizes that it needs to be equal.

    Raises UnsupportedError where a size is none of an operand's.
    """
    dim = trace.assumptions.dim
    fitted = list(operands)
    if op is Reshape:
        fitted[0] = _flattened(trace, fitted[0])
    for left, right in pairs:
        one, other = dim(left), dim(right)
        if are_same(one, other):
            continue
        # What depends on data is made to fit what does not.
        if isinstance(one, Dim) and (one.hint is None or not isinstance(other, Dim)):
            one, other = other, one
        position = _find(trace, fitted, other)
        if position is None:
            one, other = other, one
            position = _find(trace, fitted, other)
        if position is None:
            message = f"{op.short_name()} needs sizes to be equal that depend on data"
            raise UnsupportedError(
                message, location=user_location(), hint="make them sizes of arguments"
            )
        _check(trace, other, one)
        field, number = position
        if number is None:
            fitted[field] = _fitted(trace, fitted[field], other, one)
        else:
            group = list(fitted[field])
            group[number] = _fitted(trace, group[number], other, one)
            fitted[field] = group
    return fitted


def _check(trace: Trace, have: Size, want: Size) -> None:
    numbers = [TracedArray.of(trace, trace.size_value(one)) for one in (have, want)]
    message = "a size that depends on data is {value}, and must be {other}"
    check_at_run_time(numbers[0] != numbers[1], "ValueError", message, *numbers)


def _find(trace: Trace, operands: Sequence[Any], size: Size) -> tuple[int, int | None] | None:
    """The operand that has a size that depends on data: its field, and number in the field."""
    if not isinstance(size, Dim):
        return None
    for field, operand in enumerate(operands):
        if isinstance(operand, ir.Value):
            if _axis_of(trace, operand, size) is not None:
                return field, None
        elif operand is not None:
            for number, one in enumerate(operand):
                if _axis_of(trace, one, size) is not None:
                    return field, number
    return None


def _axis_of(trace: Trace, value: ir.Value, size: Size) -> int | None:
    shape = trace.sizes.type_of(value).shape
    return next((axis for axis, one in enumerate(shape) if are_same(one, size)), None)


def _flattened(trace: Trace, value: ir.Value) -> ir.Value:
    total = product_of_sizes(trace.sizes.type_of(value).shape)
    return _reshaped(trace, value, [total])


def _fitted(trace: Trace, value: ir.Value, have: Size, want: Size) -> ir.Value:
    """The array with `want` instead of the size `have`, where the two are equal."""
    axis = _axis_of(trace, value, have)
    assert axis is not None, "found before"
    maker = maker_of(value)
    if maker is not None and maker.cls is DynamicSlice:
        source = trace.sizes.type_of(maker.operands[0]).shape[axis]
        if _is_inside(want, source):
            return _other_slice(trace, maker, axis, want)
    if maker is not None and maker.cls is Reshape:
        before = maker.operands[0]
        if _axis_of(trace, before, have) is not None:
            shape = list(trace.sizes.type_of(value).shape)
            shape[axis] = want
            return _reshaped(trace, _fitted(trace, before, have, want), shape)
    return _extended(trace, value, axis, want)


def _is_inside(want: Size, source: Any) -> bool:
    hinted = not isinstance(want, Dim) or want.hint is not None
    known = not isinstance(source, Dim) or source.hint is not None
    return hinted and known and bool(source >= want)


def _other_slice(trace: Trace, maker: OpInstance, axis: int, want: Size) -> ir.Value:
    """The same slice with another size along an axis: its start is moved inside where it must."""
    base, starts, _ = maker.operands
    shape = list(trace.sizes.type_of(maker.result).shape)
    shape[axis] = want
    sizes, attribute = _operands(trace, shape)
    return trace.build(DynamicSlice, base, starts, sizes, shape=attribute)


def _extended(trace: Trace, value: ir.Value, axis: int, want: Size) -> ir.Value:
    """The first elements along an axis, of the array with zeros behind it."""
    array_type = trace.sizes.type_of(value)
    shape = list(array_type.shape)
    shape[axis] = want
    sizes, attribute = _operands(trace, shape)
    zero = trace.constant(np.zeros((), array_type.dtype))
    zeros = trace.build(BroadcastTo, zero, sizes, shape=attribute)
    joined = trace.build(Concatenate, value, zeros, axis=axis)
    starts = [trace.size_value(0)] * len(shape)
    return trace.build(DynamicSlice, joined, starts, sizes, shape=attribute)


def _reshaped(trace: Trace, value: ir.Value, shape: Sequence[Any]) -> ir.Value:
    sizes, attribute = _operands(trace, shape)
    return trace.build(Reshape, value, sizes, shape=attribute)


def _operands(trace: Trace, shape: Sequence[Any]) -> tuple[list[ir.Value], list[int]]:
    sizes = [trace.size_value(size) for size in shape if isinstance(size, Dim)]
    return sizes, [-1 if isinstance(size, Dim) else int(size) for size in shape]
