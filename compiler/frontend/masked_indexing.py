"""Indexing by one traced mask: `x[mask]`, `x[mask] = value`."""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.apply import traced, type_of
from tessel.compiler.frontend.array_api import elementwise, manipulation
from tessel.compiler.frontend.masked_selection import MaskedSelection, refuse_selection, same_value
from tessel.compiler.frontend.promotion import cast_to
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import user_place
from tessel.dialects.inference import shape_text


def is_mask_index(items: tuple[Any, ...]) -> bool:
    """Whether an index is one traced boolean array."""
    return len(items) == 1 and isinstance(items[0], TracedArray) and items[0].dtype == np.bool_


def select(x: TracedArray, mask: TracedArray) -> MaskedSelection:
    """`x[mask]`, to compute with: its size depends on data."""
    return MaskedSelection(TracedArray.of(x.trace, x.value), _spread(x, mask))


def assign(x: TracedArray, mask: TracedArray, value: Any) -> None:
    """`x[mask] = value`: a number, a row for each element of the mask, or a selection by it."""
    where = _spread(x, mask)
    if isinstance(value, MaskedSelection):
        if not same_value(value.mask.value, where.value):
            refuse_selection("assignment from a selection by another mask")
        value = value.values
    elif type_of(value).rank > x.ndim - mask.ndim:
        refuse_selection("assignment of an array to a masked part")
    x.assign(traced(elementwise.where(where, cast_to(value, x.dtype), x), x.trace).value)


def _spread(x: TracedArray, mask: TracedArray) -> TracedArray:
    """The mask in the shape of x: it covers the leading axes."""
    leading = x.shape[: mask.ndim]
    if mask.shape != leading:
        shapes = shape_text(mask.array_type.shape), shape_text(x.array_type.shape)
        message = f"a mask of shape {shapes[0]} does not cover {shapes[1]}"
        raise ShapeError(message, place=user_place())
    if mask.ndim == x.ndim:
        return mask
    column = manipulation.reshape(mask, [*leading, *[1] * (x.ndim - mask.ndim)])
    return manipulation.broadcast_to(column, x.shape)
