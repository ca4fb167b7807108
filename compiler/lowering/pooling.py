"""Lowerings of `dialects/pooling.py`: a loop nest with the window as its reduction loops."""

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from tessel.compiler.emit.element import Element, cast, constant
from tessel.compiler.lowering.arithmetic import maximum
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    elementwise,
    empty,
    filled,
    generic,
    identity_map,
    index_constant,
    lowers,
)
from tessel.compiler.lowering.contraction import converted
from tessel.compiler.lowering.window import (
    Padded,
    output_sizes,
    pad_spatial,
    sizes_in_order,
    window_expr,
)
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg
from tessel.dialects.pooling import Pool, least_value, pool_windows
from tessel.dialects.types import ArrayType, accumulation_dtype
from tessel.dialects.window import Windows

Combine = Callable[[Element, Element], Element]


@lowers(Pool)
def lower_pool(op: OpInstance) -> ir.Value:
    """Largest elements in their own dtype, sums in the accumulation dtype, rounded once."""
    (x,), (x_type,) = op.operands, op.operand_types
    if 0 in op.result_type.shape and op.result_type.is_static:
        return empty(op.result_type)
    if op.attributes["kind"] == "max":
        return _reduce_windows(x, x_type, op, least_value(x_type.dtype), maximum)[0]
    wide = x_type.with_dtype(accumulation_dtype(x_type.dtype))
    x = converted(x, x_type, wide.dtype)
    total, total_type = _reduce_windows(x, wide, op, 0, lambda sum_, one: sum_ + one)
    if op.attributes["kind"] == "average":
        total = _average(op, x, total, total_type)
    return converted(total, total_type, op.result_type.dtype)


def _windows(op: OpInstance) -> Windows:
    names = ("window", "strides", "padding_low", "padding_high", "dilation")
    return pool_windows(*(op.attributes[name] for name in names))


def _reduce_windows(
    x: ir.Value, x_type: ArrayType, op: OpInstance, identity: Any, combine: Combine
) -> Padded:
    """All windows of `x` [N, C, *spatial] combined, beginning with `identity`."""
    windows = _windows(op)
    rank = len(windows.sizes)
    start = constant(identity, x_type.dtype)
    padded = pad_spatial(x, x_type, windows, start)
    result = x_type.with_shape([*x_type.shape[:2], *windows.output_shape(x_type.shape[2:])])
    known = output_sizes(padded, windows, result) | {0: dim(x, 0), 1: dim(x, 1)}
    sizes = sizes_in_order(result, known)
    if 0 in result.shape:
        return filled(result, constant(0, result.dtype).value, list(sizes)), result
    loops = [ir.AffineExpr.get_dim(position) for position in range(2 + 2 * rank)]
    indices = [window_expr(axis, 2 + axis, 2 + rank + axis, windows) for axis in range(rank)]
    exprs = [[*loops[:2], *indices], loops[2 + rank :], loops[: 2 + rank]]
    maps = [ir.AffineMap.get(2 + 2 * rank, 0, one) for one in exprs]
    iterators = ["parallel"] * (2 + rank) + ["reduction"] * rank
    # The loops over the window take their sizes from an operand that is never read.
    shape = empty(x_type.with_shape(windows.sizes))

    def step(element: ir.Value, _: ir.Value, total: ir.Value) -> list[ir.Value]:
        return [combine(Element(total, x_type.dtype), Element(element, x_type.dtype)).value]

    outputs = [filled(result, start.value, sizes)]
    return generic([padded[0], shape], maps, outputs, iterators, step)[0], result


def _average(op: OpInstance, x: ir.Value, total: ir.Value, total_type: ArrayType) -> ir.Value:
    """Sums over how many elements each window holds."""
    windows = _windows(op)
    padding = any((*windows.padding_low, *windows.padding_high))
    if op.attributes["count_include_padding"] or not padding:
        number = math.prod(op.attributes["window"])
        return elementwise([total], [total_type], [total_type], lambda one: [one / number])[0]
    spatial = [dim(x, axis) for axis in range(2, total_type.rank)]

    def body(sum_: ir.Value, _: ir.Value) -> list[ir.Value]:
        counts = [_present(axis, size, windows) for axis, size in enumerate(spatial)]
        held = arith.index_cast(ir.IntegerType.get_signless(64), reduce(arith.muli, counts))
        number = cast(Element(held, np.dtype(np.int64)), total_type.dtype)
        return [(Element(sum_, total_type.dtype) / number).value]

    # Not a pool of ones: IREE folds a reduction of a constant array to the constant.
    maps, iterators = [identity_map(total_type.rank)] * 2, ["parallel"] * total_type.rank
    output = empty(total_type, dynamic_sizes(total_type, lambda axis: dim(total, axis)))
    return generic([total], maps, [output], iterators, body)[0]


def _present(axis: int, size: ir.Value, windows: Windows) -> ir.Value:
    """How many elements of a window are in the array, not in its padding, along a spatial axis."""
    output_index = linalg.IndexOp(axis + 2).result
    moved = arith.muli(output_index, index_constant(windows.strides[axis]))
    start = arith.subi(moved, index_constant(windows.padding_low[axis]))
    zero = index_constant(0)
    first = _steps_to(arith.subi(zero, start), windows.dilation[axis])
    end = _steps_to(arith.subi(size, start), windows.dilation[axis])
    last = arith.minsi(end, index_constant(windows.sizes[axis]))
    return arith.maxsi(arith.subi(last, first), zero)


def _steps_to(distance: ir.Value, step: int) -> ir.Value:
    """max(0, ceil(distance / step))."""
    reached = arith.maxsi(arith.addi(distance, index_constant(step - 1)), index_constant(0))
    return arith.divui(reached, index_constant(step))
