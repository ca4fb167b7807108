"""Padding and window loops that convolution and pooling share."""

from collections.abc import Sequence

import numpy as np

from tessel.compiler.emit.element import Element, select
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    empty,
    generic,
    identity_map,
    index_constant,
    signless,
)
from tessel.compiler.lowering.gather import extract_element
from tessel.dialects.mlir import arith, ir, linalg, tensor
from tessel.dialects.types import ArrayType
from tessel.dialects.window import Windows

Padded = tuple[ir.Value, ArrayType]
"""An array [N, C, *spatial] with its gaps and padding filled, and its type."""


def pad_spatial(x: ir.Value, x_type: ArrayType, windows: Windows, fill: Element) -> Padded:
    """`x` with gaps between its elements and padding around them, filled with `fill`."""
    return _without_rest(*_pad_spatial(x, x_type, windows, fill), windows)


def _without_rest(padded: ir.Value, padded_type: ArrayType, windows: Windows) -> Padded:
    """Without the last elements of an axis that no window reaches.

    With them IREE refuses windows whose count is 1: "inferred input/output operand has shape's
    dimension to be 4, but found 2".
    """
    if not padded_type.is_static or None in windows.sizes or 0 in padded_type.shape:
        return padded, padded_type
    shape = list(padded_type.shape)
    for axis, window in enumerate(windows.sizes):
        reach = ((window or 1) - 1) * windows.dilation[axis] + 1
        size, stride = shape[axis + 2] or 0, windows.strides[axis]
        if size >= reach:
            shape[axis + 2] = (size - reach) // stride * stride + reach
    if tuple(shape) == padded_type.shape:
        return padded, padded_type
    target = padded_type.with_shape(shape)
    zeros, ones = [0] * target.rank, [1] * target.rank
    part = tensor.extract_slice(signless(target), padded, [], [], [], zeros, shape, ones)
    return part, target


def _pad_spatial(x: ir.Value, x_type: ArrayType, windows: Windows, fill: Element) -> Padded:
    spread = any(step != 1 for step in windows.input_dilation)
    cut = min((*windows.padding_low, *windows.padding_high)) < 0
    # A fill of 16-byte elements, which is what IREE makes of a pad, fails to compile.
    if spread or cut or x_type.dtype == np.complex128:
        return _spread(x, x_type, windows, fill)
    if not any((*windows.padding_low, *windows.padding_high)):
        return x, x_type
    return _surround(x, x_type, windows, fill)


def output_sizes(
    padded: Padded, windows: Windows, result: ArrayType, kernel: ir.Value | None = None
) -> dict[int, ir.Value]:
    """The spatial sizes of `result` that are dynamic, by axis.

    `kernel` has the windows' sizes as its dimensions from 2 on; needed where those are unknown.
    """
    return {
        axis: _window_count(padded[0], axis, windows, kernel)
        for axis in range(2, result.rank)
        if result.shape[axis] is None
    }


def window_expr(axis: int, position: int, offset: int, windows: Windows) -> ir.AffineExpr:
    """Where loop `position` of the output and loop `offset` of the window meet in the input."""
    stride, dilation = windows.strides[axis], windows.dilation[axis]
    moved = ir.AffineExpr.get_mul(
        ir.AffineExpr.get_dim(position), ir.AffineExpr.get_constant(stride)
    )
    taken = ir.AffineExpr.get_mul(
        ir.AffineExpr.get_dim(offset), ir.AffineExpr.get_constant(dilation)
    )
    return ir.AffineExpr.get_add(moved, taken)


def _window_count(
    padded: ir.Value, axis: int, windows: Windows, kernel: ir.Value | None
) -> ir.Value:
    """max(0, (size - (window - 1) * dilation - 1) // stride + 1), dividing nothing negative."""
    stride, dilation = windows.strides[axis - 2], windows.dilation[axis - 2]
    window = windows.sizes[axis - 2]
    count = dim(kernel, axis) if window is None else index_constant(window)
    reach = arith.muli(arith.subi(count, index_constant(1)), index_constant(dilation))
    room = arith.addi(arith.subi(dim(padded, axis), reach), index_constant(stride - 1))
    return arith.divui(arith.maxsi(room, index_constant(0)), index_constant(stride))


def _padded_type(x: ArrayType, windows: Windows) -> ArrayType:
    shape = list(x.shape[:2])
    for axis, size in enumerate(x.shape[2:]):
        if size is not None:
            spread = (size - 1) * windows.input_dilation[axis] + 1 if size else 0
            size = max(0, spread + windows.padding_low[axis] + windows.padding_high[axis])
        shape.append(size)
    return x.with_shape(shape)


def _surround(x: ir.Value, x_type: ArrayType, windows: Windows, fill: Element) -> Padded:
    target = _padded_type(x_type, windows)
    low, high = [0, 0, *windows.padding_low], [0, 0, *windows.padding_high]
    operation = tensor.PadOp(signless(target), x, [], [], low, high)
    block = operation.regions[0].blocks.append(*[ir.IndexType.get()] * target.rank)
    with ir.InsertionPoint(block):
        tensor.YieldOp(fill.value)
    return operation.result, target


def _spread(x: ir.Value, x_type: ArrayType, windows: Windows, fill: Element) -> Padded:
    """One loop over the padded array that reads x where it has an element and `fill` elsewhere."""
    target = _padded_type(x_type, windows)
    sizes = dynamic_sizes(target, lambda axis: _padded_size(x, axis, windows))
    if 0 in x_type.shape:
        return linalg.fill(fill.value, outs=[empty(target, sizes)]), target

    def body(_: ir.Value) -> list[ir.Value]:
        indices = [linalg.IndexOp(axis).result for axis in range(target.rank)]
        inside = None
        for axis in range(2, target.rank):
            indices[axis], valid = _source(x, axis, indices[axis], windows)
            inside = valid if inside is None else arith.andi(inside, valid)
        found = fill.with_value(extract_element(x, indices))
        return [select(Element(inside, fill.dtype), found, fill).value]

    maps, iterators = [identity_map(target.rank)], ["parallel"] * target.rank
    return generic([], maps, [empty(target, sizes)], iterators, body)[0], target


def _source(
    x: ir.Value, axis: int, padded_index: ir.Value, windows: Windows
) -> tuple[ir.Value, ir.Value]:
    """The index along `axis` of x that lands there, clamped into x, and whether one does."""
    step = index_constant(windows.input_dilation[axis - 2])
    zero, size = index_constant(0), dim(x, axis)
    shifted = arith.subi(padded_index, index_constant(windows.padding_low[axis - 2]))
    source = arith.divsi(shifted, step)
    checks = [
        arith.cmpi(arith.CmpIPredicate.sge, shifted, zero),
        arith.cmpi(arith.CmpIPredicate.eq, arith.remsi(shifted, step), zero),
        arith.cmpi(arith.CmpIPredicate.slt, source, size),
    ]
    last = arith.subi(size, index_constant(1))
    clamped = arith.maxsi(arith.minsi(source, last), zero)
    return clamped, arith.andi(arith.andi(checks[0], checks[1]), checks[2])


def _padded_size(x: ir.Value, axis: int, windows: Windows) -> ir.Value:
    size = dim(x, axis)
    if axis < 2:
        return size
    step = windows.input_dilation[axis - 2]
    around = windows.padding_low[axis - 2] + windows.padding_high[axis - 2]
    # max(0, (size - 1) * step + 1): an array without elements has no gaps either.
    gaps = arith.subi(arith.muli(size, index_constant(step)), index_constant(step - 1))
    spread = arith.maxsi(gaps, index_constant(0))
    return arith.maxsi(arith.addi(spread, index_constant(around)), index_constant(0))


def sizes_in_order(result: ArrayType, known: dict[int, ir.Value]) -> Sequence[ir.Value]:
    """The dynamic sizes of `result` in order, from `known` by axis."""
    return dynamic_sizes(result, lambda axis: known[axis])
