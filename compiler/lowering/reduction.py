"""Lowerings of `dialects/reduction.py`: loop nests with reduction loops and an identity."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.lowering.arithmetic import maximum, minimum
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    elementwise,
    filled,
    generic,
    identity_map,
    lowers,
    projection_map,
)
from tessel.compiler.lowering.element import Element, cast, constant, select
from tessel.compiler.lowering.regroup import expand, groups_without
from tessel.dialects import reduction as ops
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg
from tessel.dialects.types import ArrayType, is_bool, is_float, is_half

_INT64 = np.dtype(np.int64)


@lowers(ops.ReduceSum)
def lower_reduce_sum(op: OpInstance) -> ir.Value:
    return lower_reduction(op, 0, lambda total, x: total + x)


@lowers(ops.ReduceProd)
def lower_reduce_prod(op: OpInstance) -> ir.Value:
    return lower_reduction(op, 1, lambda total, x: total * x)


@lowers(ops.ReduceMax)
def lower_reduce_max(op: OpInstance) -> ir.Value:
    return lower_reduction(op, lowest(op.result_type.dtype), maximum)


@lowers(ops.ReduceMin)
def lower_reduce_min(op: OpInstance) -> ir.Value:
    return lower_reduction(op, highest(op.result_type.dtype), minimum)


@lowers(ops.ReduceAll)
def lower_reduce_all(op: OpInstance) -> ir.Value:
    return lower_reduction(op, True, lambda total, x: total & x)


@lowers(ops.ReduceAny)
def lower_reduce_any(op: OpInstance) -> ir.Value:
    return lower_reduction(op, False, lambda total, x: total | x)


@lowers(ops.Argmax)
def lower_argmax(op: OpInstance) -> ir.Value:
    dtype = op.operand_types[0].dtype
    return _lower_arg_reduction(op, lowest(dtype), lambda x, best: x > best)


@lowers(ops.Argmin)
def lower_argmin(op: OpInstance) -> ir.Value:
    dtype = op.operand_types[0].dtype
    return _lower_arg_reduction(op, highest(dtype), lambda x, best: x < best)


def lowest(dtype: np.dtype) -> Any:
    """The identity of `maximum`."""
    if is_bool(dtype):
        return False
    return -np.inf if is_float(dtype) else np.iinfo(dtype).min


def highest(dtype: np.dtype) -> Any:
    """The identity of `minimum`."""
    if is_bool(dtype):
        return True
    return np.inf if is_float(dtype) else np.iinfo(dtype).max


def lower_reduction(
    op: OpInstance, identity: Any, combine: Callable[[Element, Element], Element]
) -> ir.Value:
    """Combines the elements along `axes`, beginning with `identity`."""
    (x,), (x_type,) = op.operands, op.operand_types
    axes = op.attributes["axes"]
    result = _without(op.result_type.dtype, x_type, axes)
    # Half-precision sums are kept in float32 and rounded once, as NumPy's pairwise ones are.
    total_type = result.with_dtype(np.dtype(np.float32)) if is_half(result.dtype) else result
    sources = kept_axes(x_type, axes)
    sizes = dynamic_sizes(result, lambda axis: dim(x, sources[axis]))
    start = filled(total_type, constant(identity, total_type.dtype).value, sizes)
    iterators = ["reduction" if axis in axes else "parallel" for axis in range(x_type.rank)]

    def step(element: ir.Value, total: ir.Value) -> list[ir.Value]:
        wide = cast(Element(element, x_type.dtype), total_type.dtype)
        return [combine(Element(total, total_type.dtype), wide).value]

    maps = [identity_map(x_type.rank), projection_map(x_type.rank, sources)]
    total = generic([x], maps, [start], iterators, step)[0]
    if total_type is not result:
        cast_total = elementwise([total], [total_type], [result], lambda e: [cast(e, result.dtype)])
        total = cast_total[0]
    return _with_kept_dimensions(total, op, axes, sizes)


def kept_axes(x: ArrayType, axes: tuple[int, ...]) -> list[int]:
    """The dimensions of x that are not reduced."""
    return [axis for axis in range(x.rank) if axis not in axes]


def _without(dtype: np.dtype, x: ArrayType, axes: tuple[int, ...]) -> ArrayType:
    return ArrayType(dtype, tuple(x.shape[axis] for axis in kept_axes(x, axes)))


def _with_kept_dimensions(
    value: ir.Value, op: OpInstance, axes: tuple[int, ...], sizes: Sequence[ir.Value]
) -> ir.Value:
    """The reduced array with the sizes of 1 that `keepdims` asks for, as a view."""
    if not op.attributes["keepdims"]:
        return value
    return expand(value, groups_without(op.operand_types[0].rank, axes), op.result_type, sizes)


def _lower_arg_reduction(
    op: OpInstance, identity: Any, is_better: Callable[[Element, Element], Element]
) -> ir.Value:
    """Carries the best element and its place; ties go to the first place in any order of steps."""
    (x,), (x_type,) = op.operands, op.operand_types
    axis = op.attributes["axis"]
    result = _without(op.result_type.dtype, x_type, (axis,))
    sources = kept_axes(x_type, (axis,))
    sizes = dynamic_sizes(result, lambda position: dim(x, sources[position]))
    best = filled(result.with_dtype(x_type.dtype), constant(identity, x_type.dtype).value, sizes)
    place = filled(result, constant(np.iinfo(_INT64).max, _INT64).value, sizes)

    def step(element: ir.Value, held: ir.Value, held_place: ir.Value) -> list[ir.Value]:
        index = linalg.IndexOp(axis).result
        here = Element(arith.index_cast(ir.IntegerType.get_signless(64), index), _INT64)
        x_here, x_held = Element(element, x_type.dtype), Element(held, x_type.dtype)
        there = Element(held_place, _INT64)
        first = here < there
        wins = is_better(x_here, x_held) | (x_here.equals(x_held) & first)
        if is_float(x_type.dtype):
            held_is_nan = x_held.is_nan()
            wins = select(x_here.is_nan(), ~held_is_nan | first, ~held_is_nan & wins)
        return [select(wins, x_here, x_held).value, select(wins, here, there).value]

    to_result = projection_map(x_type.rank, sources)
    iterators = ["reduction" if one == axis else "parallel" for one in range(x_type.rank)]
    maps = [identity_map(x_type.rank), to_result, to_result]
    found = generic([x], maps, [best, place], iterators, step)[1]
    return _with_kept_dimensions(found, op, (axis,), sizes)
