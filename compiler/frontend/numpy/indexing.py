"""Indexing: basic, by integer arrays and by masks, for reading and for in-place assignment.

Basic indexing gives views: of static parts (slice), of parts at traced indices (dynamic_slice), and
of other shapes (reshape). Integer arrays gather and scatter. Masks select.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy import advanced_indexing, masked_indexing
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.numpy.index_parts import (
    Part,
    as_tuple,
    batch_axis,
    expand,
    whole_part,
)
from tessel.compiler.frontend.numpy.masked_indexing import MaskedIndex
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.layout import Layout
from tessel.compiler.frontend.tracing.promotion import cast_to, stored
from tessel.compiler.frontend.tracing.sizes import Size, as_shape, shape_operands
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.views import View
from tessel.dialects.dim import Dim, are_same
from tessel.dialects.mlir import ir
from tessel.dialects.shape import BroadcastTo, Reshape, Reverse
from tessel.dialects.slicing import DynamicSlice, DynamicUpdateSlice, Slice, UpdateSlice


def get_item(x: TracedArray, index: Any) -> Any:
    """`x[index]`: a view for basic indices, a new array for arrays, a selection for a mask."""
    items = as_tuple(index)
    if _has_truth(items):
        return _by_truth(x, items).copy()
    if masked_indexing.is_masked(items):
        return masked_indexing.select(x, items)
    parts = expand(x, items)
    view = _basic(x, parts)
    arrays = _arrays(parts)
    if arrays:
        return advanced_indexing.gather(view, arrays, batch_axis(parts))
    # NumPy's scalars are values: an element that was read must not change with the array.
    is_scalar = view.ndim == 0 and not any(one is Ellipsis for one in items)
    return TracedArray.of(view.trace, view.value) if is_scalar else view


def set_item(x: TracedArray, index: Any, value: Any) -> None:
    """`x[index] = value`: value is cast to x's dtype and broadcast to the part."""
    combine_item(x, index, value, "set")


def combine_item(x: TracedArray, index: Any, value: Any, kind: str) -> None:
    """`x[index] = value`, or value combined with each element as often as the index names it.

    `kind` is one of those of `scatter_nd`.
    """
    items = as_tuple(index)
    if _has_truth(items):
        combine_item(_by_truth(x, items), Ellipsis, value, kind)
        return
    if masked_indexing.is_masked(items):
        _combine_masked(x, masked_indexing.masked_index(x, items), value, kind)
        return
    parts = expand(x, items)
    view = _basic(x, parts)
    value = cast_to(stored(value, x.dtype), x.dtype)
    if _arrays(parts):
        _scatter(view, parts, value, kind)
    else:
        view.assign(broadcast_value(view, _COMBINATIONS[kind](view, value)))


def mirrored_view(x: TracedArray, axes: Sequence[int]) -> TracedArray:
    """A view with the order of elements reversed along `axes`."""

    def mirror(part: ir.Value) -> ir.Value:
        return x.trace.build(Reverse, part, axes=axes)

    steps = [-1 if axis in axes else 1 for axis in range(x.ndim)]
    layout = x.layout.sliced(x.layout.sizes, steps)
    return x.apply_view(View(mirror, lambda _, part: mirror(part)), layout)


def _combine_masked(x: TracedArray, index: MaskedIndex, value: Any, kind: str) -> None:
    """`x[mask] = value`: a number, an array that broadcasts, or a selection by the same mask."""
    part = index.part(x)
    chosen = index.selection(part)
    if index.behind is not None:
        updates = cast_to(chosen.aligned(value, "assignment"), x.dtype)
        holds = np.reshape(index.mask, (*index.mask.shape, *[1] * index.behind))
        parts = expand(x, index.items)
        _scatter(_basic(x, parts), parts, updates, kind, holds)
        return
    combined = chosen.aligned(_COMBINATIONS[kind](chosen, value), "assignment")
    result = elementwise.where(chosen.holds(), cast_to(combined, x.dtype), part)
    part.assign(broadcast_value(part, result))


def _scatter(
    view: TracedArray, parts: list["Part"], value: Any, kind: str, holds: Any = None
) -> None:
    position = batch_axis(parts)
    view.assign(advanced_indexing.scatter(view, _arrays(parts), position, value, kind, holds))


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
    array = traced(value, trace)
    excess = array.ndim - target.ndim
    if excess > 0 and all(size == 1 for size in array.shape[:excess]):
        array = reshaped_view(array, list(array.shape[excess:]))
    if array.ndim == target.ndim and all(map(are_same, array.shape, target.shape)):
        return array.value
    operands, attribute = shape_operands(target.shape)
    sizes = [trace.size_value(size) for size in operands]
    with trace.calling("an assignment"):
        return trace.build(BroadcastTo, array.value, sizes, shape=attribute)


def _is_truth(item: Any) -> bool:
    """Whether an index is a single truth value that is known."""
    if isinstance(item, np.ndarray):
        return item.ndim == 0 and item.dtype == np.bool_
    return isinstance(item, bool | np.bool_)


def _has_truth(items: tuple[Any, ...]) -> bool:
    return any(_is_truth(one) for one in items)


def _by_truth(x: TracedArray, items: tuple[Any, ...]) -> TracedArray:
    """What True, a new axis of size 1, or False, one of size 0, give among basic indices."""
    at = next(i for i, one in enumerate(items) if _is_truth(one))
    rest = [one for one in items[at + 1 :] if not _is_truth(one)]
    axis = sum(isinstance(one, slice) or one is None for one in items[:at])
    view = x[(*items[:at], None, *rest)]
    whole = all(bool(one) for one in items if _is_truth(one))
    return view if whole else view[(*[slice(None)] * axis, slice(0, 0))]


def _arrays(parts: list[Part]) -> dict[int, Any]:
    """The index arrays, by the axes of the view that they index."""
    kept = [one for one in parts if not one.dropped]
    return {axis: one.array for axis, one in enumerate(kept) if one.array is not None}


def _basic(x: TracedArray, parts: list[Part]) -> TracedArray:
    """The view that all parts but integer arrays describe (arrays count as full slices)."""
    own = [one for one in parts if not one.inserted]
    view = x
    if not all(one.whole for one in own):
        is_static = [one.static for one in own]
        sizes: list[Any] = list(x.shape)
        if any(one.step != 1 for one in own) and not all(is_static):
            sizes = [int(size) for size in sizes]
            is_static = [one.step != 1 for one in own]
        elif not x.array_type.is_static:
            is_static = [False] * len(own)
        first = [
            one if static else whole_part(size) for one, static, size in zip(own, is_static, sizes)
        ]
        view = _static_view(view, first)
        then = [
            whole_part(size) if static else one
            for one, static, size in zip(own, is_static, view.shape)
        ]
        view = _dynamic_view(view, then)
    mirrored = tuple(axis for axis, one in enumerate(own) if one.mirrored)
    if mirrored:
        view = mirrored_view(view, mirrored)
    if any(one.dropped or one.inserted for one in parts):
        view = _reshaped_view(view, parts)
    return view


def _static_view(x: TracedArray, own: list[Part]) -> TracedArray:
    """A view of static parts; negative steps reverse."""
    if all(one.whole for one in own):
        return x
    forward = [_forward(one) for one in own]
    starts, stops, steps = ([part[i] for part in forward] for i in range(3))
    backward = tuple(axis for axis, one in enumerate(own) if one.step < 0)
    build = x.trace.build

    def read(base: ir.Value) -> ir.Value:
        part = build(Slice, base, starts=starts, stops=stops, steps=steps)
        return build(Reverse, part, axes=backward) if backward else part

    def write(base: ir.Value, part: ir.Value) -> ir.Value:
        ordered = build(Reverse, part, axes=backward) if backward else part
        return build(UpdateSlice, base, ordered, starts=starts, steps=steps)

    layout = x.layout.sliced([one.size for one in own], [one.step for one in own])
    return x.apply_view(View(read, write), layout)


def _forward(part: Part) -> tuple[int, int, int]:
    """The same elements with a positive step: start, stop and step."""
    if part.size == 0:
        return (0, 0, 1)
    last = part.start + (part.size - 1) * part.step
    if part.step > 0:
        return (part.start, last + 1, part.step)
    return (last, part.start + 1, -part.step)


def _dynamic_view(x: TracedArray, own: list[Part]) -> TracedArray:
    """A view of a part whose start, or size, is no number."""
    if all(one.whole for one in own):
        return x
    build = x.trace.build
    starts = [_scalar(x, one.start) for one in own]
    operands, shape = shape_operands([one.size for one in own])
    counts = [x.trace.size_value(size) for size in operands]

    def read(base: ir.Value) -> ir.Value:
        return build(DynamicSlice, base, starts, counts, shape=shape)

    def write(base: ir.Value, part: ir.Value) -> ir.Value:
        return build(DynamicUpdateSlice, base, part, starts)

    layout = x.layout.sliced([one.size for one in own], [1] * len(own))
    return x.apply_view(View(read, write), layout)


def _scalar(x: TracedArray, number: Any) -> ir.Value:
    if isinstance(number, TracedArray):
        return cast_to(number, np.int64).value
    if isinstance(number, Dim):
        return x.trace.size_value(number)
    return x.trace.constant(np.asarray(number, np.int64))


def _reshaped_view(x: TracedArray, parts: list[Part]) -> TracedArray:
    """A view without the axes that integers dropped, with those that None inserts."""
    remaining = iter(x.shape)
    shape: list[Any] = []
    for one in parts:
        size = 1 if one.inserted else next(remaining)
        if not one.dropped:
            shape.append(size)
    return reshaped_view(x, shape)


def flat_view(x: TracedArray) -> TracedArray:
    """All elements of x in row-major order, sharing its storage whatever its strides."""
    return reshaped_view(x, list(manipulation.reshape(x, -1).shape))


def reshaped_view(x: TracedArray, shape: list[Any], layout: Layout | None = None) -> TracedArray:
    """x under another shape, sharing its storage; `layout` is what memory then looks like."""
    build = x.trace.build
    before, after = (_reshape_operands(x, one) for one in (x.shape, as_shape(shape)))

    def read(base: ir.Value) -> ir.Value:
        return build(Reshape, base, after[0], shape=after[1])

    def write(_: ir.Value, part: ir.Value) -> ir.Value:
        return build(Reshape, part, before[0], shape=before[1])

    found = layout or x.layout.with_ones(shape)
    if found is None:
        found = Layout.contiguous(x.array_type.with_shape(as_shape(shape)))
    return x.apply_view(View(read, write), found)


def _reshape_operands(x: TracedArray, shape: Sequence[Size]) -> tuple[list[ir.Value], list[int]]:
    operands, attribute = shape_operands(shape)
    return [x.trace.size_value(size) for size in operands], attribute
