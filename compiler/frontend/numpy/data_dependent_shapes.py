"""NumPy's functions whose results have sizes that depend on data: selections, to compute with.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError
from tessel.compiler.frontend.numpy import masked_indexing
from tessel.compiler.frontend.numpy.functions import elementwise, selection
from tessel.compiler.frontend.numpy.masked_selection import MaskedSelection
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, promote
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.compiler.locations import user_location


def where(condition: Array, *choices: Array) -> Any:
    """`numpy.where`: of two arrays, or where the condition holds."""
    if len(choices) == 1:
        message = "numpy.where takes a condition, or a condition and two arrays"
        raise ArgumentValueError(message, location=user_location(), hint="give both arrays")
    return elementwise.where(condition, *choices) if choices else nonzero(condition)


def nonzero(a: Array) -> tuple[MaskedSelection, ...]:
    """`numpy.nonzero`: the indices of what is not 0, one selection an axis."""
    return masked_indexing.nonzero(a)


def flatnonzero(a: Array) -> MaskedSelection:
    """`numpy.flatnonzero`: the indices into the flat array of what is not 0."""
    return nonzero(np.ravel(traced(a)))[0]


def argwhere(a: Array) -> MaskedSelection:
    """`numpy.argwhere`: the indices of what is not 0, a row each."""
    indices = nonzero(np.atleast_1d(traced(a)))
    stored = np.stack([one.values for one in indices], axis=-1)
    return MaskedSelection(stored, indices[0].mask)


def extract(condition: Array, arr: Array) -> Any:
    """`numpy.extract`: the elements where a condition of the same size holds."""
    return compress(np.ravel(traced(condition)), np.ravel(traced(arr)))


def compress(condition: Array, a: Array, axis: int | None = None) -> Any:
    """`numpy.compress`: the parts along an axis (or elements) where a vector of truth holds.

    Raises ShapeError for a condition of another rank, or that is longer.
    """
    x = np.ravel(traced(a)) if axis is None else traced(a)
    position = normalize_axis(axis or 0, x.ndim)
    mask = cast_to(traced(condition), np.bool_)
    if mask.ndim != 1:
        message = f"numpy.compress by {mask.array_type}, which is no vector"
        raise ShapeError(message, location=user_location())
    covered = (slice(None),) * position
    return x[(*covered, slice(None, len(mask)))][(*covered, mask)]


def unique(
    ar: Array,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """`numpy.unique` of all elements: selections, and the inverse as an array.

    Raises UnsupportedError along an axis.
    """
    if axis is not None and traced(ar).ndim != 1:
        masked_indexing.refuse_selection("numpy.unique along an axis")
    x = traced(ar)
    flat = np.ravel(x)
    order = np.argsort(flat, stable=True)
    ordered = np.take(flat, order)
    differs = ordered[1:] != ordered[:-1]
    if equal_nan and x.dtype.kind in "fc":
        differs = differs & ~(np.isnan(ordered[1:]) & np.isnan(ordered[:-1]))
    first: Any = np.concatenate([np.ones(min(1, len(flat)), np.bool_), differs])
    results: list[Any] = [MaskedSelection(ordered, first)]
    if return_index:
        results.append(MaskedSelection(order, first))
    if return_inverse:
        inverse = np.zeros_like(order)
        inverse[order] = np.cumsum(first) - 1
        results.append(np.reshape(inverse, x.shape))
    if return_counts:
        results.append(MaskedSelection(_counts(first), first))
    return results[0] if len(results) == 1 else tuple(results)


def _counts(first: Any) -> Any:
    """How many elements there are from each first one to the next."""
    size = first.shape[0]
    positions = np.where(first, counting(size), size)
    behind = np.flip(np.minimum.accumulate(np.flip(positions)))  # type: ignore[call-overload]
    following = np.concatenate([behind[1:], np.full(min(1, len(first)), size)])
    return following - counting(size)


def union1d(ar1: Array, ar2: Array) -> MaskedSelection:
    """`numpy.union1d`: what is in one of two arrays, in order."""
    return unique(np.concatenate([np.ravel(traced(one)) for one in (ar1, ar2)]))


def intersect1d(ar1: Array, ar2: Array) -> MaskedSelection:
    """`numpy.intersect1d`: what is in both of two arrays, in order."""
    one, other = promote(ar1, ar2)
    found = unique(one)
    return found[np.isin(found, other)]


def setdiff1d(ar1: Array, ar2: Array, assume_unique: bool = False) -> Any:
    """`numpy.setdiff1d`: what is in the first array and not in the second, in order."""
    found = np.ravel(traced(ar1)) if assume_unique else unique(ar1)
    return found[np.isin(found, ar2, invert=True)]


def setxor1d(ar1: Array, ar2: Array) -> MaskedSelection:
    """`numpy.setxor1d`: what is in one of two arrays and not in both, in order."""
    found = union1d(ar1, ar2)
    return found[np.isin(found, ar1) != np.isin(found, ar2)]


def ix_(*args: Array) -> tuple[Any, ...]:
    """`numpy.ix_`: vectors, and where masks hold, as indices of all combinations.

    Raises ArgumentValueError for what is no vector.
    """
    indices = []
    for position, one in enumerate(args):
        vector = traced(one)
        if vector.ndim != 1:
            message = f"numpy.ix_ of {vector.array_type}, which is no vector"
            raise ArgumentValueError(message, location=user_location())
        axis_indices = flatnonzero(vector) if vector.dtype == np.bool_ else vector
        behind = [None] * (len(args) - position - 1)
        indices.append(axis_indices[(*[None] * position, slice(None), *behind)])
    return tuple(indices)


def place(arr: Array, mask: Array, vals: Array) -> None:
    """`numpy.place`: in place, where a mask holds; values are taken in order, again and again."""
    x = selection.writable("place", arr)
    holds = cast_to(traced(mask), np.bool_)
    values = np.ravel(traced(cast_to(vals, x.dtype)))
    if type_of(values).shape[0] == 0:
        raise ArgumentValueError("numpy.place of no values", location=user_location())
    numbers = np.reshape(np.cumsum(np.ravel(holds)) - 1, x.shape) % len(values)
    x[...] = np.where(np.reshape(holds, x.shape), np.take(values, numbers), x)
