"""NumPy's functions that give views: writing to their results changes the array they came from.

The methods of arrays are the same functions. What is no traced array becomes one first.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError, UnsupportedError
from tessel.compiler.frontend import indexing
from tessel.compiler.frontend.apply import Array, traced
from tessel.compiler.frontend.array_api import elementwise, manipulation, triangles
from tessel.compiler.frontend.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.known_values import if_known
from tessel.compiler.frontend.sizes import counting
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.frontend.views import View
from tessel.compiler.locations import user_place
from tessel.dialects.conversion import Complex, Imag, Real
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reverse, Transpose
from tessel.dialects.types import is_complex


def transpose(a: Array, axes: Sequence[int] | None = None) -> TracedArray:
    """`numpy.transpose`: dimensions in the order `axes`, reversed by default."""
    x = traced(a)
    order = range(x.ndim)[::-1] if axes is None else normalize_axes(tuple(axes), x.ndim)
    if len(order) != x.ndim:
        message = f"axes {tuple(order)} do not order the dimensions of {x.array_type}"
        raise ShapeError(message, place=user_place())
    return transposed(x, tuple(order))


def transposed(x: TracedArray, order: tuple[int, ...]) -> TracedArray:
    """A view with dimensions in another order."""
    inverse = [int(axis) for axis in np.argsort(order)]
    build = x.trace.build

    def read(base: ir.Value) -> ir.Value:
        return build(Transpose, base, permutation=order)

    def write(_: ir.Value, part: ir.Value) -> ir.Value:
        return build(Transpose, part, permutation=inverse)

    return x.view(View(read, write)) if len(order) > 1 else x


def matrix_transpose(x: Array, /) -> TracedArray:
    """`numpy.matrix_transpose`: the last two axes exchanged."""
    return swapaxes(x, -1, -2)


def swapaxes(a: Array, axis1: int, axis2: int) -> TracedArray:
    """`numpy.swapaxes`."""
    x = traced(a)
    order = list(range(x.ndim))
    one, other = normalize_axis(axis1, x.ndim), normalize_axis(axis2, x.ndim)
    order[one], order[other] = other, one
    return transposed(x, tuple(order))


def moveaxis(
    a: Array, source: int | Sequence[int], destination: int | Sequence[int]
) -> TracedArray:
    """`numpy.moveaxis`."""
    x = traced(a)
    taken, placed = normalize_axes(source, x.ndim), normalize_axes(destination, x.ndim)
    if len(taken) != len(placed):
        message = f"moveaxis moves {len(taken)} axes to {len(placed)} places"
        raise ShapeError(message, place=user_place())
    order = [axis for axis in range(x.ndim) if axis not in taken]
    for place, axis in sorted(zip(placed, taken, strict=True)):
        order.insert(place, axis)
    return transposed(x, tuple(order))


def rollaxis(a: Array, axis: int, start: int = 0) -> TracedArray:
    """`numpy.rollaxis`: the axis goes before the one that is now at `start`."""
    x = traced(a)
    place = normalize_axis(axis, x.ndim)
    target = start + x.ndim if start < 0 else start
    normalize_axis(target, x.ndim + 1)
    return moveaxis(x, place, target - 1 if place < target else target)


def reshape(a: Array, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> TracedArray:
    """`numpy.reshape` in row-major order, or in column-major order (then a new array).

    Raises ShapeError where the sizes do not fit.
    """
    x = traced(a)
    if isinstance(shape, TracedArray) and shape.ndim:
        shape = list(if_known(shape).tolist())
    if _order(x, order) == "F":
        sizes = list(shape) if isinstance(shape, Sequence) else [shape]
        backwards = manipulation.reshape(manipulation.transpose(x), sizes[::-1])
        return manipulation.transpose(backwards)
    sizes = manipulation.reshape(x, shape).shape
    view = indexing.reshaped_view(x, list(sizes))
    return view.copy() if copy else view


def ravel(a: Array, order: str = "C") -> TracedArray:
    """`numpy.ravel`: all elements in row-major order, or in column-major order."""
    return reshape(a, -1, order)


def squeeze(a: Array, axis: int | Sequence[int] | None = None) -> TracedArray:
    """`numpy.squeeze`: without the dimensions of size 1, or without those at `axis`."""
    x = traced(a)
    return indexing.reshaped_view(x, list(manipulation.squeeze(x, axis).shape))


def expand_dims(a: Array, axis: int | Sequence[int]) -> TracedArray:
    """`numpy.expand_dims`: dimensions of size 1 at places of the result."""
    x = traced(a)
    return indexing.reshaped_view(x, list(manipulation.expand_dims(x, axis).shape))


def flip(m: Array, axis: int | Sequence[int] | None = None) -> TracedArray:
    """`numpy.flip`: the order of elements reversed along axes, or along all."""
    x = traced(m)
    axes = sorted(normalize_axes(axis, x.ndim))

    def reverse(part: ir.Value) -> ir.Value:
        return x.trace.build(Reverse, part, axes=axes)

    return x.view(View(reverse, lambda _, part: reverse(part)))


def flipud(m: Array) -> TracedArray:
    """`numpy.flipud`: the first axis reversed."""
    return flip(m, 0)


def fliplr(m: Array) -> TracedArray:
    """`numpy.fliplr`: the second axis reversed."""
    return flip(m, 1)


def rot90(m: Array, k: int = 1, axes: Sequence[int] = (0, 1)) -> TracedArray:
    """`numpy.rot90`: turned k times from the first of two axes towards the second."""
    x = traced(m)
    first, second = normalize_axes(tuple(axes), x.ndim)
    turns = k % 4
    if turns == 0:
        return x[...]
    if turns == 2:
        return flip(x, (first, second))
    turned = flip(x, second) if turns == 1 else x
    swapped = swapaxes(turned, first, second)
    return swapped if turns == 1 else flip(swapped, second)


def broadcast_to(array: Array, shape: Any, subok: bool = False) -> TracedArray:
    """`numpy.broadcast_to`: a view that cannot be written to."""
    x = traced(array)
    sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    return _read_only(x, lambda base: manipulation.broadcast_to(base, sizes))


def broadcast_arrays(*args: Array, subok: bool = False) -> tuple[TracedArray, ...]:
    """`numpy.broadcast_arrays`, of arrays whose sizes are known."""
    arrays = [traced(one) for one in args]
    shape = manipulation.broadcast_arrays(*arrays)[0].shape if arrays else ()
    return tuple(broadcast_to(one, shape) for one in arrays)


def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> TracedArray:
    """`numpy.diagonal`: the diagonal of two axes, last; a view that cannot be written to."""
    x = traced(a)
    return _read_only(x, lambda base: triangles.diagonal(base, offset, axis1, axis2))


def sliding_window_view(
    x: Array,
    window_shape: int | Sequence[int],
    axis: int | Sequence[int] | None = None,
    *,
    subok: bool = False,
    writeable: bool = False,
) -> TracedArray:
    """`numpy.lib.stride_tricks.sliding_window_view`: the windows at all places, their axes last.

    Raises ArgumentValueError for windows that do not fit the axes, UnsupportedError for
    `writeable`.
    """
    array = traced(x)
    name = "numpy.lib.stride_tricks.sliding_window_view"
    if writeable:
        message = f"{name} cannot be compiled with writeable=True"
        raise UnsupportedError(message, place=user_place(), hint="write to the array itself")
    sizes = window_shape if isinstance(window_shape, Sequence) else (window_shape,)
    places = range(array.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    places = [normalize_axis(one, array.ndim) for one in places]
    if len(sizes) != len(places):
        message = f"{name} of shape {tuple(sizes)} over {len(places)} axes of {array.array_type}"
        raise ArgumentValueError(message, place=user_place(), hint="give one size an axis")
    return _read_only(array, lambda base: _windows(base, list(sizes), places))


def _windows(x: Array, sizes: Sequence[int], axes: Sequence[int]) -> Array:
    for size, axis in zip(sizes, axes):
        length = int(x.shape[axis])
        if not 0 <= size <= length:
            message = f"a window of {size} elements does not fit an axis of size {length}"
            raise ArgumentValueError(message, place=user_place())
        starts = counting(length - size + 1)
        # One axis of places becomes places and elements of windows, which go last.
        parts = manipulation.take(x, starts[:, None] + np.arange(size), axis)
        x = manipulation.moveaxis(parts, axis + 1, -1)
    return x


def real(val: Array) -> TracedArray:
    """`numpy.real`: the real parts, which can be written to."""
    x = traced(val)
    if not is_complex(x.dtype):
        return x
    build = x.trace.build
    return x.view(
        View(
            lambda base: build(Real, base),
            lambda base, part: build(Complex, part, build(Imag, base)),
        )
    )


def imag(val: Array) -> TracedArray:
    """`numpy.imag`: the imaginary parts, which can be written to; zeros for real numbers."""
    x = traced(val)
    if not is_complex(x.dtype):
        return _read_only(x, elementwise.imag)
    build = x.trace.build
    return x.view(
        View(
            lambda base: build(Imag, base),
            lambda base, part: build(Complex, build(Real, base), part),
        )
    )


def _order(x: TracedArray, order: str) -> str:
    """ "C" or "F"; arrays are in row-major order, which "A" and "K" keep."""
    if order not in ("C", "F", "A", "K"):
        message = f"the order of elements cannot be {order!r}"
        raise ArgumentValueError(message, place=user_place(), hint='use "C" or "F"')
    return "F" if order == "F" and x.ndim > 1 else "C"


def _read_only(x: TracedArray, read: Callable[[Array], Array]) -> TracedArray:
    """A view that follows the array and cannot be written to, as in NumPy."""

    def refuse(_: ir.Value, __: ir.Value) -> NoReturn:
        message = "assignment destination is read-only"
        raise ArgumentValueError(message, place=user_place(), hint="write to a .copy() of it")

    return x.view(View(lambda base: read(TracedArray.of(x.trace, base)).value, refuse))
