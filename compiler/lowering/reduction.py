"""Lowerings of `dialects/reduction.py`: loop nests with reduction loops and an identity."""

from collections.abc import Callable
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
)
from tessel.compiler.lowering.element import Element, cast, constant, select
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
    (x,), (x_type,), result = op.operands, op.operand_types, op.result_type
    axes, keepdims = op.attributes["axes"], op.attributes["keepdims"]
    # Half-precision sums are kept in float32 and rounded once, as NumPy's pairwise ones are.
    total_type = result.with_dtype(np.dtype(np.float32)) if is_half(result.dtype) else result
    sources = kept_axes(x_type, axes, keepdims)
    sizes = dynamic_sizes(result, lambda axis: dim(x, sources[axis]))
    start = filled(total_type, constant(identity, total_type.dtype).value, sizes)
    iterators = ["reduction" if axis in axes else "parallel" for axis in range(x_type.rank)]

    def step(element: ir.Value, total: ir.Value) -> list[ir.Value]:
        wide = cast(Element(element, x_type.dtype), total_type.dtype)
        return [combine(Element(total, total_type.dtype), wide).value]

    maps = [identity_map(x_type.rank), reduction_map(x_type, axes, keepdims)]
    total = generic([x], maps, [start], iterators, step)[0]
    if total_type is result:
        return total
    return elementwise([total], [total_type], [result], lambda e: [cast(e, result.dtype)])[0]


def kept_axes(x: ArrayType, axes: tuple[int, ...], keepdims: bool) -> list[int]:
    """For each dimension of the result, the dimension of x that it comes from."""
    return [axis for axis in range(x.rank) if keepdims or axis not in axes]


def reduction_map(x: ArrayType, axes: tuple[int, ...], keepdims: bool) -> ir.AffineMap:
    """The map from the loops over x to the result."""
    zero = ir.AffineExpr.get_constant(0)
    exprs = [
        zero if axis in axes else ir.AffineExpr.get_dim(axis)
        for axis in kept_axes(x, axes, keepdims)
    ]
    return ir.AffineMap.get(x.rank, 0, exprs)


def _lower_arg_reduction(
    op: OpInstance, identity: Any, is_better: Callable[[Element, Element], Element]
) -> ir.Value:
    """Carries the best element and its place; ties go to the first place in any order of steps."""
    (x,), (x_type,), result = op.operands, op.operand_types, op.result_type
    axis, keepdims = op.attributes["axis"], op.attributes["keepdims"]
    sources = kept_axes(x_type, (axis,), keepdims)
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

    to_result = reduction_map(x_type, (axis,), keepdims)
    iterators = ["reduction" if one == axis else "parallel" for one in range(x_type.rank)]
    maps = [identity_map(x_type.rank), to_result, to_result]
    return generic([x], maps, [best, place], iterators, step)[1]
