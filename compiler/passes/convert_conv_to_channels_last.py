"""Writes convolutions of images as NHWC ones, between transpositions.

    y = convolution(x, w)
      ->  y = transpose(channels_last_convolution(pad(transpose(x)), transpose(w)))
    y = convolution(x, w) with a 1x1 kernel and stride 1
      ->  y = transpose(matmul(transpose(x), w))

Channels then are what a vector holds, and `tessel-propagate-transposes` moves the transpositions
out to the program's edges. Keeps: shapes, dtypes, results to rounding.  Does not fire: on weights
that are no constant expressions, on other dtypes than float32, other ranks, dynamic sizes,
dilation along a row or of the input, on groups of several channels.  Test:
lit_tests/passes/convert_conv_to_channels_last.mlir
"""

from dataclasses import dataclass

import numpy as np

from tessel.compiler.analysis.constants import is_compile_time_constant
from tessel.compiler.passes.base import Pass, apply_rules, rule
from tessel.dialects.builder import TensorValue
from tessel.dialects.channels_last import (
    TO_FIRST,
    TO_LAST,
    ChannelsLastConvolution,
    DepthwiseConvolution,
)
from tessel.dialects.constant import build_constant
from tessel.dialects.contraction import Matmul
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Pad, Transpose


@dataclass(frozen=True)
class ConvertConvToChannelsLast(Pass):
    """Greedy application of the rule below."""

    def run(self, module: ir.Operation) -> None:
        apply_rules(module, [*convert_conv_to_channels_last])


@rule(Convolution)
def convert_conv_to_channels_last(op: OpInstance) -> ir.Value | None:
    """convolution(x, w)  ->  transpose(channels_last_convolution(transpose(x), transpose(w)))"""
    if not _fits(op):
        return None
    image = Transpose.build(op.operands[0], permutation=TO_LAST)
    weight = op.operands[1]
    outputs, depth, rows, columns = op.operand_types[1].sizes
    strides, low, high = (op.attributes[k] for k in ("strides", "padding_low", "padding_high"))
    if (rows, columns, *strides, *low, *high) == (1, 1, 1, 1, 0, 0, 0, 0) and depth > 1:
        matrix = TensorValue(weight).reshape([outputs, depth])
        turned = Transpose.build(matrix.value, permutation=(1, 0))
        return Transpose.build(Matmul.build(image, turned), permutation=TO_FIRST)
    if op.attributes["groups"] > 1:
        filters = TensorValue(weight).reshape([outputs, rows, columns])
        kernel = Transpose.build(filters.value, permutation=(1, 2, 0))
        result = DepthwiseConvolution.build(image, kernel, strides=strides, low=low, high=high)
        return Transpose.build(result, permutation=TO_FIRST)
    if any((*low, *high)):
        zero = build_constant(np.zeros((), np.float32))
        image = Pad.build(image, zero, low=(0, *low, 0), high=(0, *high, 0))
    kernel = Transpose.build(weight, permutation=(2, 3, 1, 0))
    dilation = op.attributes["dilation"][0]
    result = ChannelsLastConvolution.build(image, kernel, strides=strides, dilation=dilation)
    return Transpose.build(result, permutation=TO_FIRST)


def _fits(op: OpInstance) -> bool:
    image, weight = op.operand_types
    if image.rank != 4 or not all(one.is_static for one in (image, weight, op.result_type)):
        return False
    groups, dilation = op.attributes["groups"], op.attributes["dilation"]
    depthwise = groups == image.shape[1] == weight.shape[0] and dilation[0] == 1
    return (
        str(image.dtype) == "float32"
        and is_compile_time_constant(op.operands[1])
        and dilation[1] == 1
        and op.attributes["input_dilation"] == (1, 1)
        and min(op.attributes["padding_low"] + op.attributes["padding_high"]) >= 0
        and 0 not in (*image.sizes, *op.result_type.sizes)
        and (groups == 1 or depthwise)
    )
