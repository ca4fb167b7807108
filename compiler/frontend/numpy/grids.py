"""`numpy.r_`, `c_`, `mgrid` and `ogrid`: arrays made of what these objects are indexed by.

Without traced arrays or sizes NumPy makes them itself.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import composite, creation, manipulation
from tessel.compiler.frontend.numpy.made_arrays import array, as_made
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.host_numbers import HostNumber
from tessel.compiler.frontend.tracing.promotion import promote, weak_type
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.dim import Dim

_MESHES = (type(np.mgrid), type(np.ogrid))

GRIDS = tuple({cls for one in (np.mgrid, np.r_, np.c_) for cls in type(one).__mro__[:-1]})
"""Classes of objects that make arrays of what they are indexed by."""


class Grid:
    """One of these objects, as the code of a traced function indexes it."""

    def __init__(self, grid: Any):
        self._grid = grid

    def __getitem__(self, index: Any) -> Any:
        if not needs_trace(index):
            return as_made(self._grid[index])
        if isinstance(self._grid, _MESHES):
            return _mesh(index, self._grid.sparse)
        placement = _Placement(self._grid.axis, self._grid.ndmin, self._grid.trans1d)
        return _joined(index if isinstance(index, tuple) else (index,), placement)


class _Placement(NamedTuple):
    """Along which axis parts are joined, and how those of fewer dimensions get more.

    `first` is where their own dimensions go among `rank`; counted from the back where negative.
    """

    axis: int
    rank: int
    first: int


def needs_trace(index: Any) -> bool:
    """Whether an index holds traced arrays or sizes."""
    if isinstance(index, slice):
        return needs_trace((index.start, index.stop, index.step))
    if isinstance(index, tuple | list):
        return any(map(needs_trace, index))
    return isinstance(index, TracedArray | HostNumber | Dim)


def _joined(items: Sequence[Any], placement: _Placement) -> Array:
    """What `numpy.r_[items]` gives: numbers, arrays and ranges, one after the other."""
    if isinstance(items[0], str):
        placement, items = _directed(items[0], placement), items[1:]
    if any(isinstance(one, str) for one in items):
        message = "special directives must be the first entry."
        raise ArgumentValueError(message, location=user_location())
    parts = [_range(one) if isinstance(one, slice) else _part(one) for one in items]
    shaped = [_with_rank(one, placement) for one in promote(*parts)]
    return manipulation.concatenate(shaped, placement.axis)


def _directed(directive: str, placement: _Placement) -> _Placement:
    """The placement that a text such as "0,2" or "-1" asks for. Raises ArgumentValueError."""
    if directive in ("r", "c"):
        message = f"numpy.r_[{directive!r}, ...] makes a numpy.matrix, which cannot be compiled"
        raise UnsupportedError(message, location=user_location(), hint="use numpy.r_ or numpy.c_")
    try:
        numbers = [int(one) for one in directive.split(",")]
    except ValueError:
        message = f"unknown special directive {directive!r}"
        raise ArgumentValueError(message, location=user_location()) from None
    return _Placement(*numbers[:3], *placement[len(numbers) :])


def _part(item: Any) -> Any:
    """A Python number as it is, which takes the dtype of the others; all else as an array."""
    return item if weak_type(item) is not None else array(item)


def _with_rank(part: Array, placement: _Placement) -> Array:
    x = traced(part)
    added = placement.rank - x.ndim
    if added <= 0:
        return x
    first = placement.first + (added + 1 if placement.first < 0 else 0)
    before = min(first, added)
    return manipulation.reshape(x, [*[1] * before, *x.shape, *[1] * (added - before)])


def _range(bounds: slice) -> Array:
    """The numbers that a slice names: a step of 5j asks for five, both ends among them."""
    start = 0 if bounds.start is None else bounds.start
    step = 1 if bounds.step is None else bounds.step
    if bounds.stop is None:
        message = "a range of numpy.r_ or numpy.mgrid needs an end"
        raise ArgumentValueError(message, location=user_location(), hint="write it after the colon")
    if isinstance(step, complex | np.complexfloating):
        return composite.linspace(start, bounds.stop, int(abs(step)))
    return creation.arange(start, bounds.stop, step)


def _mesh(index: Any, sparse: bool) -> Any:
    """What `numpy.mgrid[index]` or, sparse, `numpy.ogrid[index]` gives."""
    if isinstance(index, slice):
        return _range(index)
    vectors = promote(*map(_range, index))
    grid = creation.meshgrid(*vectors, indexing="ij", sparse=sparse)
    return tuple(grid) if sparse else manipulation.stack(grid)
