"""Discrete Fourier transforms along one axis: `fft`, `rfft` and the others of one dimension.

A transform of n = r * m points is m of r points, a turn of each number, and r of m points (Cooley
and Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965). Those of few
points are products with a matrix, which the kernels for products compute. Those of a large prime
number of points are convolutions of a smooth number (Bluestein, 1970). Real and imaginary parts are
arrays of their own. The number of points becomes a constant of the program; all other sizes may be
dynamic.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, DTypeError
from tessel.compiler.frontend.numpy.functions import (
    elementwise,
    linear_algebra,
    manipulation,
    tiling,
)
from tessel.compiler.frontend.tracing.apply import Array, apply, traced
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.conversion import Complex
from tessel.dialects.types import is_complex

_OPPOSITES = {"backward": "forward", "ortho": "ortho", "forward": "backward"}

_LARGEST_MATRIX = 256
"""The most points that are transformed by one product."""

_COST_OF_STEP = 16
"""What a step costs beside its products, in multiplications for each number."""


class Parts(NamedTuple):
    """Complex numbers as two real arrays; `imag` is None for real numbers."""

    real: Array
    imag: Array | None


def fft(a: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`numpy.fft.fft`: the transform of n points along an axis; more are cut, fewer padded.

    Raises ArgumentValueError for n < 1 and unknown norms, DTypeError for dtypes that are not
    transformed.
    """
    x = _of_length("fft", a, n, axis)
    points = x.shape[-1]
    return _complex(_transform(_parts(x), points, -1), _scale(norm, points, a), x, axis)


def ifft(a: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`numpy.fft.ifft`: the inverse of `fft`. Raises what `fft` raises."""
    x = _of_length("ifft", a, n, axis)
    points = x.shape[-1]
    return _complex(_transform(_parts(x), points, 1), _scale(_opposite(norm), points, a), x, axis)


def rfft(a: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`numpy.fft.rfft`: the first n // 2 + 1 results of `fft` of real numbers.

    Raises what `fft` raises, DTypeError for complex numbers.
    """
    x = _of_length("rfft", a, n, axis)
    if is_complex(x.dtype):
        message = f"numpy.fft.rfft is not defined for {x.dtype}"
        raise DTypeError(message, location=user_location(), hint="use numpy.fft.fft, or x.real")
    points = x.shape[-1]
    real, imag = _transform(Parts(x, None), points, -1)
    kept = Parts(_cut(real, points // 2 + 1), None if imag is None else _cut(imag, points // 2 + 1))
    return _complex(kept, _scale(norm, points, a), x, axis)


def irfft(a: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`numpy.fft.irfft`: the inverse of `rfft`, n real numbers; 2 * (size - 1) by default.

    Raises what `fft` raises.
    """
    array = traced(a)
    size = int(array.shape[normalize_axis(axis, array.ndim)])
    points = 2 * (size - 1) if n is None else int(n)
    _check_points(points)
    x = _of_length("irfft", array, points // 2 + 1, axis)
    half = _parts(x)
    # The second half repeats the first one in reverse: what it leaves out is the first number,
    # and the middle one of an even number.
    mirrored = slice(1, (points + 1) // 2)
    real = _joined(half.real, half.real[..., mirrored][..., ::-1])
    imag = half.imag
    if imag is not None:
        imag = _joined(imag, -imag[..., mirrored][..., ::-1])
    result = _transform(Parts(real, imag), points, 1).real
    scaled = _scaled(result, _scale(_opposite(norm), points, a))
    # As NumPy has it, whose results of float16 are float16 here alone.
    kept = cast_to(scaled, np.fft.irfft(np.zeros(2, array.dtype)).dtype)
    return manipulation.moveaxis(kept, -1, axis)


def hfft(a: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`numpy.fft.hfft`: n real results, of half of the numbers. Raises what `fft` raises."""
    return irfft(elementwise.conj(a), n, axis, _opposite(norm))


def ihfft(a: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`numpy.fft.ihfft`: the inverse of `hfft`. Raises what `rfft` raises."""
    return elementwise.conj(rfft(a, n, axis, _opposite(norm)))


def _of_length(name: str, a: Array, n: Any, axis: int) -> TracedArray:
    """`a` in the dtype that NumPy computes in, its axis of n points last."""
    x = traced(a)
    position = normalize_axis(axis, x.ndim)
    points = int(x.shape[position] if n is None else n)
    _check_points(points)
    real, number = _computed_in(name, x.dtype)
    moved = cast_to(manipulation.moveaxis(x, position, -1), number if is_complex(x.dtype) else real)
    size = int(moved.shape[-1])
    if size > points:
        return _cut(moved, points)
    widths = [(0, 0)] * (x.ndim - 1) + [(0, points - size)]
    return tiling.pad(moved, widths) if size < points else moved


def _check_points(points: int) -> None:
    if points < 1:
        message = f"Invalid number of FFT data points ({points}) specified."
        raise ArgumentValueError(message, location=user_location())


def _computed_in(name: str, dtype: np.dtype) -> tuple[np.dtype, np.dtype]:
    """The dtypes in which NumPy transforms: of real and of complex numbers."""
    try:
        number = np.fft.fft(np.zeros(1, dtype)).dtype
    except TypeError:
        message = f"numpy.fft.{name} is not defined for {dtype}"
        raise DTypeError(message, location=user_location(), hint="cast with .astype") from None
    return _real_dtype(number), number


def _opposite(norm: str | None) -> str:
    return _OPPOSITES[_known(norm)]


def _scale(norm: str | None, points: int, a: Array) -> float:
    """What a transform is multiplied by, as exact as NumPy has it for this array."""
    name = _known(norm)
    dtype = _real_dtype(np.result_type(dtype_of(a), 1.0))
    if name == "backward":
        return 1.0
    if name == "ortho":
        return float(np.reciprocal(np.sqrt(points, dtype=dtype), dtype=dtype))
    return float(np.reciprocal(points, dtype=dtype))


def _real_dtype(dtype: np.dtype) -> np.dtype:
    return np.real(np.zeros(0, dtype)).dtype


def _known(norm: str | None) -> str:
    name = "backward" if norm is None else norm
    if name not in _OPPOSITES:
        message = f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".'
        raise ArgumentValueError(message, location=user_location())
    return name


def _parts(x: TracedArray) -> Parts:
    return (
        Parts(elementwise.real(x), elementwise.imag(x)) if is_complex(x.dtype) else Parts(x, None)
    )


def _complex(parts: Parts, scale: float, x: TracedArray, axis: int) -> Array:
    """The numbers of parts, their last axis where it came from."""
    real = _scaled(parts.real, scale)
    # A transform of one real point is that point.
    imag = real * 0 if parts.imag is None else _scaled(parts.imag, scale)
    return manipulation.moveaxis(apply(Complex, real, imag), -1, axis)


def _scaled(x: Array, scale: float) -> Array:
    return x if scale == 1 else x * scale


def _cut(x: Any, size: int) -> Any:
    return x[..., :size]


def _joined(first: Array, second: Array) -> Array:
    return manipulation.concatenate([first, second], -1)


def _transform(x: Parts, points: int, sign: int) -> Parts:
    """Sums of x[j] exp(sign 2 pi i j k / points) over the last axis, for all k."""
    if points == 1:
        return x
    radix = _radix(points)
    dtype = x.real.dtype
    if radix is None:
        return _as_convolution(x, points, sign)
    if radix == points:
        return _times(x, *_matrix(points, sign, dtype))
    rest = points // radix
    columns = _swapped(_reshaped(x, (radix, rest)))
    turned = _turned(
        _times(columns, *_matrix(radix, sign, dtype)), *_turns(rest, radix, sign, dtype)
    )
    done = _swapped(_transform(_swapped(turned), rest, sign))
    return Parts(*[manipulation.reshape(one, [*_batch(one, 2), points]) for one in done])


@functools.cache
def _radix(points: int) -> int | None:
    """How many points are transformed first: all, a divisor, or None where none is small."""
    return _plan(points)[1]


@functools.cache
def _plan(points: int) -> tuple[float, int | None]:
    """The least cost for each number of a transform of some points, and its first radix."""
    plans: list[tuple[float, int | None]] = [(np.inf, None)]
    if points <= _LARGEST_MATRIX:
        plans.append((points + _COST_OF_STEP, points))
    for radix in range(2, min(_LARGEST_MATRIX, points - 1) + 1):
        if points % radix == 0:
            cost = _plan(points // radix)[0]
            # What has no cost is a convolution, of about four times as many points, twice.
            rest = 8 * _COST_OF_STEP * np.log2(points) if cost == np.inf else cost
            plans.append((radix + _COST_OF_STEP + rest, radix))
    return min(plans, key=lambda plan: plan[0])


def _as_convolution(x: Parts, points: int, sign: int) -> Parts:
    """Bluestein's transform: j k = (j^2 + k^2 - (k - j)^2) / 2."""
    length = 1 << (2 * points - 2).bit_length()
    dtype = x.real.dtype
    chirp, filtered = _chirp(points, length, sign)
    one_way = [_constant(part, dtype) for part in (np.real(chirp), np.imag(chirp))]
    response = [_constant(part, dtype) for part in (np.real(filtered), np.imag(filtered))]
    widths = [(0, 0)] * (x.real.ndim - 1) + [(0, length - points)]
    padded = Parts(*[tiling.pad(one, widths) for one in _turned(x, *one_way)])
    spectrum = _turned(_transform(padded, length, -1), *response)
    back = Parts(*[_cut(one, points) for one in _transform(spectrum, length, 1)])
    return _turned(back, *one_way)


@functools.cache
def _chirp(points: int, length: int, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """exp(sign pi i j^2 / points), and the transform of what is convolved with it."""
    squares = np.arange(points, dtype=np.int64) ** 2 % (2 * points)
    chirp = _roots(2 * points, sign)[squares]
    filtered = np.zeros(length, np.complex128)
    filtered[:points] = np.conj(chirp)
    filtered[length - points + 1 :] = np.conj(chirp[:0:-1])
    return chirp, np.fft.fft(filtered) / length


def _turned(x: Parts, cosines: np.ndarray, sines: np.ndarray) -> Parts:
    if x.imag is None:
        return Parts(x.real * cosines, x.real * sines)
    return Parts(x.real * cosines - x.imag * sines, x.real * sines + x.imag * cosines)


def _times(x: Parts, cosines: np.ndarray, sines: np.ndarray) -> Parts:
    """x @ (cosines + i sines), of the last axis."""

    def product(part: Array, matrix: np.ndarray) -> Array:
        return linear_algebra.matmul(part, matrix)

    # Rows are one list, since a product of many small ones is several times as slow.
    batch, size = _batch(x.real, 1), len(cosines)
    flat = [None if one is None else manipulation.reshape(one, [-1, size]) for one in x]
    if flat[1] is None:
        results = [product(flat[0], cosines), product(flat[0], sines)]
    else:
        results = [
            product(flat[0], cosines) - product(flat[1], sines),
            product(flat[0], sines) + product(flat[1], cosines),
        ]
    return Parts(*[manipulation.reshape(one, [*batch, size]) for one in results])


def _batch(x: Array, axes: int) -> list[Any]:
    return list(x.shape[: x.ndim - axes])


def _reshaped(x: Parts, shape: tuple[int, int]) -> Parts:
    def reshape(part: Array) -> Array:
        return manipulation.reshape(part, [*_batch(part, 1), *shape])

    return Parts(*[None if one is None else reshape(one) for one in x])


def _swapped(x: Parts) -> Parts:
    return Parts(*[None if one is None else manipulation.swapaxes(one, -1, -2) for one in x])


@functools.cache
def _matrix(points: int, sign: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines of a transform, [points, points]."""
    positions = np.arange(points)
    return _table(np.outer(positions, positions), points, sign, dtype)


@functools.cache
def _turns(rest: int, radix: int, sign: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """What is multiplied between the steps of a transform, [rest, radix]."""
    return _table(np.outer(np.arange(rest), np.arange(radix)), rest * radix, sign, dtype)


def _table(powers: np.ndarray, points: int, sign: int, dtype: np.dtype) -> tuple[Any, Any]:
    numbers = _roots(points, sign)[powers % points]
    return _constant(np.real(numbers), dtype), _constant(np.imag(numbers), dtype)


def _constant(numbers: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.ascontiguousarray(numbers, dtype)


def _roots(points: int, sign: int) -> np.ndarray:
    """exp(sign 2 pi i k / points) for all k, exact where sines and cosines are 0, 1 or equal."""
    quarters, rest = np.divmod(4 * np.arange(points), points)
    angle = np.minimum(rest, points - rest) * (np.pi / 2 / points)
    is_late = 2 * rest > points
    cosine = np.where(is_late, np.sin(angle), np.cos(angle))
    sine = np.where(is_late, np.cos(angle), np.sin(angle))
    middle = 2 * rest == points
    cosine[middle] = sine[middle] = np.sqrt(0.5)
    root = (cosine + 1j * sine) * np.array([1, 1j, -1, -1j])[quarters]
    return root if sign > 0 else np.conj(root)
