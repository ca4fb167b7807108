"""New arrays, arrays made like others, and triangles and diagonals of arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.apply import Array, traced, type_of
from tessel.compiler.frontend.array_api import elementwise, manipulation
from tessel.compiler.frontend.axes import normalize_axis
from tessel.compiler.frontend.promotion import cast_to, dtype_of
from tessel.compiler.frontend.trace import current_trace
from tessel.compiler.frontend.traced_array import TracedArray


def full_like(x: Array, fill_value: Array, dtype: Any = None) -> Array:
    """`numpy.full_like`: one value in the shape of x."""
    sizes = x.shape if isinstance(x, TracedArray) else np.shape(x)
    value = cast_to(fill_value, dtype or dtype_of(x))
    if isinstance(x, TracedArray):
        value = traced(value, x.trace)
    return manipulation.broadcast_to(value, sizes)


def zeros_like(x: Array, dtype: Any = None) -> Array:
    """`numpy.zeros_like`; also `numpy.empty_like`."""
    return full_like(x, 0, dtype)


def ones_like(x: Array, dtype: Any = None) -> Array:
    """`numpy.ones_like`."""
    return full_like(x, 1, dtype)


def tril(x: Array, k: int = 0) -> Array:
    """`numpy.tril`: zero above diagonal k of the last two axes, whose sizes must be known."""
    return _kept(x, np.tri(*_known(x), k=k, dtype=np.bool_))


def triu(x: Array, k: int = 0) -> Array:
    """`numpy.triu`: zero below diagonal k of the last two axes, whose sizes must be known."""
    return _kept(x, ~np.tri(*_known(x), k=k - 1, dtype=np.bool_))


def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """`numpy.diagonal`: the diagonal of two axes, as the last axis of the result."""
    rank = type_of(x).rank
    order = (normalize_axis(axis1, rank), normalize_axis(axis2, rank))
    x = manipulation.moveaxis(x, order, (-2, -1))
    rows, columns = _known(x)
    row, column = max(-offset, 0), max(offset, 0)
    count = max(min(rows - row, columns - column), 0)
    places = np.arange(count, dtype=np.int64) * (columns + 1) + row * columns + column
    sizes = x.shape[:-2]
    return manipulation.take(manipulation.reshape(x, (*sizes, rows * columns)), places, axis=-1)


def _kept(x: Array, mask: np.ndarray) -> Array:
    return elementwise.where(mask, x, cast_to(0, dtype_of(x)))


def _known(x: Array) -> tuple[int, int]:
    """The last two sizes."""
    rows, columns = x.shape[-2:]
    return int(rows), int(columns)


def full(shape: Any, fill_value: Array, *, dtype: Any = None) -> Array:
    """`numpy.full`; inside a compiled function a traced array, which can be written to."""
    sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    value = cast_to(fill_value, dtype or dtype_of(fill_value))
    if current_trace() is None:
        return np.full(sizes, value)
    return manipulation.broadcast_to(traced(value), sizes)


def zeros(shape: Any, *, dtype: Any = np.float64) -> Array:
    """`numpy.zeros`; also `empty`. Inside a compiled function a traced array."""
    return full(shape, 0, dtype=dtype)


def ones(shape: Any, *, dtype: Any = np.float64) -> Array:
    """`numpy.ones`; inside a compiled function a traced array."""
    return full(shape, 1, dtype=dtype)


def asarray(x: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Array:
    """`numpy.asarray`; inside a compiled function a traced array."""
    if isinstance(x, TracedArray):
        return x.astype(dtype or x.dtype) if copy or dtype else x
    array = np.asarray(x, dtype=dtype, copy=copy)
    return array if current_trace() is None else traced(array)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None) -> Array:
    """`numpy.arange`; inside a compiled function a traced array. Bounds must be known."""
    first, last = (0, start) if stop is None else (start, stop)
    return asarray(np.arange(first, last, step, dtype=dtype))


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, endpoint: bool = True
) -> Array:
    """`numpy.linspace`; inside a compiled function a traced array. Bounds must be known."""
    return asarray(np.linspace(start, stop, num, dtype=dtype, endpoint=endpoint))


def eye(rows: int, columns: int | None = None, /, *, k: int = 0, dtype: Any = np.float64) -> Array:
    """`numpy.eye`; inside a compiled function a traced array."""
    return asarray(np.eye(rows, columns, k, dtype=dtype))
