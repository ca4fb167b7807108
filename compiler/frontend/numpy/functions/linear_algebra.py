"""Products of vectors and matrices."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation, reductions
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes
from tessel.compiler.frontend.tracing.promotion import dtype_of, promote
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.contraction import Matmul


def matmul(x: Array, y: Array) -> Array:
    """`numpy.matmul`: a vector counts as a row on the left, as a column on the right."""
    x, y = promote(x, y)
    left, right = type_of(x), type_of(y)
    if left.rank == 1:
        x = manipulation.expand_dims(x, 0)
    if right.rank == 1:
        y = manipulation.expand_dims(y, 1)
    product = apply(Matmul, x, y)
    if right.rank == 1:
        product = manipulation.squeeze(product, -1)
    return (
        manipulation.squeeze(product, -1 if right.rank == 1 else -2) if left.rank == 1 else product
    )


def dot(x: Array, y: Array) -> Array:
    """`numpy.dot`: over the last axis of x and the last but one of y (the last of a vector)."""
    ranks = type_of(x).rank, type_of(y).rank
    if 0 in ranks:
        return elementwise.multiply(x, y)
    return tensordot(x, y, ([ranks[0] - 1], [0 if ranks[1] < 2 else ranks[1] - 2]))


def inner(x: Array, y: Array) -> Array:
    """`numpy.inner`: over the last axes."""
    if 0 in (type_of(x).rank, type_of(y).rank):
        return elementwise.multiply(x, y)
    return tensordot(x, y, ([-1], [-1]))


def outer(x: Array, y: Array) -> Array:
    """`numpy.outer`: products of all pairs of elements."""
    return elementwise.multiply(manipulation.reshape(x, (-1, 1)), manipulation.reshape(y, (1, -1)))


def vecdot(x1: Array, x2: Array, /, axis: int = -1) -> Array:
    """`numpy.vecdot`: sums along an axis of x2 times the conjugate of x1.

    Raises ShapeError where the sizes of that axis differ.
    """
    x, y = (manipulation.moveaxis(one, axis, -1) for one in promote(x1, x2))
    if type_of(x).shape[-1] != type_of(y).shape[-1]:
        message = f"vecdot of {type_of(x1)} and {type_of(x2)} along axis {axis}, of two sizes"
        raise ShapeError(message, location=user_location())
    products = elementwise.multiply(elementwise.conj(x), y)
    if dtype_of(products) == np.bool_:
        return reductions.any(products, axis=-1)
    return reductions.sum(products, axis=-1, dtype=dtype_of(products))


def tensordot(x: Array, y: Array, axes: Any = 2) -> Array:
    """`numpy.tensordot`: sums of products over some axes of each array."""
    x, y = promote(x, y)
    left, right = type_of(x).rank, type_of(y).rank
    pair = (range(left - axes, left), range(axes)) if isinstance(axes, int) else axes
    summed_left = normalize_axes(_listed(pair[0]), left)
    summed_right = normalize_axes(_listed(pair[1]), right)
    kept_left = [axis for axis in range(left) if axis not in summed_left]
    kept_right = [axis for axis in range(right) if axis not in summed_right]
    rows, columns = _matrix_sizes(x, kept_left), _matrix_sizes(y, kept_right)
    depth = math.prod(_matrix_sizes(x, summed_left))
    lhs = manipulation.transpose(x, [*kept_left, *summed_left])
    rhs = manipulation.transpose(y, [*summed_right, *kept_right])
    product = matmul(
        manipulation.reshape(lhs, (math.prod(rows), depth)),
        manipulation.reshape(rhs, (depth, math.prod(columns))),
    )
    return manipulation.reshape(product, (*rows, *columns))


def _listed(axes: Any) -> list[int]:
    return [axes] if isinstance(axes, int) else list(axes)


def _matrix_sizes(x: Array, axes: Sequence[int]) -> list[Any]:
    sizes = x.shape if isinstance(x, TracedArray) else np.shape(x)
    return [sizes[axis] for axis in axes]
