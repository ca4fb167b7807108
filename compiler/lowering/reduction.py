"""Lowerings of `dialects/reduction.py`: loop nests with reduction loops and an identity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.lowering.arithmetic import maximum, minimum
from tessel.compiler.lowering.base import (
    broadcast_operand,
    broadcast_sizes,
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


REDUCTIONS: dict[type[ops.ReductionOp], Combiner] = {
    ops.ReduceSum: Combiner(lambda dtype: 0, lambda total, x: total + x),
    ops.ReduceProd: Combiner(lambda dtype: 1, lambda total, x: total * x),
    ops.ReduceMax: Combiner(lowest, maximum),
    ops.ReduceMin: Combiner(highest, minimum),
    ops.ReduceAll: Combiner(lambda dtype: True, lambda total, x: total & x),
    ops.ReduceAny: Combiner(lambda dtype: False, lambda total, x: total | x),
}
"""Reductions by one op."""


@lowers(*REDUCTIONS)
def lower_reduction(op: OpInstance) -> ir.Value:
    """Combines the elements along `axes`."""
    return reduce_elements(op, op.operands, op.operand_types, lambda element: element)


@lowers(ops.Argmax)
def lower_argmax(op: OpInstance) -> ir.Value:
    dtype = op.operand_types[0].dtype
    return _lower_arg_reduction(op, lowest(dtype), lambda x, best: x > best)


@lowers(ops.Argmin)
def lower_argmin(op: OpInstance) -> ir.Value:
    dtype = op.operand_types[0].dtype
    return _lower_arg_reduction(op, highest(dtype), lambda x, best: x < best)


def reduce_elements(
    op: OpInstance,
    inputs: Sequence[ir.Value],
    types: Sequence[ArrayType],
    chain: Callable[..., Element],
) -> ir.Value:
    """The reduction `op` of what `chain` makes of the elements of `inputs`, in one loop nest.

    The inputs broadcast to the shape that `op` reduces.
    """
    combiner = REDUCTIONS[op.cls]
    domain, axes = op.operand_types[0], op.attributes["axes"]
    result = _without(op.result_type.dtype, domain, axes)
    # Half-precision sums are kept in float32 and rounded once, as NumPy's pairwise ones are.
    total_type = result.with_dtype(np.dtype(np.float32)) if is_half(result.dtype) else result
    sources = kept_axes(domain, axes)
    pairs = [broadcast_operand(value, one, domain) for value, one in zip(inputs, types)]
    domain_sizes = broadcast_sizes(inputs, types, domain)
    unknown = iter(domain_sizes)
    by_axis = {axis: next(unknown) for axis, size in enumerate(domain.shape) if size is None}
    sizes = dynamic_sizes(result, lambda axis: by_axis[sources[axis]])
    identity = constant(combiner.identity(total_type.dtype), total_type.dtype)
    start = filled(total_type, identity.value, sizes)

    def step(*values: ir.Value) -> list[ir.Value]:
        elements = [Element(value, one.dtype) for value, one in zip(values, types)]
        wide = cast(chain(*elements), total_type.dtype)
        return [combiner.combine(Element(values[-1], total_type.dtype), wide).value]

    maps = [*(read for _, read in pairs), projection_map(domain.rank, sources)]
    iterators = ["reduction" if axis in axes else "parallel" for axis in range(domain.rank)]
    total = generic([value for value, _ in pairs], maps, [start], iterators, step)[0]
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
