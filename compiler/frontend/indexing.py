"""Indexing: basic, by integer arrays and by masks, for reading and for in-place assignment.

Basic indexing gives views: of static parts (slice), of parts at traced places (dynamic_slice), and
of other shapes (reshape). Integer arrays gather and scatter. Masks select.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import AxisError, UnsupportedError
from tessel.compiler.frontend import advanced_indexing, masked_indexing
from tessel.compiler.frontend.array_api import elementwise
from tessel.compiler.frontend.promotion import cast_to
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.frontend.views import View
from tessel.compiler.locations import user_place
from tessel.dialects.mlir import ir
from tessel.dialects.shape import BroadcastTo, Reshape, Reverse
from tessel.dialects.slicing import DynamicSlice, DynamicUpdateSlice, Slice, UpdateSlice


def get_item(x: TracedArray, index: Any) -> Any:
    """`x[index]`: a view for basic indices, a new array for arrays, a selection for a mask."""
    items = _as_tuple(index)
    if masked_indexing.is_mask_index(items):
        return masked_indexing.select(x, items[0])
    parts = _expand(x, items)
    view = _basic(x, parts)
    arrays = {axis: one.array for axis, one in enumerate(_kept(parts)) if one.array is not None}
    if arrays:
        return advanced_indexing.gather(view, arrays)
    # NumPy's scalars are values: an element that was read must not change with the array.
    return TracedArray.of(view.trace, view.value) if view.ndim == 0 else view


def set_item(x: TracedArray, index: Any, value: Any) -> None:
    """`x[index] = value`: value is cast to x's dtype and broadcast to the part."""
    combine_item(x, index, value, "set")


def combine_item(x: TracedArray, index: Any, value: Any, kind: str) -> None:
    """`x[index] = value`, or value combined with each place as often as the index names it.

    `kind` is one of those of `scatter_nd`.
    """
    items = _as_tuple(index)
    if masked_indexing.is_mask_index(items):
        combined = _COMBINATIONS[kind](masked_indexing.select(x, items[0]), value)
        masked_indexing.assign(x, items[0], combined)
        return
    parts = _expand(x, items)
    view = _basic(x, parts)
    arrays = {axis: one.array for axis, one in enumerate(_kept(parts)) if one.array is not None}
    value = cast_to(value, x.dtype)
    if arrays:
        view.assign(advanced_indexing.scatter(view, arrays, value, kind))
    else:
        view.assign(broadcast_value(view, _COMBINATIONS[kind](view, value)))


_COMBINATIONS: dict[str, Any] = {
    "set": lambda _, value: value,
    "add": np.add,
    "multiply": np.multiply,
    "minimum": np.minimum,
    "maximum": np.maximum,
}
"""What the kinds of `scatter_nd` do with an element and its update."""


def broadcast_value(target: TracedArray, value: Any) -> ir.Value:
    """`value` as an MLIR value of the shape of `target`; leading sizes of 1 may be dropped."""
    trace = target.trace
    lifted = value.value if isinstance(value, TracedArray) else trace.constant(np.asarray(value))
    shape = list(ir.RankedTensorType(lifted.type).shape)
    while len(shape) > target.ndim and shape[0] == 1:
        shape = shape[1:]
        lifted = trace.build(Reshape, lifted, [], shape=shape)
    if ir.RankedTensorType(lifted.type) == ir.RankedTensorType(target.value.type):
        return lifted
    sizes = target.shape
    unknown = [size.value for size in sizes if isinstance(size, TracedArray)]
    attribute = [-1 if isinstance(size, TracedArray) else size for size in sizes]
    return trace.build(BroadcastTo, lifted, unknown, shape=attribute)


@dataclass
class _Part:
    """What an index does to one axis of x, or the new axis that it inserts.

    A static part is start, stop and step; a dynamic one has a traced start and perhaps size.
    """

    start: Any = 0
    stop: Any = None
    step: int = 1
    size: Any = None
    dynamic: bool = False
    dropped: bool = False
    inserted: bool = False
    whole: bool = False
    array: Any = None


def _as_tuple(index: Any) -> tuple[Any, ...]:
    items = index if isinstance(index, tuple) else (index,)
    return tuple(np.asarray(one) if isinstance(one, list) else one for one in items)


def _expand(x: TracedArray, items: tuple[Any, ...]) -> list[_Part]:
    """One part for each axis of x and each new axis, in order."""
    items = _masks_as_places(items)
    used = sum(one is not None and one is not Ellipsis for one in items)
    if used > x.ndim:
        message = f"{used} indices for an array of rank {x.ndim}"
        raise AxisError(message, place=user_place())
    if sum(one is Ellipsis for one in items) > 1:
        raise AxisError("an index can only have a single ellipsis", place=user_place())
    if not any(one is Ellipsis for one in items):
        items = (*items, Ellipsis)
    at = next(i for i, one in enumerate(items) if one is Ellipsis)
    full = (slice(None),) * (x.ndim - used)
    parts: list[_Part] = []
    axis = 0
    for one in (*items[:at], *full, *items[at + 1 :]):
        if one is None:
            parts.append(_Part(inserted=True))
            continue
        parts.append(_part(x, axis, one))
        axis += 1
    return parts


def _masks_as_places(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Masks that are known when tracing, as the places where they hold."""
    result: list[Any] = []
    for one in items:
        if isinstance(one, np.ndarray) and one.dtype == np.bool_:
            result.extend(np.nonzero(one))
        elif isinstance(one, TracedArray) and one.dtype == np.bool_:
            hint = "use the mask alone, or tessel.where"
            message = "a mask among other indices gives a size that depends on data"
            raise UnsupportedError(message, place=user_place(), hint=hint)
        else:
            result.append(one)
    return tuple(result)


def _part(x: TracedArray, axis: int, item: Any) -> _Part:
    size = x.array_type.shape[axis]
    if isinstance(item, slice):
        return _slice_part(x, axis, item)
    if isinstance(item, TracedArray | np.ndarray) and np.dtype(item.dtype).kind in "iu":
        if item.ndim:
            return _Part(stop=size, array=item, whole=True)
        if isinstance(item, TracedArray):
            start = _wrapped(cast_to(item, np.int64), _size(x, axis))
            return _Part(start, size=1, dynamic=True, dropped=True)
    if isinstance(item, int | np.integer | np.ndarray) and not isinstance(item, bool):
        place = int(item)
        if size is None:
            start = _wrapped(np.int64(place), _size(x, axis))
            return _Part(start, size=1, dynamic=True, dropped=True)
        if not -size <= place < size:
            message = f"index {place} is out of bounds for axis {axis} with size {size}"
            raise AxisError(message, place=user_place())
        return _Part(place % size, place % size + 1, dropped=True)
    raise AxisError(f"an index cannot be {type(item).__name__} {item!r}", place=user_place())


def _slice_part(x: TracedArray, axis: int, item: slice) -> _Part:
    size = x.array_type.shape[axis]
    bounds = (item.start, item.stop, item.step)
    if not any(isinstance(one, TracedArray) for one in bounds) and size is not None:
        start, stop, step = item.indices(size)
        return _Part(start, stop, step, whole=(start, stop, step) == (0, size, 1))
    if item.start is None and item.stop is None and item.step in (None, 1):
        return _Part(0, size, size=_size(x, axis), dynamic=size is None, whole=True)
    if item.step not in (None, 1):
        message = "a slice with a step needs bounds and a size that are known when tracing"
        raise UnsupportedError(message, place=user_place(), hint="use step 1, or integer arrays")
    length = _size(x, axis)
    begin = 0 if item.start is None else _bound(item.start, length)
    end = length if item.stop is None else _bound(item.stop, length)
    count = elementwise.maximum(elementwise.subtract(end, begin), 0)
    return _Part(cast_to(begin, np.int64), size=cast_to(count, np.int64), dynamic=True)


def _bound(bound: Any, length: Any) -> Any:
    """A bound of a slice as Python clips it."""
    wrapped = _wrapped(bound, length)
    return elementwise.minimum(elementwise.maximum(wrapped, 0), length)


def _wrapped(place: Any, length: Any) -> Any:
    """A place counted from the front."""
    if not isinstance(place, TracedArray) and place >= 0:
        return place
    return elementwise.where(elementwise.less(place, 0), elementwise.add(place, length), place)


def _size(x: TracedArray, axis: int) -> Any:
    size = x.shape[axis]
    return cast_to(size, np.int64) if isinstance(size, TracedArray) else np.int64(size)


def _kept(parts: list[_Part]) -> list[_Part]:
    return [one for one in parts if not one.dropped]


def _basic(x: TracedArray, parts: list[_Part]) -> TracedArray:
    """The view that all parts but integer arrays describe (arrays count as full slices)."""
    own = [one for one in parts if not one.inserted]
    view = x
    if all(one.whole for one in own):
        pass
    elif not any(one.dynamic for one in own):
        view = _static_view(view, own)
    else:
        view = _dynamic_view(_static_view(view, _static_only(x, own)), own)
    if any(one.dropped or one.inserted for one in parts):
        view = _reshaped_view(view, parts)
    return view


def _static_only(x: TracedArray, own: list[_Part]) -> list[_Part]:
    """The static parts, with dynamic ones left whole."""
    sizes = x.array_type.shape
    return [_Part(0, size, whole=True) if one.dynamic else one for one, size in zip(own, sizes)]


def _static_view(x: TracedArray, own: list[_Part]) -> TracedArray:
    """A view of static parts; negative steps reverse."""
    sizes = x.array_type.shape
    if all(one.whole for one in own):
        return x
    if None in sizes:
        message = "a part of an array with sizes known only when running must have traced bounds"
        raise UnsupportedError(message, place=user_place())
    counts = [len(range(one.start, one.stop, one.step)) for one in own]
    forward = [_forward(one, count) for one, count in zip(own, counts)]
    starts, stops, steps = ([part[i] for part in forward] for i in range(3))
    backward = tuple(axis for axis, one in enumerate(own) if one.step < 0)
    build = x.trace.build

    def read(base: ir.Value) -> ir.Value:
        part = build(Slice, base, starts=starts, stops=stops, steps=steps)
        return build(Reverse, part, axes=backward) if backward else part

    def write(base: ir.Value, part: ir.Value) -> ir.Value:
        ordered = build(Reverse, part, axes=backward) if backward else part
        return build(UpdateSlice, base, ordered, starts=starts, steps=steps)

    return x.view(View(read, write))


def _forward(part: _Part, count: int) -> tuple[int, int, int]:
    """The same elements with a positive step."""
    if count == 0:
        return (0, 0, 1)
    if part.step > 0:
        return (part.start, part.start + (count - 1) * part.step + 1, part.step)
    first = part.start + (count - 1) * part.step
    return (first, part.start + 1, -part.step)


def _dynamic_view(x: TracedArray, own: list[_Part]) -> TracedArray:
    """A view of a part whose place, and perhaps size, is traced."""
    build = x.trace.build
    sizes = [one.size if one.dynamic else size for one, size in zip(own, x.array_type.shape)]
    starts = [_scalar(x, one.start if one.dynamic else 0) for one in own]
    counts = [_scalar(x, size) for size in sizes if isinstance(size, TracedArray)]
    shape = [-1 if isinstance(size, TracedArray) else int(size) for size in sizes]

    def read(base: ir.Value) -> ir.Value:
        return build(DynamicSlice, base, starts, counts, shape=shape)

    def write(base: ir.Value, part: ir.Value) -> ir.Value:
        return build(DynamicUpdateSlice, base, part, starts)

    return x.view(View(read, write))


def _scalar(x: TracedArray, number: Any) -> ir.Value:
    if isinstance(number, TracedArray):
        return cast_to(number, np.int64).value
    return x.trace.constant(np.asarray(number, np.int64))


def _reshaped_view(x: TracedArray, parts: list[_Part]) -> TracedArray:
    """A view without the axes that integers dropped, with those that None inserts."""
    remaining = iter(x.shape)
    shape: list[Any] = []
    for one in parts:
        size = 1 if one.inserted else next(remaining)
        if not one.dropped:
            shape.append(size)
    return reshaped_view(x, shape)


def reshaped_view(x: TracedArray, shape: list[Any]) -> TracedArray:
    """x under another shape, sharing its storage."""
    build = x.trace.build
    before, after = _shape_operands(x.shape), _shape_operands(shape)

    def read(base: ir.Value) -> ir.Value:
        return build(Reshape, base, after[0], shape=after[1])

    def write(_: ir.Value, part: ir.Value) -> ir.Value:
        return build(Reshape, part, before[0], shape=before[1])

    return x.view(View(read, write))


def _shape_operands(shape: Any) -> tuple[list[ir.Value], list[int]]:
    unknown = [size.value for size in shape if isinstance(size, TracedArray)]
    return unknown, [-1 if isinstance(size, TracedArray) else int(size) for size in shape]
