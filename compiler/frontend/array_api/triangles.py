"""Triangles and diagonals of matrices."""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.apply import Array, type_of
from tessel.compiler.frontend.array_api import elementwise, manipulation, statistical
from tessel.compiler.frontend.array_api.creation import full
from tessel.compiler.frontend.axes import normalize_axis
from tessel.compiler.frontend.promotion import cast_to, dtype_of
from tessel.compiler.locations import user_place


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


def trace(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Array:
    """`numpy.trace`: the sum of the diagonal of two axes."""
    return statistical.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


def diag(v: Array, k: int = 0) -> Array:
    """`numpy.diag`: the diagonal of a matrix, or a matrix with a vector as its diagonal.

    Raises ShapeError for arrays of other ranks.
    """
    shape = type_of(v).shape
    if len(shape) == 2:
        return diagonal(v, k)
    if len(shape) != 1 or shape[0] is None:
        message = f"numpy.diag of {type_of(v)} needs a vector or matrix of known sizes"
        raise ShapeError(message, place=user_place())
    size = shape[0] + abs(k)
    row, column = np.arange(size)[:, None], np.arange(size)
    # Each row holds one element of the vector, at the column that the mask leaves.
    places = np.clip(row + min(k, 0), 0, max(shape[0] - 1, 0))
    if shape[0] == 0:
        return full((size, size), 0, dtype=dtype_of(v))
    spread = manipulation.take(v, places, 0)
    return elementwise.where(column - row == k, spread, cast_to(0, dtype_of(v)))


def diagflat(v: Array, k: int = 0) -> Array:
    """`numpy.diagflat`: a matrix with all elements in order as its diagonal."""
    return diag(manipulation.reshape(v, -1), k)


def tril_indices_from(arr: Array, k: int = 0) -> tuple[np.ndarray, ...]:
    """`numpy.tril_indices_from`: places on and below diagonal k."""
    rows, columns = _known(arr)
    return np.tril_indices(rows, k=k, m=columns)


def triu_indices_from(arr: Array, k: int = 0) -> tuple[np.ndarray, ...]:
    """`numpy.triu_indices_from`: places on and above diagonal k."""
    rows, columns = _known(arr)
    return np.triu_indices(rows, k=k, m=columns)


def diag_indices_from(arr: Array) -> tuple[np.ndarray, ...]:
    """`numpy.diag_indices_from`: places on the main diagonal of equal axes.

    Raises ShapeError for axes that differ.
    """
    shape = type_of(arr).shape
    if len(shape) < 2 or len(set(shape)) != 1 or shape[0] is None:
        message = f"numpy.diag_indices_from of {type_of(arr)} needs two or more equal axes"
        raise ShapeError(message, place=user_place())
    return np.diag_indices(shape[0], len(shape))


def _kept(x: Array, mask: np.ndarray) -> Array:
    return elementwise.where(mask, x, cast_to(0, dtype_of(x)))


def _known(x: Array) -> tuple[int, int]:
    """The last two sizes."""
    rows, columns = x.shape[-2:]
    return int(rows), int(columns)
