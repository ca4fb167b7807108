"""Decompositions of `dialects/channels_last.py`, for where no kernel is chosen."""

from tessel.compiler.decompositions.base import decomposes
from tessel.compiler.decompositions.packing import unpacked
from tessel.dialects.builder import TensorValue
from tessel.dialects.channels_last import (
    TO_FIRST,
    TO_LAST,
    ChannelsLastConvolution,
    DepthwiseConvolution,
    PackedConvolution,
)
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose


@decomposes(ChannelsLastConvolution)
def decompose_channels_last_convolution(op: OpInstance) -> ir.Value:
    """transpose(convolution(transpose(image), transpose(weight)))"""
    image, weight = op.operands
    turned = Transpose.build(weight, permutation=(3, 2, 0, 1))
    strides, dilation = op.attributes["strides"], op.attributes["dilation"]
    return _convolution(image, turned, strides, dilation, 1)


@decomposes(PackedConvolution)
def decompose_packed_convolution(op: OpInstance) -> ir.Value:
    """packed_convolution(image, pack_matrix(w))  ->  channels_last_convolution(image, w)"""
    image, packed = op.operands
    k, filters = op.operand_types[1].sizes[1], op.attributes["filters"]
    matrix = unpacked(TensorValue(packed), k, filters, kr=1)
    weight = matrix.reshape([*op.attributes["kernel"], op.operand_types[0].sizes[3], filters])
    strides, dilation = op.attributes["strides"], op.attributes["dilation"]
    return ChannelsLastConvolution.build(image, weight.value, strides=strides, dilation=dilation)


@decomposes(DepthwiseConvolution)
def decompose_depthwise_convolution(op: OpInstance) -> ir.Value:
    """transpose(convolution(transpose(image), transpose(weight), groups=C))"""
    image, weight = op.operands
    rows, columns, channels = op.operand_types[1].sizes
    turned = Transpose.build(weight, permutation=(2, 0, 1))
    filters = TensorValue(turned).reshape([channels, 1, rows, columns])
    low, high = op.attributes["low"], op.attributes["high"]
    strides = op.attributes["strides"]
    return _convolution(image, filters.value, strides, 1, channels, (low, high))


def _convolution(
    image: ir.Value,
    weight: ir.Value,
    strides: tuple[int, ...],
    dilation: int,
    groups: int,
    padding: tuple[tuple[int, ...], tuple[int, ...]] = ((0, 0), (0, 0)),
) -> ir.Value:
    first = Transpose.build(image, permutation=TO_FIRST)
    result = Convolution.build(
        first,
        weight,
        strides=strides,
        padding_low=padding[0],
        padding_high=padding[1],
        dilation=(dilation, 1),
        input_dilation=(1, 1),
        groups=groups,
    )
    return Transpose.build(result, permutation=TO_LAST)
