"""Functions that split, repeat, shift and pad arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply, trace_of, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.known_values import if_known
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of, stored, weak_type
from tessel.compiler.frontend.tracing.run_time_checks import unchecked
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.shape import Pad
from tessel.dialects.slicing import Slice


def split(x: Array, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """`numpy.split`: into equal parts, or at indices."""
    size = _size(x, axis)
    if isinstance(indices_or_sections, int):
        if size % indices_or_sections:
            message = f"cannot split size {size} into {indices_or_sections} equal parts"
            raise ShapeError(message, location=user_location())
        step = size // indices_or_sections
        cuts = list(range(step, size, step))
    else:
        cuts = [slice(None, int(one)).indices(size)[1] for one in indices_or_sections]
    bounds = zip([0, *cuts], [*cuts, size], strict=True)
    return [section(x, start, stop, axis) for start, stop in bounds]


def section(x: Array, start: int, stop: int, axis: int) -> Array:
    """`x[start:stop]` along an axis, as a new array."""
    sizes = _static(x)
    position = normalize_axis(axis, len(sizes))
    starts, stops = [0] * len(sizes), list(sizes)
    starts[position], stops[position] = start, max(start, stop)
    return apply(Slice, x, starts=tuple(starts), stops=tuple(stops), steps=(1,) * len(sizes))


def repeat(x: Array, repeats: Any, /, axis: int | None = None) -> Array:
    """`numpy.repeat`: each element as often as `repeats` says, which must be known."""
    repeats = repeats if isinstance(repeats, int) else if_known(repeats)
    if trace_of((repeats,)) is not None:
        message = "numpy.repeat with traced repeats has a size that depends on data"
        hint = "give integers, or name the argument in static_argnames"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    if axis is None:
        x, axis = manipulation.reshape(x, -1), 0
    indices = np.repeat(np.arange(_size(x, axis), dtype=np.int64), repeats)
    return manipulation.take(x, indices, axis)


def tile(x: Array, repetitions: int | Sequence[int], /) -> Array:
    """`numpy.tile`."""
    counts = [repetitions] if isinstance(repetitions, int) else list(repetitions)
    sizes = list(x.shape if isinstance(x, TracedArray) else np.shape(x))
    counts = [1] * (len(sizes) - len(counts)) + counts
    sizes = [1] * (len(counts) - len(sizes)) + sizes
    pairs = list(zip(counts, sizes, strict=True))
    apart = manipulation.reshape(x, [one for _, size in pairs for one in (1, size)])
    full = manipulation.broadcast_to(apart, [one for pair in pairs for one in pair])
    return manipulation.reshape(full, [count * size for count, size in pairs])


def roll(x: Array, shift: Any, axis: int | Sequence[int] | None = None) -> Array:
    """`numpy.roll`: elements that leave one end come back at the other; shifts may be traced.

    Several shifts of one axis are added. Raises ShapeError for shifts that do not fit the axes.
    """
    if axis is None:
        flat = roll(manipulation.reshape(x, -1), shift, 0)
        return manipulation.reshape(flat, _static(x))
    axes = list(axis) if isinstance(axis, Sequence) else [axis]
    shifts = _integers(shift)
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        message = f"numpy.roll: {len(shifts)} shifts do not fit {len(axes)} axes"
        raise ShapeError(message, location=user_location())
    count = 0 if not shifts or not axes else max(len(shifts), len(axes))
    for one, distance in zip(_repeated(axes, count), _repeated(shifts, count)):
        x = _rolled(x, distance, normalize_axis(one, type_of(x).rank))
    return x


def _repeated(values: list[Any], count: int) -> list[Any]:
    return values * count if len(values) == 1 else values


def _integers(shift: Any) -> list[Any]:
    """Shifts as integers, traced where they are. Raises DTypeError for other numbers."""
    known = if_known(shift)
    if not isinstance(known, TracedArray) and not isinstance(shift, list | tuple):
        shift = np.asarray(known).tolist() if isinstance(known, np.ndarray) else known
    if isinstance(shift, TracedArray):
        shift = [shift] if not shift.ndim else list(shift)
    given = list(shift) if isinstance(shift, list | tuple) else [shift]
    return [_integer(if_known(one)) for one in given]


def _integer(shift: Any) -> Any:
    if isinstance(shift, TracedArray):
        return cast_to(shift, np.int64)
    return int(shift)


def _rolled(x: Array, distance: Any, axis: int) -> Array:
    size = _size(x, axis)
    if not size:
        return x
    if isinstance(distance, TracedArray):
        indices = elementwise.subtract(np.arange(size), distance)
        with unchecked():
            return manipulation.take(x, elementwise.remainder(indices, size), axis)
    cut = (size - distance) % size
    return manipulation.concatenate([section(x, cut, size, axis), section(x, 0, cut, axis)], axis)


def pad(x: Array, pad_width: Any, mode: str = "constant", constant_values: Array = 0) -> Array:
    """`numpy.pad` with one constant, or by reflection, edges or wrapping around."""
    rank = type_of(x).rank
    widths = np.broadcast_to(np.asarray(pad_width, np.int64), (rank, 2)).tolist()
    if mode == "constant":
        low, high = (tuple(one[end] for one in widths) for end in (0, 1))
        # NumPy stores a scalar of its own, not the Python number.
        held = np.asarray(constant_values)[()] if weak_type(constant_values) else constant_values
        value = cast_to(stored(held, dtype_of(x)), dtype_of(x))
        return apply(Pad, x, value, low=low, high=high)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        hint = "use constant, edge, reflect, symmetric or wrap"
        raise UnsupportedError(f'numpy.pad with mode "{mode}"', location=user_location(), hint=hint)
    for axis, width in enumerate(widths):
        size = _size(x, axis)
        if not size and any(width):
            message = f'numpy.pad with mode "{mode}" has nothing to extend axis {axis} by'
            raise ArgumentValueError(message, location=user_location(), hint='use "constant"')
        indices = np.arange(size, dtype=np.int64)
        x = manipulation.take(x, np.pad(indices, width, mode=mode), axis)  # type: ignore[call-overload]
    return x


def diff(
    x: Array, n: int = 1, axis: int = -1, prepend: Array = None, append: Array = None
) -> Array:
    """`numpy.diff`: differences of neighbours, n times, of x between two other arrays."""
    parts = [_end(x, prepend, axis), x, _end(x, append, axis)]
    given = [one for one in parts if one is not None]
    x = manipulation.concatenate(given, axis) if n and len(given) > 1 else x
    for _ in range(n):
        size = _size(x, axis)
        later, earlier = section(x, min(1, size), size, axis), section(x, 0, size - 1, axis)
        differs = dtype_of(x) == np.bool_
        x = (elementwise.not_equal if differs else elementwise.subtract)(later, earlier)
    return x


def _end(x: Array, end: Array | None, axis: int) -> Array | None:
    """What is put before or behind x; a single number has size 1 along the axis."""
    if end is None or type_of(end).rank:
        return end
    sizes = list(_static(x))
    sizes[normalize_axis(axis, len(sizes))] = 1
    return manipulation.broadcast_to(end, sizes)


def _static(x: Array) -> tuple[int, ...]:
    return tuple(int(size) for size in type_of(x).shape)  # type: ignore[arg-type]


def _size(x: Array, axis: int) -> int:
    sizes = _static(x)
    return sizes[normalize_axis(axis, len(sizes))]
