"""What a traced mask selects in another order or shape: sorted, reshaped, joined, its indices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.masked_selection import (
    MaskedSelection,
    refuse_selection,
)
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.dialects.types import is_complex, is_float, is_integer


def ravel(a: MaskedSelection, order: str = "C") -> MaskedSelection:
    """All chosen elements in order."""
    if a.ndim == 1:
        return a.merged()
    mask = np.broadcast_to(a.holds(), a.values.shape)
    return MaskedSelection(np.ravel(a.values), np.ravel(mask))


def reshape(a: MaskedSelection, shape: Any, *more: int) -> MaskedSelection:
    """Other sizes behind the chosen axis, which comes first."""
    sizes = (shape, *more) if isinstance(shape, int) else tuple(shape)
    if sizes == (-1,):
        return ravel(a)
    a = a.merged()
    behind = [int(size) for size in a.values.shape[1:]]
    if a.axis or sizes[0] != -1 or int(np.prod(sizes[1:])) != int(np.prod(behind)):
        refuse_selection("numpy.reshape")
    return MaskedSelection(np.reshape(a.values, (a.values.shape[0], *sizes[1:])), a.mask)


def sort(a: MaskedSelection, axis: int | None = -1, **_: Any) -> MaskedSelection:
    """`numpy.sort`: the chosen elements first."""
    a = compact(ravel(a) if axis is None else a)
    position = (0 if axis is None else axis) % a.ndim
    if position != a.axis:
        return a.with_values(np.sort(a.values, axis=position))
    return a.with_values(np.sort(a.filled(_last(a.dtype)), axis=position))


def argsort(a: MaskedSelection, axis: int | None = -1, **_: Any) -> MaskedSelection:
    """`numpy.argsort`, stable: indices among the chosen elements."""
    a = compact(ravel(a) if axis is None else a)
    position = (0 if axis is None else axis) % a.ndim
    if position != a.axis:
        return a.with_values(np.argsort(a.values, axis=position))
    return a.with_values(np.argsort(a.filled(_last(a.dtype)), axis=position, stable=True))


def compact(a: MaskedSelection) -> MaskedSelection:
    """The same elements, stored before those that are not chosen."""
    a = a.merged()
    order = np.argsort(~a.mask, stable=True)
    chosen = counting(a.mask.shape[0]) < np.sum(a.mask)
    return MaskedSelection(np.take(a.values, order, axis=a.axis), chosen, a.axis)


def diff(a: MaskedSelection, n: int = 1, axis: int = -1) -> MaskedSelection:
    """`numpy.diff` between chosen neighbours."""
    a = compact(a)
    if axis % a.ndim != a.axis:
        return a.with_values(np.diff(a.values, n, axis))
    return MaskedSelection(np.diff(a.values, n, axis), a.mask[n:], a.axis)


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> MaskedSelection:
    """`numpy.concatenate` along the chosen axes."""
    parts = [one.merged() if isinstance(one, MaskedSelection) else traced(one) for one in arrays]
    if axis is None:
        parts, axis = (
            [ravel(one) if isinstance(one, MaskedSelection) else np.ravel(one) for one in parts],
            0,
        )
    position = axis % parts[0].ndim
    masks = []
    for one in parts:
        if isinstance(one, MaskedSelection) and one.axis != position:
            refuse_selection("numpy.concatenate along another axis")
        whole = not isinstance(one, MaskedSelection)
        masks.append(np.ones(one.shape[position], np.bool_) if whole else one.mask)
    values = [one.values if isinstance(one, MaskedSelection) else one for one in parts]
    return MaskedSelection(
        np.concatenate(values, position), traced(np.concatenate(masks)), position
    )


def flatnonzero(a: MaskedSelection) -> Any:
    return nonzero(ravel(a))[0]


def nonzero(a: MaskedSelection) -> tuple[MaskedSelection, ...]:
    """The indices among the chosen elements, for a selection of rank 1."""
    if a.ndim != 1:
        refuse_selection("numpy.nonzero of a matrix")
    a = a.merged()
    numbers = np.cumsum(a.mask) - 1
    return (MaskedSelection(numbers, a.mask & cast_to(a.values, np.bool_)),)


def _last(dtype: np.dtype) -> Any:
    """What sorts behind everything."""
    return np.nan if is_float(dtype) or is_complex(dtype) else highest(dtype)


def highest(dtype: np.dtype) -> Any:
    if is_float(dtype):
        return np.inf
    return np.iinfo(dtype).max if is_integer(dtype) else True
