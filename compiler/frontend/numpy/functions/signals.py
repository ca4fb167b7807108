"""Functions of sampled values: interpolation, convolution, derivatives, integrals, polynomials.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError
from tessel.compiler.frontend.tracing.apply import Array, apply, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype, dtype_of, promote
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.convolution import Convolution
from tessel.dialects.types import is_complex, is_float


def interp(
    x: Array, xp: Array, fp: Array, left: Any = None, right: Any = None, period: Any = None
) -> Array:
    """`numpy.interp`: between points of increasing xp, float64 or complex128.

    Raises ShapeError for points that are no two vectors of one size.
    """
    shapes = type_of(xp).shape, type_of(fp).shape
    if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0][0] in (0, None):
        message = f"numpy.interp of points {type_of(xp)} and {type_of(fp)}, not of one static size"
        raise ShapeError(message, location=user_location())
    kind = np.dtype(np.complex128 if is_complex(dtype_of(fp)) else np.float64)
    x, xp = cast_to(x, np.float64), traced(cast_to(xp, np.float64))
    fp = traced(cast_to(fp, kind))
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, period)
        left = right = None
    last = type_of(xp).shape[0] - 1
    # Taken, not sliced: a slice for itself can give IREE a circular order of its kernels.
    (x_low, x_high), (y_low, y_high) = ([np.take(one, k) for k in (0, last)] for one in (xp, fp))
    low = y_low if left is None else cast_to(left, kind)
    high = y_high if right is None else cast_to(right, kind)
    before = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(last - 1, 0))
    behind = np.minimum(before + 1, last)
    start, value = np.take(xp, before), np.take(fp, before)
    slope = (np.take(fp, behind) - value) / (np.take(xp, behind) - start)
    between = slope * (x - start) + value
    exact = np.where(x == start, value, np.where(x == x_high, y_high, between))
    result = np.where(x < x_low, low, np.where(x > x_high, high, exact))
    return np.where(np.isnan(x), cast_to(x, kind), result)


def convolve(a: Array, v: Array, mode: str = "full") -> Array:
    """`numpy.convolve` of two vectors: modes full, same and valid."""
    a, v = _vectors("convolve", a, v)
    if a.size < v.size:
        a, v = v, a
    return _correlation(a, v[::-1], mode)


def correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    """`numpy.correlate` of a vector with the conjugate of another: modes full, same and valid."""
    a, v = _vectors("correlate", a, v)
    v = np.conjugate(v) if is_complex(v.dtype) else v
    return _correlation(v, a, mode)[::-1].copy() if a.size < v.size else _correlation(a, v, mode)


def gradient(f: Array, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """`numpy.gradient`: central differences inside, one-sided ones of order 1 or 2 at the ends.

    Raises ArgumentValueError or ShapeError for spacings or orders that do not fit.
    """
    x = traced(f)
    axes = normalize_axes(axis, x.ndim)
    if len(varargs) not in (0, 1, len(axes)):
        message = f"numpy.gradient over {len(axes)} axes takes as many spacings"
        raise ShapeError(message, location=user_location(), hint="give one spacing, or one an axis")
    if edge_order not in (1, 2):
        message = f"numpy.gradient has no edge_order {edge_order}"
        raise ArgumentValueError(message, location=user_location(), hint="use 1 or 2")
    spacings = (
        list(varargs) * len(axes) if len(varargs) == 1 else list(varargs) or [1.0] * len(axes)
    )
    x = x if is_float(x.dtype) or is_complex(x.dtype) else cast_to(x, np.float64)
    results = [_derivative(x, one, position, edge_order) for one, position in zip(spacings, axes)]
    return results[0] if len(axes) == 1 else tuple(results)


def trapezoid(y: Array, x: Array = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """`numpy.trapezoid`: the integral along an axis."""
    values = np.moveaxis(traced(y), axis, -1)
    if x is None:
        width = dx
    elif type_of(x).rank == 1:
        width = np.diff(x)
    else:
        width = np.moveaxis(np.diff(x, axis=axis), axis, -1)
    return np.sum(width * (values[..., 1:] + values[..., :-1]) / 2.0, axis=-1)


def ediff1d(ary: Array, to_end: Array = None, to_begin: Array = None) -> Array:
    """`numpy.ediff1d`: differences of neighbours, between what goes before and behind."""
    differences = np.diff(np.ravel(traced(ary)))
    ends = [
        None if one is None else cast_to(np.ravel(one), differences.dtype)
        for one in (to_begin, to_end)
    ]
    parts = [one for one in (ends[0], differences, ends[1]) if one is not None]
    return np.concatenate(parts) if len(parts) > 1 else differences


def unwrap(
    p: Array, discont: float | None = None, axis: int = -1, *, period: float = 6.283185307179586
) -> Array:
    """`numpy.unwrap`: jumps of more than half a period (or `discont`) become smaller ones."""
    x = traced(p)
    steps = np.diff(x, axis=axis)
    limit = period / 2 if discont is None else discont
    kind = common_dtype(steps, period)
    whole = kind.kind in "iu"
    low = -(period // 2) if whole else -(period / 2)
    turned = np.mod(steps - low, period) + low
    ambiguous = period % 2 == 0 if whole else True
    if ambiguous:
        turned = np.where((turned == low) & (steps > 0), -low, turned)
    correction = np.where(np.abs(steps) < limit, cast_to(0, dtype_of(turned)), turned - steps)
    position = normalize_axis(axis, x.ndim)
    index = (slice(None),) * position
    wide = cast_to(x, kind)
    rest = wide[(*index, slice(1, None))] + np.cumsum(correction, axis=axis)
    return np.concatenate([wide[(*index, slice(None, 1))], cast_to(rest, kind)], axis=position)


def polyval(p: Array, x: Array) -> Array:
    """`numpy.polyval`: a polynomial by Horner's rule, the highest coefficient first."""
    coefficients = traced(p)
    result: Any = np.zeros(np.shape(x) if not isinstance(x, TracedArray) else (), dtype_of(x))
    result = np.zeros_like(x) if isinstance(x, TracedArray) else result
    for position in range(len(coefficients)):
        result = result * x + coefficients[position]
    return result


def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """`numpy.vander`: the powers of a vector as columns."""
    vector = traced(x)
    if vector.ndim != 1:
        message = f"numpy.vander of {vector.array_type}, which is no vector"
        raise ShapeError(message, location=user_location())
    count = len(vector) if N is None else N
    kind = np.result_type(vector.dtype, np.int64)
    wide = cast_to(vector, kind)
    if count == 0:
        return traced(np.zeros((len(vector), 0), kind))
    columns = [np.ones_like(wide)]
    for _ in range(count - 1):
        columns.append(columns[-1] * wide)
    return np.stack(columns if increasing else columns[::-1], axis=1)


def sinc(x: Array) -> Array:
    """`numpy.sinc`: sin(pi x) / (pi x), 1 at 0."""
    wide = cast_to(x, common_dtype(x, np.float64(1)) if dtype_of(x).kind in "biu" else dtype_of(x))
    angle = np.pi * np.where(
        wide == 0, cast_to(1e-20 if dtype_of(wide) != np.float16 else 1e-4, dtype_of(wide)), wide
    )
    return np.sin(angle) / angle


def _vectors(name: str, a: Array, v: Array) -> list[TracedArray]:
    vectors = [np.atleast_1d(traced(one)) for one in promote(a, v)]
    if any(one.ndim != 1 or one.array_type.shape[0] in (0, None) for one in vectors):
        message = f"numpy.{name} of {type_of(a)} and {type_of(v)} needs vectors of static sizes"
        raise ShapeError(message, location=user_location(), hint="they must not be empty")
    return vectors


def _correlation(a: TracedArray, v: TracedArray, mode: str) -> Array:
    """Sums of products of v with each part of a, which is no shorter."""
    size = v.array_type.shape[0]
    around = {
        "full": (size - 1, size - 1),
        "same": (size // 2, size - 1 - size // 2),
        "valid": (0, 0),
    }
    if mode not in around:
        message = f"numpy.convolve has no mode {mode!r}"
        raise ArgumentValueError(
            message, location=user_location(), hint='use "full", "same" or "valid"'
        )
    low, high = around[mode]
    dtype = a.dtype
    wide = np.dtype(np.int64) if dtype == np.bool_ else dtype
    operands = [np.reshape(cast_to(one, wide), (1, 1, -1)) for one in (a, v)]
    result = apply(
        Convolution,
        *operands,
        strides=(1,),
        padding_low=(low,),
        padding_high=(high,),
        dilation=(1,),
        input_dilation=(1,),
        groups=1,
    )
    return cast_to(np.reshape(result, -1), dtype)


def _periodic(x: Array, xp: Array, fp: Array, period: Any) -> tuple[Array, Array, Array]:
    """Points in one period, in order, with the last before the first and the first behind."""
    if not isinstance(period, TracedArray) and period == 0:
        raise ArgumentValueError("period must not be 0", location=user_location())
    period = np.abs(period)
    x, xp = np.mod(x, period), np.mod(xp, period)
    order = np.argsort(xp)
    xp, fp = np.take(xp, order), np.take(fp, order)
    around = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, around, np.concatenate([fp[-1:], fp, fp[:1]])


def _derivative(x: TracedArray, spacing: Any, axis: int, edge_order: int) -> Array:
    """Along one axis, for one spacing or the coordinates of all samples."""
    y = np.moveaxis(x, axis, -1)
    size = y.shape[-1]
    if size < edge_order + 1:
        message = f"numpy.gradient along size {size} needs {edge_order + 1} elements or more"
        raise ShapeError(message, location=user_location())
    rank = type_of(spacing).rank
    if rank > 1 or (rank == 1 and type_of(spacing).shape[0] != size):
        message = f"numpy.gradient with coordinates {type_of(spacing)} along size {size}"
        raise ShapeError(message, location=user_location())
    h = np.diff(spacing) if rank else spacing
    first, last = (h[0], h[-1]) if rank else (h, h)
    uneven = rank == 1 and (isinstance(h, TracedArray) or bool(np.any(h != h[0])))
    if uneven:
        before, behind = h[:-1], h[1:]
        inside = (
            -behind / (before * (before + behind)) * y[..., :-2]
            + (behind - before) / (before * behind) * y[..., 1:-1]
            + before / (behind * (before + behind)) * y[..., 2:]
        )
    else:
        inside = (y[..., 2:] - y[..., :-2]) / (2.0 * first)
    if edge_order == 1:
        start = (y[..., 1:2] - y[..., :1]) / first
        stop = (y[..., -1:] - y[..., -2:-1]) / last
    else:
        start, stop = _second_order_ends(y, h, rank)
    parts = [cast_to(one, x.dtype) for one in (start, inside, stop)]
    return np.moveaxis(np.concatenate(parts, -1), -1, axis)


def _second_order_ends(y: TracedArray, h: Any, rank: int) -> tuple[Array, Array]:
    one, two, three = (y[..., i : i + 1] for i in range(3))
    a, b, c = y[..., -3:-2], y[..., -2:-1], y[..., -1:]
    p, q = (h[0], h[1]) if rank else (h, h)
    start = -(2.0 * p + q) / (p * (p + q)) * one + (p + q) / (p * q) * two
    start = start - p / (q * (p + q)) * three
    p, q = (h[-2], h[-1]) if rank else (h, h)
    stop = q / (p * (p + q)) * a - (q + p) / (p * q) * b
    return start, stop + (2.0 * q + p) / (q * (p + q)) * c
