"""Lowerings of `dialects/reduction.py`: loop nests with reduction loops and an identity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.emit.element import Element, cast, constant, select
from tessel.compiler.emit.reshape import expand, groups_without
from tessel.compiler.lowering.arithmetic import maximum, minimum, multiply
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    elementwise,
    filled,
    generic,
    identity_map,
    index_constant,
    lowers,
    projection_map,
)
from tessel.dialects import reduction as ops
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg
from tessel.dialects.types import ArrayType, is_bool, is_float, is_half

_INT64 = np.dtype(np.int64)


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


@dataclass(frozen=True)
class Combiner:
    """How a reduction combines elements: what it begins with, by dtype, and one step."""

    identity: Callable[[np.dtype], Any]
    combine: Callable[[Element, Element], Element]

    def start(self, dtype: np.dtype) -> Element:
        """The element to begin with."""
        return constant(self.identity(dtype), dtype)


REDUCTIONS: dict[type[ops.ReductionOp], Combiner] = {
    ops.ReduceSum: Combiner(lambda dtype: 0, lambda total, x: total + x),
    ops.ReduceProd: Combiner(lambda dtype: 1, multiply),
    ops.ReduceMax: Combiner(lowest, maximum),
    ops.ReduceMin: Combiner(highest, minimum),
    ops.ReduceAll: Combiner(lambda dtype: True, lambda total, x: total & x),
    ops.ReduceAny: Combiner(lambda dtype: False, lambda total, x: total | x),
}
"""Reductions by one op."""


@lowers(ops.Argmax)
def lower_argmax(op: OpInstance) -> ir.Value:
    dtype = op.operand_types[0].dtype
    return _lower_arg_reduction(op, lowest(dtype), lambda x, best: x > best)


@lowers(ops.Argmin)
def lower_argmin(op: OpInstance) -> ir.Value:
    dtype = op.operand_types[0].dtype
    return _lower_arg_reduction(op, highest(dtype), lambda x, best: x < best)


@lowers(*REDUCTIONS)
def lower_reduction(op: OpInstance) -> ir.Value:
    """Combines the elements along `axes`."""
    (x,), (x_type,) = op.operands, op.operand_types
    axes, combiner = op.attributes["axes"], REDUCTIONS[op.cls]
    result = _without(op.result_type.dtype, x_type, axes)
    total_type = result.with_dtype(total_dtype(op))
    sources = kept_axes(x_type, axes)
    sizes = dynamic_sizes(result, lambda axis: dim(x, sources[axis]))
    start = filled(total_type, combiner.start(total_type.dtype).value, sizes)
    iterators = ["reduction" if axis in axes else "parallel" for axis in range(x_type.rank)]

    def step(element: ir.Value, total: ir.Value) -> list[ir.Value]:
        wide = cast(Element(element, x_type.dtype), total_type.dtype)
        return [combiner.combine(Element(total, total_type.dtype), wide).value]

    maps = [identity_map(x_type.rank), projection_map(x_type.rank, sources)]
    total = generic([x], maps, [start], iterators, step)[0]
    if total_type.dtype == np.complex128:
        total = _begun(op, total, total_type, combiner)
    if total_type.dtype != result.dtype:
        cast_total = elementwise([total], [total_type], [result], lambda e: [cast(e, result.dtype)])
        total = cast_total[0]
    return with_kept_dimensions(total, op.result_type, axes, sizes)


def _begun(op: OpInstance, total: ir.Value, kind: ArrayType, combiner: Combiner) -> ir.Value:
    """`total`, or what a reduction begins with where it has nothing to reduce.

    A fill of complex128 is part of the kernel (see `filled`), which does not run for no elements.
    """
    (x,), (x_type,) = op.operands, op.operand_types
    unknown = [axis for axis in op.attributes["axes"] if x_type.shape[axis] is None]
    if not unknown:
        return total
    zero = index_constant(0)
    sizes = [dim(x, axis) for axis in unknown]
    none = arith.constant(ir.IntegerType.get_signless(1), 0)
    for size in sizes:
        none = arith.ori(none, arith.cmpi(arith.CmpIPredicate.eq, size, zero))
    empty_now = Element(none, np.dtype(np.bool_))
    start = combiner.start(kind.dtype)
    return elementwise([total], [kind], [kind], lambda e: [select(empty_now, start, e)])[0]


def total_dtype(op: OpInstance) -> np.dtype:
    """The dtype of partial results, which are rounded once: a wider one where many are lost.

    float32 for half precision. float64 for sums of float32 along the last axis: IREE adds all of a
    row one after the other, where NumPy adds halves of halves (along other axes it does so too).
    """
    dtype = op.result_type.dtype
    last = op.operand_types[0].rank - 1
    if is_half(dtype):
        return np.dtype(np.float32)
    if dtype == np.float32 and op.cls is ops.ReduceSum and last in op.attributes["axes"]:
        return np.dtype(np.float64)
    return dtype


def kept_axes(x: ArrayType, axes: tuple[int, ...]) -> list[int]:
    """The dimensions of x that are not reduced."""
    return [axis for axis in range(x.rank) if axis not in axes]


def _without(dtype: np.dtype, x: ArrayType, axes: tuple[int, ...]) -> ArrayType:
    return ArrayType(dtype, tuple(x.shape[axis] for axis in kept_axes(x, axes)))


def with_kept_dimensions(
    value: ir.Value,
    result: ArrayType,
    axes: tuple[int, ...],
    sizes: Sequence[ir.Value] = (),
) -> ir.Value:
    """The reduced array as `result`, with sizes of 1 where `keepdims` asks for them, as a view."""
    if ir.RankedTensorType(value.type).rank == result.rank:
        return value
    return expand(value, groups_without(result.rank, axes), result, sizes)


def _lower_arg_reduction(
    op: OpInstance, identity: Any, is_better: Callable[[Element, Element], Element]
) -> ir.Value:
    """Carries the best element and its index; ties go to the first index in any order of steps."""
    (x,), (x_type,) = op.operands, op.operand_types
    axis = op.attributes["axis"]
    result = _without(op.result_type.dtype, x_type, (axis,))
    sources = kept_axes(x_type, (axis,))
    sizes = dynamic_sizes(result, lambda position: dim(x, sources[position]))
    best = filled(result.with_dtype(x_type.dtype), constant(identity, x_type.dtype).value, sizes)
    best_index = filled(result, constant(np.iinfo(_INT64).max, _INT64).value, sizes)

    def step(element: ir.Value, held: ir.Value, held_index: ir.Value) -> list[ir.Value]:
        index = linalg.IndexOp(axis).result
        here = Element(arith.index_cast(ir.IntegerType.get_signless(64), index), _INT64)
        x_here, x_held = Element(element, x_type.dtype), Element(held, x_type.dtype)
        there = Element(held_index, _INT64)
        first = here < there
        wins = is_better(x_here, x_held) | (x_here.equals(x_held) & first)
        if is_float(x_type.dtype):
            held_is_nan = x_held.is_nan()
            wins = select(x_here.is_nan(), ~held_is_nan | first, ~held_is_nan & wins)
        return [select(wins, x_here, x_held).value, select(wins, here, there).value]

    to_result = projection_map(x_type.rank, sources)
    iterators = ["reduction" if one == axis else "parallel" for one in range(x_type.rank)]
    maps = [identity_map(x_type.rank), to_result, to_result]
    found = generic([x], maps, [best, best_index], iterators, step)[1]
    return with_kept_dimensions(found, op.result_type, (axis,), sizes)
