"""Functions of stacks of matrices and vectors, after the standard's `linalg`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError, UnsupportedError
from tessel.compiler.frontend.apply import Array, type_of
from tessel.compiler.frontend.array_api import (
    creation,
    elementwise,
    linear_algebra,
    manipulation,
    statistical,
    triangles,
)
from tessel.compiler.frontend.promotion import cast_to, dtype_of, promote
from tessel.compiler.locations import user_place
from tessel.dialects.types import is_float


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """`numpy.linalg.diagonal`: the diagonals of the last two axes."""
    return triangles.diagonal(x, offset, -2, -1)


def trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """`numpy.linalg.trace`: the sums of the diagonals of the last two axes."""
    return statistical.sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """`numpy.linalg.cross`: products of vectors of three elements along an axis."""
    parts = []
    for one in promote(x1, x2):
        rows = manipulation.unstack(one, axis=axis)
        if len(rows) != 3:
            message = f"cross of {type_of(x1)} and {type_of(x2)} needs vectors of three elements"
            raise ShapeError(message, place=user_place())
        parts.append(rows)
    (a, b, c), (d, e, f) = parts
    rows = [_minor(b, c, e, f), _minor(c, a, f, d), _minor(a, b, d, e)]
    rank = type_of(rows[0]).rank + 1
    return manipulation.stack(rows, axis if axis < 0 else axis % rank)


def vector_norm(
    x: Array,
    /,
    *,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
    ord: float = 2,
) -> Array:
    """`numpy.linalg.vector_norm` of any order, over all elements or some axes."""
    x = x if _is_inexact(dtype_of(x)) else cast_to(x, np.float64)
    if ord == 0:
        nonzero = elementwise.not_equal(x, 0)
        kind = dtype_of(elementwise.abs(x))
        return statistical.sum(cast_to(nonzero, kind), axis, keepdims=keepdims)
    sizes = elementwise.abs(x)
    if ord == np.inf:
        return statistical.max(sizes, axis, keepdims)
    if ord == -np.inf:
        return statistical.min(sizes, axis, keepdims)
    if ord == 1:
        return statistical.sum(sizes, axis, keepdims=keepdims)
    if ord == 2:
        squares = elementwise.multiply(sizes, sizes)
        return elementwise.sqrt(statistical.sum(squares, axis, keepdims=keepdims))
    powers = statistical.sum(elementwise.power(sizes, float(ord)), axis, keepdims=keepdims)
    return elementwise.power(powers, 1.0 / ord)


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """`numpy.linalg.matrix_norm` of the last two axes: orders fro, 1, -1, inf and -inf.

    Raises UnsupportedError for the orders that need singular values.
    """
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord not in (1, -1, np.inf, -np.inf):
        hint = 'use "fro", 1 or numpy.inf, or compute it outside the compiled function'
        message = f"numpy.linalg.matrix_norm of order {ord!r} cannot be compiled"
        raise UnsupportedError(message, place=user_place(), hint=hint)
    summed, other = (-2, -1) if ord in (1, -1) else (-1, -2)
    sums = vector_norm(x, axis=summed, keepdims=True, ord=1)
    largest = (statistical.max if ord > 0 else statistical.min)(sums, other, True)
    return largest if keepdims else manipulation.squeeze(largest, (-2, -1))


def matrix_power(x: Array, n: int, /) -> Array:
    """`numpy.linalg.matrix_power` with a power that is known and not negative."""
    if n < 0:
        hint = "compute numpy.linalg.inv outside the compiled function"
        message = "a negative numpy.linalg.matrix_power cannot be compiled"
        raise UnsupportedError(message, place=user_place(), hint=hint)
    if n == 0:
        identity = creation.eye(type_of(x).shape[-1] or 0, dtype=dtype_of(x))
        return manipulation.broadcast_to(identity, x.shape)
    result, square = None, x
    while n:
        if n % 2:
            result = square if result is None else linear_algebra.matmul(result, square)
        n //= 2
        square = linear_algebra.matmul(square, square) if n else square
    return elementwise.positive(result)


def _minor(a: Array, b: Array, c: Array, d: Array) -> Array:
    """a * d - b * c"""
    return elementwise.subtract(elementwise.multiply(a, d), elementwise.multiply(b, c))


def _is_inexact(dtype: np.dtype) -> bool:
    return is_float(dtype) or dtype.kind == "c"
