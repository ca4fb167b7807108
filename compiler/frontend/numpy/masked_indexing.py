"""Indexing by traced masks, alone and among other indices, and of what they select.

    x[mask]  x[mask, 1]  x[i, :, mask]  x[mask] += 1  x[numpy.nonzero(mask)]  x[mask][0]

Beside slices and single integers a mask selects from a view, so that writing is a select; beside
index arrays its indices are arrays too, chosen by the mask.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import AxisError, ShapeError
from tessel.compiler.frontend.numpy.masked_selection import MaskedSelection, refuse_selection
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import check_indices
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.inference import shape_text

FULL = slice(None)


class MaskError(ShapeError, IndexError):
    """A mask that does not have the shape of what it indexes."""


def is_mask(item: Any) -> bool:
    """Whether an index is a traced boolean array."""
    return isinstance(item, TracedArray) and item.dtype == np.bool_


def is_masked(items: tuple[Any, ...]) -> bool:
    """Whether a mask is among indices, or what one selected."""
    return any(isinstance(one, MaskedSelection) or is_mask(one) for one in items)


@dataclass(frozen=True)
class MaskedIndex:
    """`items` index x at all positions of the mask, which chooses among them.

    The axes of the mask begin at `axis` of what `items` give; with `moved` they are brought to the
    front first. `behind` is None for a view, and where index arrays are among the items, how many
    of their axes follow those of the mask.
    """

    items: tuple[Any, ...]
    mask: TracedArray
    axis: int
    moved: bool = False
    behind: int | None = None

    def part(self, x: TracedArray) -> TracedArray:
        """All that the mask chooses among: a view of x where it can be one."""
        part = x[self.items]
        covered = part.shape[self.axis : self.axis + self.mask.ndim]
        if covered != self.mask.shape:
            shapes = shape_text(self.mask.array_type.shape), shape_text(covered)
            message = f"a mask of shape {shapes[0]} does not cover {shapes[1]}"
            raise MaskError(f"{message} of {x.array_type}", location=user_location())
        if not self.moved:
            return part
        axes = range(self.axis, self.axis + self.mask.ndim)
        return np.moveaxis(part, axes, range(self.mask.ndim))  # type: ignore[return-value]

    def selection(self, part: TracedArray) -> MaskedSelection:
        """A copy of what the mask chooses of a part."""
        copy = TracedArray.of(part.trace, part.value)
        return MaskedSelection(copy, self.mask, 0 if self.moved else self.axis)


def masked_index(x: TracedArray, items: tuple[Any, ...]) -> MaskedIndex:
    """An index that has a mask, or what one selected, among its items."""
    items = _without_ellipsis(items, x.ndim)
    masks = [one for one in items if is_mask(one)]
    if len(masks) > 1 or any(_is_array(one) for one in items):
        return _beside_arrays(items)
    return _beside_slices(items, masks[0])


def select(x: TracedArray, items: tuple[Any, ...]) -> MaskedSelection:
    """`x[items]`, to compute with: its size depends on data."""
    index = masked_index(x, items)
    return index.selection(index.part(x))


def _beside_slices(items: tuple[Any, ...], mask: TracedArray) -> MaskedIndex:
    """One mask, single integers, slices and new axes."""
    at = next(i for i, one in enumerate(items) if one is mask)
    advanced = [i for i, one in enumerate(items) if i == at or _is_single(one)]
    moved = advanced[-1] - advanced[0] >= len(advanced)
    axis = sum(not _is_single(one) for one in items[:at])
    # NumPy's rule for a single truth value: a new axis of size 1 or 0.
    whole = (FULL,) * mask.ndim or (None,)
    mask = mask if mask.ndim else np.reshape(mask, (1,))  # type: ignore[assignment]
    return MaskedIndex((*items[:at], *whole, *items[at + 1 :]), mask, axis, moved)


def _beside_arrays(items: tuple[Any, ...]) -> MaskedIndex:
    """A mask or what it selected, beside arrays that broadcast to it."""
    indices: list[Any] = []
    for one in items:
        if isinstance(one, MaskedSelection):
            # What is not chosen is some number, and must not be outside the array.
            indices.append(one.with_values(one.filled(0)))
        else:
            indices.extend(nonzero(one) if is_mask(one) else [one])
    chosen = [one for one in indices if isinstance(one, MaskedSelection)]
    if any(one.dtype.kind not in "iu" for one in chosen):
        refuse_selection("a selected mask among other indices")
    first = max(chosen, key=lambda one: one.ndim - one.axis)
    ranks = [one.ndim for one in indices if _is_array(one)]
    stored = [first.aligned(one, "an index") if _is_array(one) else one for one in indices]
    advanced = [i for i, one in enumerate(indices) if _is_array(one) or _is_single(one)]
    apart = advanced[-1] - advanced[0] >= len(advanced)
    before = 0 if apart else advanced[0]
    behind = first.ndim - first.axis - 1
    axis = before + max(ranks) - 1 - behind
    return MaskedIndex(tuple(stored), first.mask, axis, behind=behind)


def nonzero(x: Any) -> tuple[MaskedSelection, ...]:
    """`numpy.nonzero`: the indices where x is not 0, one array an axis, as selections."""
    mask = cast_to(traced(x), np.bool_)
    if not mask.ndim:
        raise MaskError("numpy.nonzero of an array of rank 0", location=user_location())
    indices = []
    for axis, size in enumerate(mask.shape):
        line = np.reshape(counting(size), [-1 if one == axis else 1 for one in range(mask.ndim)])
        indices.append(MaskedSelection(np.broadcast_to(traced(line), mask.shape), mask))
    return tuple(indices)


def indices_of(chosen: MaskedSelection, number: Any) -> Any:
    """Indices of the elements of a merged selection that are its `number`-th, from either end."""
    ranks = np.cumsum(chosen.mask)
    check_indices(number, ranks[-1], 0)
    wanted = cast_to(number, np.int64)
    wanted = np.where(np.less(wanted, 0), wanted + ranks[-1], wanted)
    return np.searchsorted(ranks, wanted + 1)  # type: ignore[call-overload]


def get_selected(chosen: MaskedSelection, index: Any) -> Any:
    """`x[mask][index]`: a selection, or an array where single elements are taken of it."""
    if _covers(chosen, index):
        values = TracedArray.of(chosen.values.trace, chosen.values.value)
        return MaskedSelection(values, _both(chosen, index))
    own, before, behind = _around(chosen, index)
    if isinstance(own, MaskedSelection) and own.dtype == np.bool_:
        chosen, own = _chosen_again(chosen, own), FULL
    values = chosen.values[(*before, *(FULL,) * chosen.mask.ndim, *behind)]
    axis = _axis_behind(before)
    # NumPy's are copies, which later writes to the original do not reach.
    rest = MaskedSelection(TracedArray.of(values.trace, values.value), chosen.mask, axis)
    if isinstance(own, MaskedSelection):
        numbers = rest.merged(), own.merged()
        indices = indices_of(numbers[0], numbers[1].filled(0))
        return MaskedSelection(np.take(numbers[0].values, indices, axis), numbers[1].mask, axis)
    if not isinstance(own, slice):
        line = rest.merged()
        return np.take(line.values, indices_of(line, own), axis=axis)
    return rest if own == FULL else _sliced(rest.merged(), own)


def set_selected(chosen: MaskedSelection, index: Any, value: Any) -> None:
    """`y[index] = value` on what y = x[mask] chose, which is an array of its own."""
    if _covers(chosen, index):
        chosen.values[_both(chosen, index)] = value
        return
    own, before, behind = _around(chosen, index)
    mask = chosen.mask
    if isinstance(own, MaskedSelection):
        mask, own = _chosen_again(chosen, own).mask, FULL
    if any(_is_array(one) for one in (*before, *behind)):
        refuse_selection("assignment to an index array")
    if not (isinstance(own, slice) and own == FULL):
        refuse_selection("assignment to single elements")
    part = chosen.values[(*before, *(FULL,) * mask.ndim, *behind)]
    axis = sum(not _is_single(one) for one in before)
    target = MaskedSelection(part, mask, axis)
    given = cast_to(target.aligned(value, "assignment"), part.dtype)
    part[...] = np.where(target.holds(), given, part)


def _around(chosen: MaskedSelection, index: Any) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """The item at the chosen axis, and those before and behind it.

    A selection by itself may index that axis alone: a mask of what is chosen.
    """
    given = index if isinstance(index, tuple) else (index,)
    items = _without_ellipsis(given, chosen.ndim)
    positions = [i for i, one in enumerate(items) if one is not None]
    at = positions[chosen.axis]
    own, others = items[at], (*items[:at], *items[at + 1 :])
    own = np.asarray(own) if isinstance(own, list) else own
    if any(is_mask(one) or isinstance(one, MaskedSelection) for one in others) or is_mask(own):
        refuse_selection("indexing by masks of other axes")
    if any(_is_array(one) for one in others) and not _stay_together(own, items, at):
        refuse_selection("indexing by arrays")
    chooses = isinstance(own, MaskedSelection)
    kinds = "iub" if chooses and own.ndim == 1 else "iu"
    if not isinstance(own, slice) and (own.dtype if chooses else dtype_of(own)).kind not in kinds:
        refuse_selection(f"indexing by {type(own).__name__}")
    return own, items[:at], items[at + 1 :]


def _stay_together(own: Any, items: tuple[Any, ...], at: int) -> bool:
    """Whether the axes of index arrays come where they are, all on one side of the chosen axis."""
    advanced = [i for i, one in enumerate(items) if _is_single(one) or _is_array(one)]
    is_one_block = advanced[-1] - advanced[0] < len(advanced)
    return isinstance(own, slice) and is_one_block and not advanced[0] < at < advanced[-1]


def _axis_behind(items: tuple[Any, ...]) -> int:
    """How many axes an array has in front after being indexed by items; arrays are one block."""
    arrays = [np.ndim(one) for one in items if _is_array(one)]
    kept = sum(not _is_single(one) and not _is_array(one) for one in items)
    return kept + max(arrays, default=0)


def _covers(chosen: MaskedSelection, index: Any) -> bool:
    """Whether an index is a mask of all elements that were chosen."""
    whole = isinstance(index, MaskedSelection) and index.dtype == np.bool_
    return whole and index.ndim == chosen.ndim > 1


def _both(chosen: MaskedSelection, index: MaskedSelection) -> TracedArray:
    """Where an element was chosen, and a mask of what was chosen holds."""
    return chosen.holds() & chosen.aligned(index, "indexing")


def _chosen_again(chosen: MaskedSelection, again: MaskedSelection) -> MaskedSelection:
    """`y[y > 0]` of a selection y: both masks hold."""
    if again.dtype != np.bool_ or again.ndim != 1:
        refuse_selection("indexing by a selection")
    line = MaskedSelection(chosen.mask, chosen.mask)
    both = chosen.mask & line.aligned(again, "indexing")
    return MaskedSelection(chosen.values, both, chosen.axis)


def _sliced(chosen: MaskedSelection, part: slice) -> MaskedSelection:
    """The elements at every step-th number between two bounds."""
    step = 1 if part.step is None else part.step
    if step < 0:
        turned = MaskedSelection(
            np.flip(chosen.values, chosen.axis), chosen.mask[::-1], chosen.axis
        )
        if part.start is None and part.stop is None:
            return _sliced(turned, slice(None, None, -step))
        refuse_selection("a slice with bounds and a negative step")
    count = np.sum(chosen.mask)
    numbers = np.cumsum(chosen.mask) - 1
    start = 0 if part.start is None else _bound(part.start, count)
    stop = count if part.stop is None else _bound(part.stop, count)
    inside = (numbers >= start) & (numbers < stop) & ((numbers - start) % step == 0)
    return MaskedSelection(chosen.values, chosen.mask & inside, chosen.axis)


def _bound(bound: Any, count: Any) -> Any:
    """A bound of a slice counted from the front, at least 0."""
    return np.maximum(np.where(np.less(bound, 0), np.add(count, bound), bound), 0)


def _without_ellipsis(items: tuple[Any, ...], rank: int) -> tuple[Any, ...]:
    """An item for each axis, and the new axes."""
    used = sum(_axes(one) for one in items)
    if used > rank:
        message = f"{used} indices for an array of rank {rank}"
        raise AxisError(message, location=user_location())
    whole = [FULL] * (rank - used)
    at = next((i for i, one in enumerate(items) if one is Ellipsis), len(items))
    return (*items[:at], *whole, *items[at + 1 :])


def _axes(item: Any) -> int:
    """How many axes an item indexes."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if is_mask(item) else 1


def _is_single(item: Any) -> bool:
    """Whether an item is an integer, which drops its axis."""
    if isinstance(item, slice | MaskedSelection) or item is None or is_mask(item):
        return False
    return not (item.ndim if isinstance(item, TracedArray) else np.ndim(item))


def _is_array(item: Any) -> bool:
    """Whether an item is an array of indices."""
    if isinstance(item, MaskedSelection):
        return True
    if isinstance(item, slice) or item is None or is_mask(item):
        return False
    return not _is_single(item)
