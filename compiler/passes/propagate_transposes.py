"""Moves transpositions from channels last to channels first behind the ops that follow them.

    relu(transpose(x, [0, 3, 1, 2]))  ->  transpose(relu(x), [0, 3, 1, 2])

Where one meets its inverse both go, so that between convolutions channels stay last.
Keeps: shapes, dtypes, results.  Does not fire: on other permutations; where an op also reads a
whole array that is not so transposed.  Test: lit_tests/passes/propagate_transposes.mlir
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.passes.base import Pass, Rule, apply_rules, rule
from tessel.compiler.rewrites.shapes import (
    cancel_transposes,
    drop_identity_transpose,
    slice_of_transpose,
)
from tessel.dialects.arithmetic import Divide
from tessel.dialects.builder import TensorValue
from tessel.dialects.channels_last import TO_FIRST, TO_LAST
from tessel.dialects.indexing import Take
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.pooling import Pool
from tessel.dialects.reduction import ReduceSum
from tessel.dialects.shape import Concatenate, Pad, Reshape, Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.types import ArrayType

_SMALL_IMAGES = 1 << 17
"""Elements up to which one thread sums them fast enough: a pool's rows are what threads share."""


@dataclass(frozen=True)
class PropagateTransposes(Pass):
    """Upstream's greedy driver over the rules below."""

    def run(self, module: ir.Operation) -> None:
        elementwise = [Rule(cls, sink_below_elementwise) for cls in element_functions()]
        reductions = [Rule(cls, sink_below_reduction) for cls in REDUCTIONS]
        moves = (*sink_below_pad, *sink_below_concatenate, *sink_below_slice, *sink_below_take)
        others = (*moves, *sink_below_pool, *divide_pooled)
        cancelling = (*cancel_transposes, *drop_identity_transpose)
        apply_rules(module, [*cancelling, *elementwise, *reductions, *others])


def sink_below_elementwise(op: OpInstance) -> ir.Value | None:
    """op(transpose(x), transpose(y), b)  ->  transpose(op(x, y, b)), b broadcast"""
    result = op.result_type
    operands = list(op.operation.operands)
    sources = [_source(value) for value in operands]
    if result.rank != 4 or not result.is_static or all(one is None for one in sources):
        return None
    whole = [ArrayType.of(value).shape == result.shape for value in operands]
    if any(source is None and full for source, full in zip(sources, whole)):
        return None
    moved = [
        _turned(value) if source is None else source for value, source in zip(operands, sources)
    ]
    return Transpose.build(op.cls.build(*moved, **op.attributes), permutation=TO_FIRST)


def sink_below_reduction(op: OpInstance) -> ir.Value | None:
    """reduce(transpose(x), axes)  ->  transpose(reduce(x, axes')), or without one where they go"""
    source = _source(op.operands[0])
    if source is None:
        return None
    axes = tuple(sorted(TO_FIRST[axis] for axis in op.attributes["axes"]))
    keeps = op.attributes["keepdims"]
    if _is_pool(op, axes):
        return _sum_by_pool(source, op.result_type)
    result = op.cls.build(source, axes=axes, keepdims=keeps)
    if keeps:
        return Transpose.build(result, permutation=TO_FIRST)
    left = [axis for axis in range(4) if axis not in axes]
    order = [left.index(axis) for axis in TO_FIRST if axis in left]
    return Transpose.build(result, permutation=order)


@rule(Pad)
def sink_below_pad(op: OpInstance) -> ir.Value | None:
    """pad(transpose(x))  ->  transpose(pad(x))"""
    source = _source(op.operands[0])
    if source is None:
        return None
    low, high = (_last(op.attributes[name]) for name in ("low", "high"))
    return Transpose.build(
        Pad.build(source, op.operands[1], low=low, high=high), permutation=TO_FIRST
    )


@rule(Concatenate)
def sink_below_concatenate(op: OpInstance) -> ir.Value | None:
    """concatenate(transpose(x), transpose(y))  ->  transpose(concatenate(x, y))"""
    sources = [_source(value) for value in op.operation.operands]
    if any(source is None for source in sources):
        return None
    axis = TO_FIRST[op.attributes["axis"]]
    return Transpose.build(Concatenate.build(*sources, axis=axis), permutation=TO_FIRST)


@rule(Slice)
def sink_below_slice(op: OpInstance) -> ir.Value | None:
    """slice(transpose(x))  ->  transpose(slice(x))"""
    return None if _source(op.operands[0]) is None else slice_of_transpose(op)


@rule(Take)
def sink_below_take(op: OpInstance) -> ir.Value | None:
    """take(transpose(x), i)  ->  transpose(take(x, i)), as where pixels are repeated"""
    source, indices = _source(op.operands[0]), op.operands[1]
    if source is None or ArrayType.of(indices).rank != 1:
        return None
    taken = Take.build(source, indices, axis=TO_FIRST[op.attributes["axis"]])
    return Transpose.build(taken, permutation=TO_FIRST)


@rule(Pool)
def sink_below_pool(op: OpInstance) -> ir.Value | None:
    """pool(transpose(x))  ->  transpose(pool(x)), whose channels are a third axis of windows"""
    source = _source(op.operands[0])
    if source is None or not op.result_type.is_static:
        return None
    batch, *image = ArrayType.of(source).sizes
    steps = {name: (*op.attributes[name], 1) for name in ("window", "strides", "dilation")}
    padding = {name: (*op.attributes[name], 0) for name in ("padding_low", "padding_high")}
    rest = {name: op.attributes[name] for name in ("kind", "count_include_padding")}
    pooled = Pool.build(
        TensorValue(source).reshape([batch, 1, *image]).value, **steps, **padding, **rest
    )
    sizes = ArrayType.of(pooled).sizes
    return Transpose.build(
        TensorValue(pooled).reshape([batch, *sizes[2:]]).value, permutation=TO_FIRST
    )


def _is_pool(op: OpInstance, axes: tuple[int, ...]) -> bool:
    """Whether small images [N, H, W, C] of float32 are summed whole."""
    array = op.operand_types[0]
    small = array.is_static and 0 < math.prod(array.sizes) <= _SMALL_IMAGES
    return op.cls is ReduceSum and axes == (1, 2) and small and str(array.dtype) == "float32"


def _sum_by_pool(images: ir.Value, wanted: ArrayType) -> ir.Value:
    """The sums of images [N, H, W, C], [N, C] or [N, C, 1, 1]: pools with a kernel of their own."""
    batch, height, width, channels = ArrayType.of(images).sizes
    pooled = Pool.build(
        TensorValue(images).reshape([batch, 1, height, width, channels]).value,
        kind="sum",
        window=(height, width, 1),
        strides=(1, 1, 1),
        padding_low=(0, 0, 0),
        padding_high=(0, 0, 0),
        dilation=(1, 1, 1),
        count_include_padding=True,
    )
    return TensorValue(pooled).reshape(wanted.sizes).value


@rule(Divide)
def divide_pooled(op: OpInstance) -> ir.Value | None:
    """divide(reshape(pool(x)), n)  ->  reshape(divide(pool(x), n)), which is the pool's epilogue"""
    reshaped = defining_op(op.operands[0], Reshape)
    if reshaped is None or defining_op(reshaped.operands[0], Pool) is None:
        return None
    if op.operand_types[1].rank != 0:
        return None
    quotient = Divide.build(reshaped.operands[0], op.operands[1])
    return TensorValue(quotient).reshape(op.result_type.sizes).value


def _source(value: ir.Value) -> ir.Value | None:
    """What a transposition to channels first reads."""
    op = defining_op(value, Transpose)
    return op.operands[0] if op is not None and op.attributes["permutation"] == TO_FIRST else None


def _turned(value: ir.Value) -> ir.Value:
    """An operand that is broadcast, with its channels last."""
    shape = ArrayType.of(value).sizes
    if math.prod(shape) == 1:
        return TensorValue(value).reshape([]).value
    if len(shape) < 4:
        value = TensorValue(value).reshape([1] * (4 - len(shape)) + list(shape)).value
    return Transpose.build(value, permutation=TO_LAST)


def _last(counts: Sequence[int]) -> tuple[int, ...]:
    return tuple(counts[axis] for axis in TO_LAST)
