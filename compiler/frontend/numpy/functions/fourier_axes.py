"""Discrete Fourier transforms over several axes, and the order of their frequencies."""

from collections.abc import Sequence
from typing import Any

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.numpy.functions import fourier, tiling
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.axes import normalize_axes
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location

Sizes = Sequence[int] | None


def fftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: str | None = None) -> Array:
    """`numpy.fft.fftn`: `fft` over axes, all by default; s are the numbers of points.

    Raises what `numpy.fft.fft` raises, ArgumentValueError where s and axes differ in length.
    """
    return _over("fftn", fourier.fft, a, s, axes, norm)


def ifftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: str | None = None) -> Array:
    """`numpy.fft.ifftn`: the inverse of `fftn`. Raises what `fftn` raises."""
    return _over("ifftn", fourier.ifft, a, s, axes, norm)


def rfftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: str | None = None) -> Array:
    """`numpy.fft.rfftn`: `rfft` over the last of the axes, then `fft` over the others.

    Raises what `fftn` raises, DTypeError for complex numbers.
    """
    x = traced(a)
    points, positions = _points("rfftn", x, s, axes)
    result = fourier.rfft(x, points[-1], positions[-1], norm)
    for size, axis in zip(points[-2::-1], positions[-2::-1]):
        result = fourier.fft(result, size, axis, norm)
    return result


def irfftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: str | None = None) -> Array:
    """`numpy.fft.irfftn`: the inverse of `rfftn`, of real numbers. Raises what `fftn` raises."""
    x = traced(a)
    points, positions = _points("irfftn", x, s, axes)
    for size, axis in zip(points[:-1], positions[:-1]):
        x = fourier.ifft(x, size, axis, norm)
    last = None if s is None or s[-1] == -1 else points[-1]
    return fourier.irfft(x, last, positions[-1], norm)


def fft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: str | None = None) -> Array:
    """`numpy.fft.fft2`: `fftn` over two axes. Raises what `fftn` raises."""
    return fftn(a, s, axes, norm)


def ifft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: str | None = None) -> Array:
    """`numpy.fft.ifft2`: `ifftn` over two axes. Raises what `fftn` raises."""
    return ifftn(a, s, axes, norm)


def rfft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: str | None = None) -> Array:
    """`numpy.fft.rfft2`: `rfftn` over two axes. Raises what `rfftn` raises."""
    return rfftn(a, s, axes, norm)


def irfft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: str | None = None) -> Array:
    """`numpy.fft.irfft2`: `irfftn` over two axes. Raises what `fftn` raises."""
    return irfftn(a, s, axes, norm)


def fftshift(x: Array, axes: int | Sequence[int] | None = None) -> Array:
    """`numpy.fft.fftshift`: the frequency 0 in the middle."""
    array = traced(x)
    positions = normalize_axes(axes, array.ndim)
    return tiling.roll(array, [array.shape[one] // 2 for one in positions], positions)


def ifftshift(x: Array, axes: int | Sequence[int] | None = None) -> Array:
    """`numpy.fft.ifftshift`: the inverse of `fftshift`."""
    array = traced(x)
    positions = normalize_axes(axes, array.ndim)
    return tiling.roll(array, [-(array.shape[one] // 2) for one in positions], positions)


def _over(name: str, function: Any, a: Array, s: Sizes, axes: Sizes, norm: str | None) -> Array:
    result = traced(a)
    points, positions = _points(name, result, s, axes)
    for size, axis in zip(reversed(points), reversed(positions)):
        result = function(result, size, axis, norm)
    return result


def _points(name: str, x: TracedArray, s: Sizes, axes: Sizes) -> tuple[list[int], list[int]]:
    """Numbers of points and the axes they are of; an axis that is named twice stands twice."""
    if axes is None:
        axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    positions = [normalize_axes(axis, x.ndim)[0] for axis in axes]
    sizes = [-1] * len(positions) if s is None else list(s)
    if len(sizes) != len(positions) or not positions:
        message = f"numpy.fft.{name} of {len(sizes)} sizes over {len(positions)} axes"
        raise ArgumentValueError(message, location=user_location(), hint="give one size an axis")
    pairs = zip(sizes, positions)
    return [x.shape[axis] if size == -1 else size for size, axis in pairs], positions
