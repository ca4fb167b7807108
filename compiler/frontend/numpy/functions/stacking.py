"""Arrays joined to larger ones, and products that join all pairs.

Written with NumPy's own functions, which come back to the front end.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import AxisError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import matrices
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.known_values import if_known, known
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.sizes import as_shape
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location


def column_stack(tup: Sequence[Array]) -> Array:
    """`numpy.column_stack`: vectors as columns, beside matrices."""
    parts = [traced(one) for one in tup]
    return np.concatenate([one if one.ndim > 1 else np.reshape(one, (-1, 1)) for one in parts], 1)


def dstack(tup: Sequence[Array]) -> Array:
    """`numpy.dstack`: along the third axis."""
    return np.concatenate([np.atleast_3d(traced(one)) for one in tup], 2)


def append(arr: Array, values: Array, axis: int | None = None) -> Array:
    """`numpy.append`: values behind an array, both flat without an axis."""
    if axis is None:
        arr, values, axis = np.ravel(traced(arr)), np.ravel(traced(values)), 0
    return np.concatenate([arr, values], axis)


def insert(arr: Array, obj: Any, values: Array, axis: int | None = None) -> Array:
    """`numpy.insert` before known indices along an axis, or in the flat array."""
    x, indices, axis = _known_indices("insert", arr, obj, axis)
    size = x.array_type.shape[axis]
    rows = np.moveaxis(x, axis, 0)
    added = cast_to(values, x.dtype)
    single = not isinstance(obj, slice) and type_of(obj).rank == 0
    if (type_of(added).rank == x.ndim and not single) or type_of(added).rank > 1:
        added = np.moveaxis(traced(added), axis, 0)
    elif not single:
        added = np.reshape(traced(added), (-1, *[1] * (x.ndim - 1)))
    count: Any = (
        type_of(added).shape[0] if single and type_of(added).rank == x.ndim else len(indices)
    )
    indices = np.repeat(indices, count) if single else indices
    added = np.broadcast_to(traced(added), (count, *rows.shape[1:]))
    order = np.argsort(np.concatenate([indices * 2, np.arange(int(size)) * 2 + 1]), kind="stable")
    joined = np.take(np.concatenate([added, rows]), order, axis=0)
    return np.moveaxis(joined, 0, axis)


def delete(arr: Array, obj: Any, axis: int | None = None) -> Array:
    """`numpy.delete` of known indices along an axis, or of the flat array."""
    obj = obj if isinstance(obj, slice) else if_known(obj)
    if not isinstance(obj, slice | TracedArray) and obj.dtype == np.bool_:
        obj = np.nonzero(obj)[0]
    x, indices, axis = _known_indices("delete", arr, obj, axis)
    kept = np.delete(np.arange(int(x.shape[axis])), indices)
    return np.take(x, kept, axis=axis)


def block(arrays: Any) -> Array:
    """`numpy.block`: nested lists, the innermost along the last axis."""
    depth = _depth(arrays)
    leaves = list(_flat(arrays))
    rank = max([depth, *[type_of(one).rank for one in leaves]])

    def joined(one: Any, level: int) -> Array:
        if not isinstance(one, list):
            x = traced(one)
            return np.reshape(x, (*[1] * (rank - x.ndim), *x.shape))
        return np.concatenate([joined(inner, level + 1) for inner in one], rank - depth + level)

    return joined(arrays, 0)


def kron(a: Array, b: Array) -> Array:
    """`numpy.kron`: b times each element of a, side by side."""
    x, y = traced(a), traced(b)
    rank = max(x.ndim, y.ndim)
    x = np.reshape(x, (*[1] * (rank - x.ndim), *x.shape))
    y = np.reshape(y, (*[1] * (rank - y.ndim), *y.shape))
    apart = np.expand_dims(x, tuple(range(1, 2 * rank, 2)))
    product = apart * np.expand_dims(y, tuple(range(0, 2 * rank, 2)))
    return np.reshape(product, [one * other for one, other in zip(x.shape, y.shape)])


def cross(
    a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    """`numpy.cross` of vectors of three elements; the axes may differ, or be one."""
    if axis is not None:
        axisa = axisb = axisc = axis
    product = matrices.cross(np.moveaxis(traced(a), axisa, -1), np.moveaxis(traced(b), axisb, -1))
    return np.moveaxis(product, -1, axisc)


def vdot(a: Array, b: Array, /) -> Array:
    """`numpy.vdot`: the sum of products of the conjugate of a with b, both flat."""
    return np.vecdot(np.ravel(traced(a)), np.ravel(traced(b)))


def resize(a: Array, new_shape: Any) -> Array:
    """`numpy.resize`: all elements in order, again and again."""
    shape = [int(one) for one in as_shape(new_shape)]
    flat = np.ravel(traced(a))
    size = int(flat.shape[0])
    if not size:
        return np.zeros(shape, dtype_of(a))
    indices = np.arange(int(np.prod(shape, dtype=np.int64))) % size
    return np.reshape(np.take(flat, indices), shape)


def _known_indices(
    name: str, arr: Array, obj: Any, axis: int | None
) -> tuple[Any, np.ndarray, int]:
    """The array (flat without an axis), known indices from the front, and the axis."""
    obj = obj if isinstance(obj, slice) else known(obj)
    if obj is None:
        message = f"numpy.{name} at traced indices"
        hint = "give known indices, or use tessel.where, which keeps the shape"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    x = np.ravel(traced(arr)) if axis is None else traced(arr)
    position = normalize_axis(axis or 0, x.ndim)
    size = int(x.shape[position])
    given = np.arange(size)[obj] if isinstance(obj, slice) else np.asarray(obj, np.int64)
    given = np.atleast_1d(given)
    if np.any(given < -size) or np.any(given > size - (name == "delete")):
        outside = given[(given < -size) | (given > size - (name == "delete"))][0]
        message = f"index {outside} is out of bounds for axis {position} with size {size}"
        raise AxisError(message, location=user_location())
    return x, np.where(given < 0, given + size, given), position


def _depth(arrays: Any) -> int:
    return 1 + max(_depth(one) for one in arrays) if isinstance(arrays, list) else 0


def _flat(arrays: Any) -> list[Array]:
    if not isinstance(arrays, list):
        return [arrays]
    return [leaf for one in arrays for leaf in _flat(one)]
