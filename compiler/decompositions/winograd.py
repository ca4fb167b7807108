"""Decompositions of `dialects/winograd.py`, for where no kernel is chosen: products of matrices."""

from functools import reduce

import numpy as np

from tessel.compiler.decompositions.base import decomposes
from tessel.compiler.decompositions.packing import unpacked
from tessel.dialects.builder import TensorValue
from tessel.dialects.constant import build_constant
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Concatenate, Pad, Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.winograd import (
    EDGE,
    FILTER_TRANSFORM,
    INPUT_TRANSFORM,
    OUTPUT_TRANSFORM,
    POINTS,
    STEP,
    WINDOW,
    WinogradConvolution,
    WinogradInput,
    both_ways,
    tiles_of,
)


def winograd_weight(weight: ir.Value) -> ir.Value:
    """A weight [3, 3, C, O] as the matrix [16 * C, O] that is packed for `winograd_convolution`."""
    _, _, channels, filters = TensorValue(weight).type.sizes
    flat = TensorValue(weight).reshape([WINDOW**2, channels * filters])
    made = _transformed(FILTER_TRANSFORM, flat.value)
    return TensorValue(made).reshape([POINTS * channels, filters]).value


@decomposes(WinogradInput)
def decompose_winograd_input(op: OpInstance) -> ir.Value:
    """Every second pixel from each of 16 on, side by side, times the transform."""
    count, height, width, channels = op.operand_types[0].sizes
    down, across = tiles_of(height - 2), tiles_of(width - 2)
    missing = (2 * down + 2 - height, 2 * across + 2 - width)
    image = op.operands[0]
    if any(missing):
        zero = build_constant(np.zeros((), op.result_type.dtype))
        image = Pad.build(image, zero, low=(0, 0, 0, 0), high=(0, *missing, 0))
    points = [
        Slice.build(
            image,
            starts=(0, i, j, 0),
            stops=(count, i + 2 * down - 1, j + 2 * across - 1, channels),
            steps=(1, STEP, STEP, 1),
        )
        for i in range(EDGE)
        for j in range(EDGE)
    ]
    tiles = count * down * across
    rows = [TensorValue(one).reshape([tiles, 1, channels]).value for one in points]
    beside = reduce(lambda lhs, rhs: Concatenate.build(lhs, rhs, axis=1), rows)
    return _transformed(INPUT_TRANSFORM, beside)


@decomposes(WinogradConvolution)
def decompose_winograd_convolution(op: OpInstance) -> ir.Value:
    """One product for each of 16 elements of a tile, times the transform, as pixels."""
    tiles, packed = op.operands
    _, _, channels = op.operand_types[0].sizes
    (count, height, width), filters = op.attributes["output"], op.attributes["filters"]
    matrix = unpacked(TensorValue(packed), POINTS * channels, filters, kr=1)
    windows = matrix.reshape([POINTS, channels, filters])
    by_point = Transpose.build(tiles, permutation=(1, 0, 2))
    products = Matmul.build(by_point, windows.value)
    cut = _transformed(OUTPUT_TRANSFORM, Transpose.build(products, permutation=(1, 0, 2)))
    down, across = tiles_of(height), tiles_of(width)
    split = TensorValue(cut).reshape([count, down, across, STEP, STEP, filters])
    turned = Transpose.build(split.value, permutation=(0, 1, 3, 2, 4, 5))
    whole = TensorValue(turned).reshape([count, STEP * down, STEP * across, filters])
    stops = (count, height, width, filters)
    return Slice.build(whole.value, starts=(0, 0, 0, 0), stops=stops, steps=(1, 1, 1, 1))


def _transformed(transform: np.ndarray, tiles: ir.Value) -> ir.Value:
    """The lines and the columns of tiles [..., points, C] times `transform`."""
    both = build_constant(both_ways(transform, TensorValue(tiles).type.dtype))
    return Matmul.build(both, tiles)
