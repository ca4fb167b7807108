"""Normalisation: softmax, and layer, RMS, group and batch norm.

Arrays of a call promote to one floating-point dtype; half precision is computed in float32 with one
rounding. Raises ShapeError or AxisError where shapes do not fit, DTypeError for complex arrays.
"""

from typing import Any

from tessel.compiler.frontend.nn.checks import as_float, equal, require, text
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.dialects import normalization


def softmax(x: Array, axis: int = -1) -> Array:
    """exp(x) over its sum along `axis`, without overflow; the shape of x."""
    (x,) = as_float("softmax", x)
    return apply(normalization.Softmax, x, axis=normalize_axis(axis, type_of(x).rank))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """The logarithm of `softmax`, which does not underflow; the shape of x."""
    (x,) = as_float("log_softmax", x)
    return apply(normalization.LogSoftmax, x, axis=normalize_axis(axis, type_of(x).rank))


def layer_norm(
    x: Array, scale: Array | None = None, bias: Array | None = None, *, epsilon: float = 1e-5
) -> Array:
    """(x - mean) / sqrt(variance + epsilon) * scale + bias, over the last axes.

    Those are the axes that scale (or else bias) has, or the last one where neither is given.
    Shapes: x [..., *scale.shape], the result as x.
    """
    x, scale, bias = as_float("layer_norm", x, scale, bias)
    axis = _first_axis("layer_norm", x, scale if scale is not None else bias)
    _check_last_axes("layer_norm", x, bias, axis)
    return apply(normalization.LayerNorm, x, scale, bias, axis=axis, epsilon=float(epsilon))


def rms_norm(x: Array, scale: Array | None = None, *, epsilon: float = 1e-6) -> Array:
    """x / sqrt(mean(x * x) + epsilon) * scale, over the last axes.

    Those are the axes that scale has, or the last one without it.
    Shapes: x [..., *scale.shape], the result as x.
    """
    x, scale = as_float("rms_norm", x, scale)
    axis = _first_axis("rms_norm", x, scale)
    return apply(normalization.RmsNorm, x, scale, axis=axis, epsilon=float(epsilon))


def group_norm(
    x: Array,
    groups: int,
    scale: Array | None = None,
    bias: Array | None = None,
    *,
    epsilon: float = 1e-5,
) -> Array:
    """Layer norm over each of `groups` runs of channels with all spatial axes.

    Shapes: x [N, C, *spatial], scale and bias [C], the result as x; groups divides C.
    """
    x, scale, bias = as_float("group_norm", x, scale, bias)
    return apply(
        normalization.GroupNorm, x, scale, bias, groups=int(groups), epsilon=float(epsilon)
    )


def batch_norm(
    x: Array, scale: Array, bias: Array, mean: Array, variance: Array, *, epsilon: float = 1e-5
) -> Array:
    """Each channel by given statistics: (x - mean) / sqrt(variance + epsilon) * scale + bias.

    Shapes: x [N, C, *spatial], the others [C], the result as x.
    """
    arrays: list[Any] = as_float("batch_norm", x, scale, bias, mean, variance)
    return apply(normalization.BatchNorm, *arrays, epsilon=float(epsilon))


def _first_axis(name: str, x: Array, affine: Array | None) -> int:
    """The first of the axes that are normalised."""
    rank = type_of(x).rank
    require(rank > 0, f"{name} needs an array of rank 1 or more")
    if affine is None:
        return rank - 1
    count = type_of(affine).rank
    require(1 <= count <= rank, f"{name} of {text(x)} cannot have a scale of shape {text(affine)}")
    _check_last_axes(name, x, affine, rank - count)
    return rank - count


def _check_last_axes(name: str, x: Array, affine: Array | None, axis: int) -> None:
    """Raises ShapeError unless `affine` has the sizes of x from `axis` on."""
    if affine is None:
        return
    have, want = type_of(affine).shape, type_of(x).shape[axis:]
    fits = len(have) == len(want) and all(equal(one, other) for one, other in zip(have, want))
    require(fits, f"{name} of {text(x)} cannot have a scale or bias of shape {text(affine)}")
