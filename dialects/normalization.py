"""Normalisation: elements scaled by statistics of their row, group or channel.

All are composite: `compiler/decompositions/normalization.py` writes them in primitive ops. float16
and bfloat16 are computed in float32 and rounded once.
"""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import may_be, size_text
from tessel.dialects.flops import TRANSCENDENTAL
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, Shape, accumulation_dtype, is_float


class Softmax(TesselOp, name="softmax"):
    """Exponentials along an axis, scaled to sum to one.

    Semantics: result = exp(x - max(x)) / sum(exp(x - max(x))), along `axis`; NaN where all are
    -inf.
    (C1) 0 <= axis < rank(x).  (C2) Floating point.
    Source: torch `softmax`.
    """

    flops_per_element = TRANSCENDENTAL + 4
    x: Operand
    axis: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, axis: int) -> ArrayType:
        return _infer_along_axis(x, axis)

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        exponentials = np.exp(_shifted(x, axis))
        result = exponentials / exponentials.sum(axis=axis, keepdims=True)
        return result.astype(x.dtype, copy=False)


class LogSoftmax(TesselOp, name="log_softmax"):
    """Logarithm of softmax, without computing softmax.

    Semantics: result = (x - max(x)) - log(sum(exp(x - max(x)))), along `axis`.
    (C1) 0 <= axis < rank(x).  (C2) Floating point.
    Source: torch `log_softmax`.
    """

    flops_per_element = TRANSCENDENTAL + 4
    x: Operand
    axis: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, axis: int) -> ArrayType:
        return _infer_along_axis(x, axis)

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        shifted = _shifted(x, axis)
        result = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
        return result.astype(x.dtype, copy=False)


class LayerNorm(TesselOp, name="layer_norm"):
    """Elements less their mean, over their standard deviation, across the last axes.

    Semantics: result = (x - mean) / sqrt(variance + epsilon) * scale + bias, where mean and
    (biased) variance are over the axes from `axis` to the last.
    Shapes: scale and bias, where given, have the shape of those axes.
    (C1) 0 <= axis < rank(x).  (C2) Floating point.  (C3) scale and bias have x's dtype.
    (C4) scale and bias have the shape of the normalised axes.
    Source: ONNX `LayerNormalization`; torch `layer_norm`.
    """

    flops_per_element = 8
    x: Operand
    scale: Operand | None
    bias: Operand | None
    axis: int
    epsilon: float
    result: Result

    @staticmethod
    def infer(
        x: ArrayType, scale: ArrayType | None, bias: ArrayType | None, axis: int, epsilon: float
    ) -> ArrayType:
        _infer_along_axis(x, axis)
        _check_affine(x, {"scale": scale, "bias": bias}, x.shape[axis:])
        return x

    @staticmethod
    def reference(
        x: np.ndarray, scale: np.ndarray | None, bias: np.ndarray | None, axis: int, epsilon: float
    ) -> np.ndarray:
        axes = tuple(range(axis, x.ndim))
        return _affine(_standardized(x, axes, epsilon), scale, bias).astype(x.dtype, copy=False)


class RmsNorm(TesselOp, name="rms_norm"):
    """Elements over their root mean square across the last axes.

    Semantics: result = x / sqrt(mean(x * x) + epsilon) * scale, the mean over the axes from `axis`
    to the last.
    Shapes: scale, where given, has the shape of those axes.
    (C1) 0 <= axis < rank(x).  (C2) Floating point.  (C3) scale has x's dtype.
    (C4) scale has the shape of the normalised axes.
    Source: torch `rms_norm`.
    """

    flops_per_element = 5
    x: Operand
    scale: Operand | None
    axis: int
    epsilon: float
    result: Result

    @staticmethod
    def infer(x: ArrayType, scale: ArrayType | None, axis: int, epsilon: float) -> ArrayType:
        _infer_along_axis(x, axis)
        _check_affine(x, {"scale": scale}, x.shape[axis:])
        return x

    @staticmethod
    def reference(x: np.ndarray, scale: np.ndarray | None, axis: int, epsilon: float) -> np.ndarray:
        wide = _widened(x)
        axes = tuple(range(axis, x.ndim))
        square = _mean(wide * wide, axes)
        result = wide / np.sqrt(square + wide.dtype.type(epsilon))
        return _affine(result, scale, None).astype(x.dtype, copy=False)


class GroupNorm(TesselOp, name="group_norm"):
    """Layer norm over groups of channels and all spatial axes.

    Semantics: the channels of x are split into `groups` runs; each run of each batch element is
    normalised as in `layer_norm`, then result[n, c] is multiplied by scale[c], plus bias[c].
    Shapes: x [N, C, *spatial], scale and bias [C] where given.
    (C1) x has rank 2 or more.  (C2) Floating point.  (C3) scale and bias have x's dtype.
    (C4) scale and bias have shape (C,).  (C5) groups >= 1 divides C.
    Source: torch `group_norm`.
    """

    flops_per_element = 8
    x: Operand
    scale: Operand | None
    bias: Operand | None
    groups: int
    epsilon: float
    result: Result

    @staticmethod
    def infer(
        x: ArrayType, scale: ArrayType | None, bias: ArrayType | None, groups: int, epsilon: float
    ) -> ArrayType:
        _check_channels(x, {"scale": scale, "bias": bias})
        channels = x.shape[1]
        divides = groups >= 1 and may_be(channels, lambda count: count % groups == 0)
        check(divides, "C5", f"{groups} groups do not divide {size_text(channels)} channels")
        return x

    @staticmethod
    def reference(
        x: np.ndarray,
        scale: np.ndarray | None,
        bias: np.ndarray | None,
        groups: int,
        epsilon: float,
    ) -> np.ndarray:
        grouped = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
        normal = _standardized(grouped, tuple(range(2, grouped.ndim)), epsilon).reshape(x.shape)
        columns = [None if one is None else _as_channels(one, x.ndim) for one in (scale, bias)]
        return _affine(normal, *columns).astype(x.dtype, copy=False)


class BatchNorm(TesselOp, name="batch_norm"):
    """Normalisation of each channel by given statistics (inference).

    Semantics: result[n, c] = (x[n, c] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] +
    bias[c].
    Shapes: x [N, C, *spatial], the others [C].
    (C1) x has rank 2 or more.  (C2) Floating point.  (C3) All have one dtype.
    (C4) scale, bias, mean and variance have shape (C,).
    Source: ONNX `BatchNormalization`; torch `batch_norm` with training=False.
    """

    flops_per_element = 4
    x: Operand
    scale: Operand
    bias: Operand
    mean: Operand
    variance: Operand
    epsilon: float
    result: Result

    @staticmethod
    def infer(
        x: ArrayType,
        scale: ArrayType,
        bias: ArrayType,
        mean: ArrayType,
        variance: ArrayType,
        epsilon: float,
    ) -> ArrayType:
        columns = {"scale": scale, "bias": bias, "mean": mean, "variance": variance}
        _check_channels(x, columns)
        return x

    @staticmethod
    def reference(
        x: np.ndarray,
        scale: np.ndarray,
        bias: np.ndarray,
        mean: np.ndarray,
        variance: np.ndarray,
        epsilon: float,
    ) -> np.ndarray:
        wide = _widened(x)
        scale, bias, mean, variance = (
            _widened(_as_channels(one, x.ndim)) for one in (scale, bias, mean, variance)
        )
        deviation = np.sqrt(variance + wide.dtype.type(epsilon))
        return ((wide - mean) / deviation * scale + bias).astype(x.dtype, copy=False)


def _infer_along_axis(x: ArrayType, axis: int) -> ArrayType:
    check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
    check(is_float(x.dtype), "C2", f"dtype {x.dtype} is not floating point")
    return x


def _check_channels(x: ArrayType, columns: dict[str, ArrayType | None]) -> None:
    check(x.rank >= 2, "C1", f"x {shape_text(x.shape)} has no channel axis")
    check(is_float(x.dtype), "C2", f"dtype {x.dtype} is not floating point")
    _check_affine(x, columns, x.shape[1:2])


def _check_affine(x: ArrayType, affine: dict[str, ArrayType | None], shape: Shape) -> None:
    for name, one in affine.items():
        if one is None:
            continue
        check(one.dtype == x.dtype, "C3", f"{name} is {one.dtype}, x is {x.dtype}")
        message = f"{name} has shape {shape_text(one.shape)}, must have {shape_text(shape)}"
        check(ArrayType(x.dtype, shape).accepts(one), "C4", message)


def _widened(x: np.ndarray) -> np.ndarray:
    return x.astype(accumulation_dtype(x.dtype), copy=False)


def _shifted(x: np.ndarray, axis: int) -> np.ndarray:
    """x less its largest element along `axis`, so that no exponential overflows."""
    wide = _widened(x)
    return wide - wide.max(axis=axis, keepdims=True, initial=-np.inf)


def _mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    count = np.prod([x.shape[axis] for axis in axes], dtype=np.int64)
    return x.sum(axis=axes, keepdims=True) / x.dtype.type(count)


def _standardized(x: np.ndarray, axes: tuple[int, ...], epsilon: float) -> np.ndarray:
    wide = _widened(x)
    centered = wide - _mean(wide, axes)
    variance = _mean(centered * centered, axes)
    return centered / np.sqrt(variance + wide.dtype.type(epsilon))


def _affine(x: np.ndarray, scale: np.ndarray | None, bias: np.ndarray | None) -> np.ndarray:
    if scale is not None:
        x = x * _widened(scale)
    return x if bias is None else x + _widened(bias)


def _as_channels(column: np.ndarray, rank: int) -> np.ndarray:
    """[C] as [C, 1, 1, ...], which broadcasts over [N, C, *spatial]."""
    return column.reshape(-1, *(1,) * (rank - 2))
