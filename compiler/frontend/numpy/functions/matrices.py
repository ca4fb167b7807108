"""Functions of stacks of matrices and vectors, after the standard's `linalg`."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import (
    creation,
    decompositions,
    elementwise,
    linear_algebra,
    manipulation,
    reductions,
    triangular,
)
from tessel.compiler.frontend.tracing.apply import Array, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of, promote
from tessel.compiler.frontend.tracing.run_time_checks import unchecked
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_float


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """`numpy.linalg.diagonal`: the diagonals of the last two axes."""
    return triangular.diagonal(x, offset, -2, -1)


def trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """`numpy.linalg.trace`: the sums of the diagonals of the last two axes."""
    return reductions.sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """`numpy.linalg.cross`: products of vectors of three elements along an axis."""
    parts = []
    for one in promote(x1, x2):
        rows = manipulation.unstack(one, axis=axis)
        if len(rows) != 3:
            message = f"cross of {type_of(x1)} and {type_of(x2)} needs vectors of three elements"
            raise ShapeError(message, location=user_location())
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
        return reductions.sum(cast_to(nonzero, kind), axis, keepdims=keepdims)
    sizes = elementwise.abs(x)
    if ord == np.inf:
        return reductions.max(sizes, axis, keepdims)
    if ord == -np.inf:
        return reductions.min(sizes, axis, keepdims)
    if ord == 1:
        return reductions.sum(sizes, axis, keepdims=keepdims)
    if ord == 2:
        squares = elementwise.multiply(sizes, sizes)
        return elementwise.sqrt(reductions.sum(squares, axis, keepdims=keepdims))
    powers = reductions.sum(elementwise.power(sizes, float(ord)), axis, keepdims=keepdims)
    return elementwise.power(powers, 1.0 / ord)


def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """`numpy.linalg.norm` of vectors (one axis) or matrices (two), or of all elements.

    Raises ArgumentValueError for orders that NumPy does not know, UnsupportedError for those of
    matrices that need singular values, ShapeError for another number of axes.
    """
    rank = type_of(x).rank
    x = x if _is_inexact(dtype_of(x)) else cast_to(x, np.float64)
    if axis is None and ord is None:
        return vector_norm(x, keepdims=keepdims)
    axes = normalize_axes(axis, rank)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise _unknown_order(ord, "vectors")
        return vector_norm(x, axis=axes, keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        message = f"numpy.linalg.norm over {len(axes)} axes of {type_of(x)}"
        raise ShapeError(message, location=user_location(), hint="give one axis or two")
    moved = manipulation.moveaxis(x, axes, (-2, -1))
    result = matrix_norm(moved, ord="fro" if ord in (None, "f") else ord)
    return manipulation.expand_dims(result, axes) if keepdims else result


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """`numpy.linalg.matrix_norm` of the last two axes: orders fro, 1, -1, inf and -inf.

    Raises UnsupportedError for the orders that need singular values.
    """
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord not in (1, -1, 2, -2, np.inf, -np.inf, "nuc"):
        raise _unknown_order(ord, "matrices")
    if ord in (2, -2, "nuc"):
        hint = 'use "fro", 1 or numpy.inf, or compute it outside the compiled function'
        message = f"numpy.linalg.matrix_norm of order {ord!r} cannot be compiled"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    summed, other = (-2, -1) if ord in (1, -1) else (-1, -2)
    sums = vector_norm(x, axis=summed, keepdims=True, ord=1)
    largest = (reductions.max if ord > 0 else reductions.min)(sums, other, True)
    return largest if keepdims else manipulation.squeeze(largest, (-2, -1))


def matrix_power(x: Array, n: int, /) -> Array:
    """`numpy.linalg.matrix_power` with a power that is known; a negative one inverts.

    Raises LinearAlgebraError unless the matrices are square.
    """
    size = decompositions.square_size("matrix_power", x)
    if n < 0:
        return matrix_power(decompositions.inv(x), -n)
    if n == 0:
        identity = creation.eye(size, dtype=dtype_of(x))
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


def cond(x: Array, p: Any = None) -> Array:
    """`numpy.linalg.cond`: the norm of order p times that of the inverse, infinite without one.

    Raises UnsupportedError for the orders that need singular values, as the default one does.
    """
    order = 2 if p is None else p
    with unchecked():
        inverse = decompositions.inv(x)
    result = norm(x, order, (-2, -1)) * norm(inverse, order, (-2, -1))
    given = reductions.any(elementwise.isnan(x), (-2, -1))
    is_singular = elementwise.isnan(result) & elementwise.logical_not(given)
    return elementwise.where(is_singular, cast_to(np.inf, dtype_of(result)), result)


def multi_dot(arrays: Sequence[Array]) -> Array:
    """`numpy.linalg.multi_dot`: the product of all, from left to right."""
    return reduce(linear_algebra.dot, arrays)


def _unknown_order(order: Any, of: str) -> ArgumentValueError:
    message = f"numpy.linalg.norm of {of} has no order {order!r}"
    return ArgumentValueError(message, location=user_location(), hint="use 1, 2 or numpy.inf")


def _is_inexact(dtype: np.dtype) -> bool:
    return is_float(dtype) or dtype.kind == "c"
