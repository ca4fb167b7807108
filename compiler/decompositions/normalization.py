"""Decompositions of `dialects/normalization.py`: sums, then one pass over the elements.

That pass multiplies by the reciprocal of what is one number for many elements: a division costs ten
times as much, and the result is an ulp away.
float16 and bfloat16 are widened to float32 first and rounded once at the end.
"""

from collections.abc import Sequence

from tessel.compiler.decompositions.base import decomposes
from tessel.dialects import normalization as ops
from tessel.dialects.arithmetic import FloorDivide
from tessel.dialects.builder import TensorValue
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir


@decomposes(ops.Softmax)
def decompose_softmax(op: OpInstance) -> ir.Value:
    """softmax(x)  ->  exp(x - max(x)) * (1 / sum(exp(x - max(x))))"""
    axes = [op.attributes["axis"]]
    exponentials = _shifted(op, axes).exp()
    result = exponentials * exponentials.sum(axes).reciprocal()
    return result.cast(op.result_type.dtype).value


@decomposes(ops.LogSoftmax)
def decompose_log_softmax(op: OpInstance) -> ir.Value:
    """log_softmax(x)  ->  (x - max(x)) - log(sum(exp(x - max(x))))"""
    axes = [op.attributes["axis"]]
    shifted = _shifted(op, axes)
    result = shifted - shifted.exp().sum(axes).log()
    return result.cast(op.result_type.dtype).value


@decomposes(ops.LayerNorm)
def decompose_layer_norm(op: OpInstance) -> ir.Value:
    """layer_norm(x)  ->  (x - mean(x)) / sqrt(mean((x - mean(x))**2) + epsilon) * scale + bias"""
    x, scale, bias = op.operands
    axes = range(op.attributes["axis"], op.result_type.rank)
    normal = _standardized(TensorValue(x).widened(), axes, op.attributes["epsilon"])
    return _affine(normal, scale, bias).cast(op.result_type.dtype).value


@decomposes(ops.RmsNorm)
def decompose_rms_norm(op: OpInstance) -> ir.Value:
    """rms_norm(x)  ->  x / sqrt(mean(x**2) + epsilon) * scale"""
    x, scale = op.operands
    axes = range(op.attributes["axis"], op.result_type.rank)
    wide = TensorValue(x).widened()
    deviation = ((wide * wide).mean(axes) + op.attributes["epsilon"]).sqrt()
    normal = wide * deviation.reciprocal()
    return _affine(normal, scale, None).cast(op.result_type.dtype).value


@decomposes(ops.GroupNorm)
def decompose_group_norm(op: OpInstance) -> ir.Value:
    """group_norm(x)  ->  layer_norm of [N, groups, C / groups, ...], scaled channel by channel"""
    x, scale, bias = op.operands
    groups = op.attributes["groups"]
    wide = TensorValue(x).widened()
    shape = wide.shape()
    grouped = wide.reshape([shape[0], groups, _channels_per_group(wide, groups), *shape[2:]])
    axes = range(2, grouped.type.rank)
    normal = _standardized(grouped, axes, op.attributes["epsilon"]).reshape(shape)
    scale, bias = (None if one is None else _as_channels(one, len(shape)) for one in (scale, bias))
    return _affine(normal, scale, bias).cast(op.result_type.dtype).value


@decomposes(ops.BatchNorm)
def decompose_batch_norm(op: OpInstance) -> ir.Value:
    """batch_norm(x)  ->  (x - mean) / sqrt(variance + epsilon) * scale + bias"""
    x, *columns = op.operands
    rank = op.result_type.rank
    scale, bias, mean, variance = (
        TensorValue(_as_channels(one, rank)).widened() for one in columns
    )
    deviation = (variance + op.attributes["epsilon"]).sqrt()
    result = (TensorValue(x).widened() - mean) * (deviation.reciprocal() * scale) + bias
    return result.cast(op.result_type.dtype).value


def _shifted(op: OpInstance, axes: Sequence[int]) -> TensorValue:
    """x less its largest element, so that no exponential overflows."""
    wide = TensorValue(op.operands[0]).widened()
    if 0 in [op.result_type.shape[axis] for axis in axes]:
        return wide
    return wide - wide.max(axes)


def _standardized(x: TensorValue, axes: Sequence[int], epsilon: float) -> TensorValue:
    # Two passes: mean(x**2) - mean(x)**2 loses all digits where the mean is large.
    centered = x - x.mean(axes)
    deviation = ((centered * centered).mean(axes) + epsilon).sqrt()
    return centered * deviation.reciprocal()


def _affine(x: TensorValue, scale: ir.Value | None, bias: ir.Value | None) -> TensorValue:
    if scale is not None:
        x = x * TensorValue(scale).widened()
    return x if bias is None else x + TensorValue(bias).widened()


def _channels_per_group(x: TensorValue, groups: int) -> "int | TensorValue":
    channels = x.type.shape[1]
    if channels is not None:
        return channels // groups
    size = x.size(1)
    count = size.lift(groups)
    return TensorValue(FloorDivide.build(size.value, count.value))


def _as_channels(column: ir.Value, rank: int) -> ir.Value:
    """[C] as [C, 1, 1, ...], which broadcasts over [N, C, *spatial]."""
    term = TensorValue(column)
    return term.reshape([*term.shape(), *(1,) * (rank - 2)]).value
