"""Views of `numpy.lib.stride_tricks`: windows, and elements at any steps of memory."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import manipulation
from tessel.compiler.frontend.numpy.view_functions import read_only_view
from tessel.compiler.frontend.tracing.apply import Array, apply, traced
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.layout import Layout
from tessel.compiler.frontend.tracing.run_time_checks import unchecked
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.constant import Iota


def strides_of(x: TracedArray) -> tuple[int, ...]:
    """`ndarray.strides`: bytes from one element to the next, along each axis."""
    x.trace.reads_order = True
    sizes = tuple(int(size) for size in x.shape)
    if not x.layout.is_c_contiguous:
        return x.layout.strides
    # Until the program is traced for these sizes, the layout has other strides.
    return tuple(math.prod(sizes[axis + 1 :]) * x.itemsize for axis in range(x.ndim))


def as_strided(
    x: Array,
    shape: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
    subok: bool = False,
    writeable: bool = True,
) -> TracedArray:
    """`numpy.lib.stride_tricks.as_strided` of an array in row-major order: it can be read.

    Raises ArgumentValueError where an element is outside the array, where NumPy reads what is
    there.
    """
    name = "numpy.lib.stride_tricks.as_strided"
    array = traced(x)
    sizes = [int(size) for size in (array.shape if shape is None else _listed(shape))]
    steps = list(strides_of(array) if strides is None else _listed(strides))
    array.trace.reads_order = True
    if not array.layout.is_c_contiguous:
        message = f"{name} of an array that is not in row-major order cannot be compiled"
        hint = "give it numpy.ascontiguousarray of the array"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    if len(steps) != len(sizes):
        message = f"{name} of shape {tuple(sizes)} with {len(steps)} strides"
        raise ArgumentValueError(message, location=user_location(), hint="give one stride an axis")
    far = [(size - 1) * step for size, step in zip(sizes, steps)]
    low, high = sum(one for one in far if one < 0), sum(one for one in far if one > 0)
    is_inside = low >= 0 and high // array.itemsize < int(array.size)
    is_whole = all(step % array.itemsize == 0 for step in steps)
    if not (is_inside and is_whole) and 0 not in sizes:
        message = f"{name} of shape {tuple(sizes)} and strides {tuple(steps)} leaves the elements"
        hint = "strides are bytes: multiply elements by x.itemsize"
        raise ArgumentValueError(
            f"{message} of {array.array_type}", location=user_location(), hint=hint
        )
    moves = [step // array.itemsize for step in steps]
    layout = Layout(tuple(sizes), tuple(steps), array.itemsize)
    return read_only_view(array, lambda base: _at_steps(base, sizes, moves), layout)


def _listed(given: Any) -> Sequence[Any]:
    return given if isinstance(given, Sequence) else [given]


def _at_steps(x: Array, sizes: Sequence[int], moves: Sequence[int]) -> Array:
    """The elements of x, in row-major order, at the sums of steps along each axis."""
    if 0 in sizes:
        return manipulation.reshape(manipulation.reshape(x, -1)[:0], sizes)
    indices: Any = np.zeros((), np.int64)
    for axis, (size, move) in enumerate(zip(sizes, moves)):
        # Counted by the program: of large arrays the indices would be a larger constant.
        steps = apply(Iota, [], shape=[size], axis=0, dtype=np.dtype(np.int64)) * move
        indices = indices + manipulation.reshape(steps, [-1, *[1] * (len(sizes) - axis - 1)])
    with unchecked():
        return manipulation.take(manipulation.reshape(x, -1), indices)


def sliding_window_view(
    x: Array,
    window_shape: int | Sequence[int],
    axis: int | Sequence[int] | None = None,
    *,
    subok: bool = False,
    writeable: bool = False,
) -> TracedArray:
    """`numpy.lib.stride_tricks.sliding_window_view`: the windows at all positions, their axes last.

    Raises ArgumentValueError for windows that do not fit the axes, UnsupportedError for
    `writeable`.
    """
    array = traced(x)
    name = "numpy.lib.stride_tricks.sliding_window_view"
    if writeable:
        message = f"{name} cannot be compiled with writeable=True"
        raise UnsupportedError(message, location=user_location(), hint="write to the array itself")
    sizes = window_shape if isinstance(window_shape, Sequence) else (window_shape,)
    axes = range(array.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = [normalize_axis(one, array.ndim) for one in axes]
    if len(sizes) != len(axes):
        message = f"{name} of shape {tuple(sizes)} over {len(axes)} axes of {array.array_type}"
        raise ArgumentValueError(message, location=user_location(), hint="give one size an axis")
    steps = array.layout.strides
    strides = (*steps, *[steps[one] for one in axes])
    shape = _windows(array, list(sizes), axes).shape
    layout = Layout(shape, strides, array.dtype.itemsize)
    return read_only_view(array, lambda base: _windows(base, list(sizes), axes), layout)


def _windows(x: Array, sizes: Sequence[int], axes: Sequence[int]) -> Array:
    for size, axis in zip(sizes, axes):
        length = int(x.shape[axis])
        if not 0 <= size <= length:
            message = f"a window of {size} elements does not fit an axis of size {length}"
            raise ArgumentValueError(message, location=user_location())
        starts = counting(length - size + 1)
        # One axis becomes two: the starts of windows, and their elements, which go last.
        parts = manipulation.take(x, starts[:, None] + np.arange(size), axis)
        x = manipulation.moveaxis(parts, axis + 1, -1)
    return x
