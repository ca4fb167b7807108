"""Triangles and diagonals of matrices."""

import operator
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation, reductions
from tessel.compiler.frontend.numpy.functions.creation import full
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.sizes import counting, shape_operands
from tessel.compiler.locations import user_location
from tessel.dialects.constant import Iota


def tril(x: Array, k: int = 0) -> Array:
    """`numpy.tril`: zero above diagonal k of the last two axes."""
    return _kept(x, _below(x, k))


def triu(x: Array, k: int = 0) -> Array:
    """`numpy.triu`: zero below diagonal k of the last two axes."""
    return _kept(x, elementwise.logical_not(_below(x, k - 1)))


def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """`numpy.diagonal`: the diagonal of two axes of static sizes, as the result's last axis."""
    rank = type_of(x).rank
    order = (normalize_axis(axis1, rank), normalize_axis(axis2, rank))
    x = manipulation.moveaxis(x, order, (-2, -1))
    rows, columns = x.shape[-2:]
    row, column = max(-offset, 0), max(offset, 0)
    count = max(min(rows - row, columns - column), 0)
    indices = counting(count) * (columns + 1) + row * columns + column
    sizes = x.shape[:-2]
    return manipulation.take(manipulation.reshape(x, (*sizes, rows * columns)), indices, axis=-1)


def trace(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Array:
    """`numpy.trace`: the sum of the diagonal of two axes."""
    return reductions.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


def diag(v: Array, k: int = 0) -> Array:
    """`numpy.diag`: the diagonal of a matrix, or a matrix with a vector as its diagonal.

    Raises ShapeError for arrays of other ranks.
    """
    shape: tuple[Any, ...] = type_of(v).shape
    if len(shape) == 2:
        return diagonal(v, k)
    if len(shape) != 1:
        message = f"numpy.diag of {type_of(v)} needs a vector or matrix"
        raise ShapeError(message, location=user_location())
    size = shape[0] + abs(k)
    row, column = counting(size)[:, None], counting(size)
    # Each row holds one element of the vector, at the column that the mask leaves.
    indices = np.clip(row + min(k, 0), 0, max(shape[0] - 1, 0))
    if shape[0] == 0:
        return full((size, size), 0, dtype=dtype_of(v))
    spread = manipulation.take(v, indices, 0)
    return elementwise.where(column - row == k, spread, cast_to(0, dtype_of(v)))


def diagflat(v: Array, k: int = 0) -> Array:
    """`numpy.diagflat`: a matrix with all elements in order as its diagonal."""
    return diag(manipulation.reshape(v, -1), k)


def tril_indices_from(arr: Array, k: int = 0) -> tuple[np.ndarray, ...]:
    """`numpy.tril_indices_from`: indices on and below diagonal k."""
    rows, columns = (int(size) for size in arr.shape[-2:])
    return np.tril_indices(rows, k=k, m=columns)


def triu_indices_from(arr: Array, k: int = 0) -> tuple[np.ndarray, ...]:
    """`numpy.triu_indices_from`: indices on and above diagonal k."""
    rows, columns = (int(size) for size in arr.shape[-2:])
    return np.triu_indices(rows, k=k, m=columns)


def diag_indices_from(arr: Array) -> tuple[np.ndarray, ...]:
    """`numpy.diag_indices_from`: indices on the main diagonal of equal axes.

    Raises ShapeError for axes that differ.
    """
    shape: tuple[Any, ...] = type_of(arr).shape
    if len(shape) < 2 or any(size != shape[0] for size in shape):
        message = f"numpy.diag_indices_from of {type_of(arr)} needs two or more equal axes"
        raise ShapeError(message, location=user_location())
    return np.diag_indices(operator.index(shape[0]), len(shape))


def _below(x: Array, k: int) -> Array:
    """Where an element of the last two axes is on diagonal k or below."""
    rank = type_of(x).rank
    if rank < 2:
        message = f"a triangle of {type_of(x)} needs two axes"
        raise ShapeError(message, location=user_location())
    sizes = x.shape[-2:]
    operands, shape = shape_operands(sizes)
    if not operands:
        return np.tri(*sizes, k=k, dtype=np.bool_)
    wide = np.dtype(np.int64)
    row, column = (apply(Iota, operands, shape=shape, axis=axis, dtype=wide) for axis in (0, 1))
    return elementwise.less_equal(elementwise.subtract(column, row), k)


def _kept(x: Array, mask: Array) -> Array:
    return elementwise.where(mask, x, cast_to(0, dtype_of(x)))
