"""Moves parts of an array behind the reshapes that follow, so that attention reads them in place.

    reshape(slice(x [M, 96], columns 32 to 64), [M, 4, 8])
      ->  slice(reshape(x, [M, 12, 8]), heads 4 to 8)

Reshapes of a whole array cost nothing, so that a kernel which takes a part of it reads it where it
is. Parts of transposed arrays become transposed parts.
Keeps: shapes, dtypes, results.  Does not fire: on parts whose steps are not 1; where parts do not
begin and end between rows of the reshaped array; on dynamic sizes.
Test: lit_tests/passes/sink_slices.mlir
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tessel.compiler.passes.base import Pass, rule
from tessel.compiler.rewrites.shapes import (
    compose_with_itself,
    drop_same_shape,
    slice_of_transpose,
    transpose_as_reshape,
)
from tessel.dialects.builder import TensorValue
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape, Transpose
from tessel.dialects.slicing import Slice


@rule(Reshape)
def sink_squeeze_below_transpose(op: OpInstance) -> ir.Value | None:
    """reshape(transpose(x), without sizes of 1)  ->  transpose(reshape(x, without sizes of 1))"""
    inner = defining_op(op.operands[0], Transpose)
    if inner is None or not op.result_type.is_static:
        return None
    shape, result = op.operand_types[0].sizes, op.result_type.sizes
    dropped = _dropped(shape, result)
    if dropped is None:
        return None
    permutation = inner.attributes["permutation"]
    kept = [axis for position, axis in enumerate(permutation) if position not in dropped]
    sizes = [inner.operand_types[0].sizes[axis] for axis in sorted(kept)]
    order = [sorted(kept).index(axis) for axis in kept]
    return Transpose.build(TensorValue(inner.operands[0]).reshape(sizes).value, permutation=order)


@rule(Reshape)
def sink_slice_below_reshape(op: OpInstance) -> ir.Value | None:
    """reshape(slice(x, part of one axis))  ->  slice(reshape(x), part of one axis)"""
    inner = defining_op(op.operands[0], Slice)
    if inner is None or not op.result_type.is_static or not op.result_type.size:
        return None
    if defining_op(inner.operands[0], Transpose) is not None:
        return None  # that slice is raised first
    whole, result = inner.operand_types[0].shape, op.result_type.sizes
    axis = _cut_axis(whole, inner)
    if None in whole or axis is None:
        return None
    # What is behind the axis is `row` elements; the part is of `count` * `row` neighbours.
    row = math.prod(whole[axis + 1 :])
    start, size = inner.attributes["starts"][axis], whole[axis]
    part = (inner.attributes["stops"][axis] - start) * row
    for position in range(len(result)):
        behind = math.prod(result[position + 1 :])
        ahead = math.prod(result[:position]) == math.prod(whole[:axis])
        fits = start * row % behind == 0 and size * row % behind == 0
        if ahead and result[position] * behind == part and fits:
            sizes = [*result[:position], size * row // behind, *result[position + 1 :]]
            first = start * row // behind
            starts, stops = [0] * len(sizes), list(sizes)
            starts[position], stops[position] = first, first + result[position]
            x = TensorValue(inner.operands[0]).reshape(sizes).value
            return Slice.build(x, starts=starts, stops=stops, steps=[1] * len(sizes))
    return None


@dataclass(frozen=True)
class SinkSlices(Pass):
    """Upstream's greedy driver over the rules above, and those that join reshapes."""

    rules = (
        rule(Slice)(slice_of_transpose),
        sink_squeeze_below_transpose,
        sink_slice_below_reshape,
        transpose_as_reshape,
        compose_with_itself,
        drop_same_shape,
    )


def _cut_axis(whole: Sequence[int | None], op: OpInstance) -> int | None:
    """The one axis of which a slice takes a part, in steps of 1."""
    parts = zip(op.attributes["starts"], op.attributes["stops"], whole)
    cut = [axis for axis, (start, stop, size) in enumerate(parts) if (start, stop) != (0, size)]
    return cut[0] if len(cut) == 1 and set(op.attributes["steps"]) == {1} else None


def _dropped(shape: Sequence[int], result: Sequence[int]) -> set[int] | None:
    """The axes of size 1 of `shape` that `result` lacks; None where it differs otherwise."""
    dropped, position = set(), 0
    for axis, size in enumerate(shape):
        left = len(shape) - axis
        if position < len(result) and size == result[position] and left >= len(result) - position:
            position += 1
        elif size == 1:
            dropped.add(axis)
        else:
            return None
    return dropped if position == len(result) and dropped else None
