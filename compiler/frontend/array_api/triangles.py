"""Triangles and diagonals of matrices."""

import numpy as np

from tessel.compiler.frontend.apply import Array, type_of
from tessel.compiler.frontend.array_api import elementwise, manipulation
from tessel.compiler.frontend.axes import normalize_axis
from tessel.compiler.frontend.promotion import cast_to, dtype_of


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
