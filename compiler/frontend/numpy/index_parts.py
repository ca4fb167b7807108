"""What an index does to each axis of an array: parts of it, arrays of indices, new axes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import AxisError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import creation, elementwise
from tessel.compiler.frontend.tracing.apply import trace_of, type_of
from tessel.compiler.frontend.tracing.host_numbers import as_operand
from tessel.compiler.frontend.tracing.known_values import if_known
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.run_time_checks import check_indices
from tessel.compiler.frontend.tracing.sizes import as_size
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.dim import Dim, are_same


@dataclass
class Part:
    """What an index does to one axis of x, or the new axis that it inserts.

    A part is `size` elements from `start` on; one whose start is traced, or one of an axis whose
    size is no number, is not `static`. A `mirrored` one is the whole axis from its end.
    `after_ellipsis` says that `...` stands before it, which may stand for no axis at all.
    """

    start: Any = 0
    size: Any = None
    step: int = 1
    static: bool = True
    dropped: bool = False
    inserted: bool = False
    whole: bool = False
    mirrored: bool = False
    after_ellipsis: bool = False
    array: Any = None


def as_tuple(index: Any) -> tuple[Any, ...]:
    """The items of an index."""
    items = index if isinstance(index, tuple) else (index,)
    return tuple([_index_item(as_operand(one)) for one in items])


def _index_item(item: Any) -> Any:
    """One item of an index; its elements where they are known, so that its position is static."""
    if isinstance(item, slice):
        bounds = [as_operand(one) for one in (item.start, item.stop, item.step)]
        return slice(*(if_known(one) if isinstance(one, TracedArray) else one for one in bounds))
    if isinstance(item, TracedArray) and item.dtype.kind in "iub":
        return if_known(item)
    if isinstance(item, list | tuple | range):
        if not isinstance(item, range) and trace_of(item) is not None:
            return creation.asarray(item)
        return np.asarray(item, None if item else np.int64)
    return item


def expand(x: TracedArray, items: tuple[Any, ...]) -> list[Part]:
    """One part for each axis of x and each new axis, in order."""
    items = _masks_as_indices(items)
    used = sum(one is not None and one is not Ellipsis for one in items)
    if used > x.ndim:
        message = f"{used} indices for an array of rank {x.ndim}"
        raise AxisError(message, location=user_location())
    if sum(one is Ellipsis for one in items) > 1:
        raise AxisError("an index can only have a single ellipsis", location=user_location())
    if not any(one is Ellipsis for one in items):
        items = (*items, Ellipsis)
    at = next(i for i, one in enumerate(items) if one is Ellipsis)
    full = (slice(None),) * (x.ndim - used)
    parts: list[Part] = []
    axis = 0
    for one in (*items[:at], *full, *items[at + 1 :]):
        if one is None:
            parts.append(Part(inserted=True))
            continue
        parts.append(_part(x, axis, one))
        axis += 1
    for one in parts[at + len(full) : at + len(full) + 1]:
        one.after_ellipsis = True
    _check_arrays(x, [one for one in parts if not one.inserted])
    return parts


def batch_axis(parts: list[Part]) -> int:
    """Where in the result the dimensions of the index arrays stand: in front, or where they are.

    Beside an array, integers count as arrays. All must be neighbours, else they come in front.
    """
    advanced = [at for at, one in enumerate(parts) if one.dropped or one.array is not None]
    first, last = advanced[0], advanced[-1]
    divided = any(one.after_ellipsis for one in parts[first + 1 : last + 1])
    return first if last - first + 1 == len(advanced) and not divided else 0


def _check_arrays(x: TracedArray, own: list[Part]) -> None:
    """Checks index arrays, unless they broadcast to nothing, when NumPy does not look at them."""
    arrays = {axis: one.array for axis, one in enumerate(own) if one.array is not None}
    sizes = [size for one in arrays.values() for size in type_of(one).shape]
    if any(isinstance(size, int) and size == 0 for size in sizes):
        return
    for axis, array in arrays.items():
        check_indices(array, x.shape[axis], axis)


def _masks_as_indices(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Masks that are known when tracing, as the indices where they hold."""
    result: list[Any] = []
    for one in items:
        if isinstance(one, np.ndarray) and one.dtype == np.bool_:
            result.extend(np.nonzero(one))
        else:
            result.append(one)
    return tuple(result)


def _part(x: TracedArray, axis: int, item: Any) -> Part:
    size = x.shape[axis]
    if isinstance(item, slice):
        return _slice_part(size, item)
    if isinstance(item, TracedArray | np.ndarray) and np.dtype(item.dtype).kind in "iu":
        if item.ndim:
            return whole_part(size, array=item)
        if isinstance(item, TracedArray):
            check_indices(item, size, axis)
            start = _wrapped(cast_to(item, np.int64), size)
            return Part(start, 1, static=False, dropped=True)
    is_number = isinstance(item, int | np.integer | Dim) and not isinstance(item, bool)
    if is_number or (isinstance(item, np.ndarray) and item.dtype.kind in "iu"):
        index = as_size(item)
        if not (-size <= index and index < size):
            message = f"index {index} is out of bounds for axis {axis} with size {size}"
            raise AxisError(message, location=user_location())
        start = index if index >= 0 else index + size
        return Part(start, 1, static=_are_numbers(start, size), dropped=True)
    what = f"{type(item).__name__} {item!r}"
    if isinstance(item, TracedArray | np.ndarray):
        what = f"an array of {item.dtype}"
    raise AxisError(f"an index cannot be {what}", location=user_location())


def whole_part(size: Any, array: Any = None) -> Part:
    """An axis of which all is taken, or which `array` indexes."""
    return Part(0, size, static=isinstance(size, int), whole=True, array=array)


def _slice_part(size: Any, item: slice) -> Part:
    bounds = (item.start, item.stop, item.step)
    if any(isinstance(one, TracedArray) for one in bounds):
        return _traced_slice_part(size, item)
    if item.start is None and item.stop is None and item.step in (None, 1):
        return whole_part(size)
    step = 1 if item.step is None else int(item.step)
    if step == -1 and item.start is None and item.stop is None and isinstance(size, Dim):
        return Part(0, size, static=False, whole=True, mirrored=True)
    if step != 1:
        start, stop, step = slice(*(None if one is None else int(one) for one in bounds)).indices(
            int(size)
        )
        count = len(range(start, stop, step))
        return Part(start, count, step, static=isinstance(size, int))
    start = 0 if item.start is None else _clipped(as_size(item.start), size)
    stop = size if item.stop is None else _clipped(as_size(item.stop), size)
    if are_same(start, 0) and are_same(stop, size):
        return whole_part(size)
    count = stop - start if stop > start else 0
    return Part(start, count, static=_are_numbers(start, count, size))


def _clipped(bound: Any, size: Any) -> Any:
    """A bound of a slice as Python clips it."""
    wrapped = bound if bound >= 0 else bound + size
    if wrapped >= size:
        return size
    return wrapped if wrapped >= 0 else 0


def _are_numbers(*sizes: Any) -> bool:
    return all(isinstance(one, int) for one in sizes)


def _traced_slice_part(size: Any, item: slice) -> Part:
    """A slice between traced bounds: its size depends on data."""
    if item.step not in (None, 1):
        message = "a slice with a step needs bounds and a size that are known when tracing"
        raise UnsupportedError(
            message, location=user_location(), hint="use step 1, or integer arrays"
        )
    begin = 0 if item.start is None else _bound(item.start, size)
    end = size if item.stop is None else _bound(item.stop, size)
    count = elementwise.maximum(elementwise.subtract(end, begin), 0)
    return Part(begin, as_size(count), static=False)


def _bound(bound: Any, length: Any) -> Any:
    """A bound of a slice as Python clips it."""
    wrapped = _wrapped(bound, length)
    return elementwise.minimum(elementwise.maximum(wrapped, 0), length)


def _wrapped(index: Any, length: Any) -> Any:
    """An index counted from the front."""
    if not isinstance(index, TracedArray) and index >= 0:
        return index
    return elementwise.where(elementwise.less(index, 0), elementwise.add(index, length), index)
