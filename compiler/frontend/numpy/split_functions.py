"""NumPy's functions that split arrays into views, and those that add dimensions to several."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError
from tessel.compiler.frontend.numpy.view_functions import expand_dims, moveaxis, reshape
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location


def array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[TracedArray]:
    """`numpy.array_split`: into parts of almost equal size, or at indices. The size is static."""
    x = traced(ary)
    position = normalize_axis(axis, x.ndim)
    size = int(x.shape[position])
    if isinstance(indices_or_sections, int | np.integer):
        count = int(indices_or_sections)
        if count < 1:
            message = f"cannot split into {count} parts"
            raise ArgumentValueError(message, location=user_location(), hint="give at least 1")
        small, larger = divmod(size, count)
        stops = np.cumsum([small + 1] * larger + [small] * (count - larger))[:-1].tolist()
    else:
        stops = [int(one) for one in indices_or_sections]
    before = (slice(None),) * position
    bounds = zip([0, *stops], [*stops, size], strict=True)
    return [x[(*before, slice(start, stop))] for start, stop in bounds]


def split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[TracedArray]:
    """`numpy.split`: into equal parts, or at indices. Raises ShapeError when none are equal."""
    x = traced(ary)
    size = x.shape[normalize_axis(axis, x.ndim)]
    if isinstance(indices_or_sections, int | np.integer):
        if indices_or_sections > 0 and size % indices_or_sections != 0:
            message = f"cannot split size {size} into {indices_or_sections} equal parts"
            raise ShapeError(message, location=user_location(), hint="use numpy.array_split")
    return array_split(x, indices_or_sections, axis)


def hsplit(ary: Array, indices_or_sections: Any) -> list[TracedArray]:
    """`numpy.hsplit`: along the second axis; a vector along its only one."""
    return split(ary, indices_or_sections, 1 if traced(ary).ndim > 1 else 0)


def vsplit(ary: Array, indices_or_sections: Any) -> list[TracedArray]:
    """`numpy.vsplit`: along the first axis of two or more."""
    return split(_of_rank(ary, 2, "vsplit"), indices_or_sections, 0)


def dsplit(ary: Array, indices_or_sections: Any) -> list[TracedArray]:
    """`numpy.dsplit`: along the third axis."""
    return split(_of_rank(ary, 3, "dsplit"), indices_or_sections, 2)


def unstack(x: Array, /, *, axis: int = 0) -> tuple[TracedArray, ...]:
    """`numpy.unstack`: the parts along an axis, whose size must be static."""
    return tuple(moveaxis(_of_rank(x, 1, "unstack"), axis, 0))


def atleast_1d(*arys: Array) -> Any:
    """`numpy.atleast_1d`: numbers become vectors."""
    return _each(arys, lambda x: x if x.ndim else reshape(x, 1))


def atleast_2d(*arys: Array) -> Any:
    """`numpy.atleast_2d`: numbers and vectors become rows."""
    return _each(arys, lambda x: x if x.ndim > 1 else reshape(x, (1, -1)))


def atleast_3d(*arys: Array) -> Any:
    """`numpy.atleast_3d`: a vector of n becomes (1, n, 1), a matrix gets a last axis of size 1."""

    def grown(x: TracedArray) -> TracedArray:
        if x.ndim > 2:
            return x
        return expand_dims(x, 2) if x.ndim == 2 else reshape(x, (1, -1, 1))

    return _each(arys, grown)


def _each(arrays: Sequence[Array], change: Callable[[TracedArray], TracedArray]) -> Any:
    changed = tuple(change(traced(one)) for one in arrays)
    return changed[0] if len(changed) == 1 else changed


def _of_rank(array: Array, rank: int, name: str) -> TracedArray:
    x = traced(array)
    if x.ndim < rank:
        message = f"numpy.{name} of an array of rank {x.ndim} needs rank {rank} or more"
        raise ShapeError(message, location=user_location())
    return x
