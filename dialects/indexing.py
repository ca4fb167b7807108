"""Elements picked, or replaced, by arrays of indices.

Indices are int64 or int32; negative ones count from the back. When reading, an index outside the
array is clamped to its last (or first) element; when writing, it is dropped. The front end checks.
"""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import is_empty, same_size
from tessel.dialects.types import ArrayType, is_bool, is_complex

SCATTER_KINDS = ("set", "add", "multiply", "minimum", "maximum")


class Take(TesselOp, name="take"):
    """Elements at indices along one axis.

    Semantics: result[..., i..., ...] = x[..., indices[i...], ...].
    (C1) 0 <= axis < rank(x).  (C2) indices are int64 or int32.  (C3) The axis is not of size 0,
    unless there is nothing to read.
    Source: array API 2024.12 `take`.
    """

    flops_per_element = 0
    reads_part = True
    x: Operand
    indices: Operand
    axis: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, indices: ArrayType, axis: int) -> ArrayType:
        check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
        check_index_dtype(indices)
        result = x.with_shape([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])
        readable = not is_empty([x.shape[axis]]) or is_empty(result.shape)
        check(readable, "C3", "cannot read from an axis of size 0")
        return result

    @staticmethod
    def reference(x: np.ndarray, indices: np.ndarray, axis: int) -> np.ndarray:
        if x.shape[axis] == 0:
            return np.empty([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]], x.dtype)
        return np.take(x, _clamped_indices(indices, x.shape[axis]), axis)


class TakeAlongAxis(TesselOp, name="take_along_axis"):
    """Elements at indices along one axis, an index for each element of the result.

    Semantics: result[..., i, ...] = x[..., indices[..., i, ...], ...].
    (C1) 0 <= axis < rank(x).  (C2) indices are int64 or int32.  (C3) indices have the rank of x,
    and its sizes but along the axis.  (C4) The axis is not of size 0, unless there is nothing to
    read.
    Source: array API 2024.12 `take_along_axis`.
    """

    flops_per_element = 0
    reads_part = True
    x: Operand
    indices: Operand
    axis: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, indices: ArrayType, axis: int) -> ArrayType:
        check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
        check_index_dtype(indices)
        fits = x.rank == indices.rank and all(
            position == axis or same_size(have, want)
            for position, (have, want) in enumerate(zip(indices.shape, x.shape))
        )
        check(fits, "C3", f"indices {indices} do not fit {x} along axis {axis}")
        readable = not is_empty([x.shape[axis]]) or is_empty(indices.shape)
        check(readable, "C4", "cannot read from an axis of size 0")
        return x.with_shape(indices.shape)

    @staticmethod
    def reference(x: np.ndarray, indices: np.ndarray, axis: int) -> np.ndarray:
        if indices.size == 0:
            return np.empty(indices.shape, x.dtype)
        return np.take_along_axis(x, _clamped_indices(indices, x.shape[axis]), axis)


class GatherNd(TesselOp, name="gather_nd"):
    """Parts of an array at indices into its first k axes.

    Semantics: result[i..., j...] = x[indices[i..., 0], ..., indices[i..., k-1], j...].
    Shapes: indices [..., K], result indices.shape[:-1] + x.shape[K:].
    (C1) 1 <= K <= rank(x), known.  (C2) indices are int64 or int32.  (C3) No indexed axis is of
    size 0, unless there is nothing to read.
    Source: TensorFlow `gather_nd`.
    """

    flops_per_element = 0
    reads_part = True
    x: Operand
    indices: Operand
    result: Result

    @staticmethod
    def infer(x: ArrayType, indices: ArrayType) -> ArrayType:
        count = check_index_vectors(x, indices)
        result = x.with_shape([*indices.shape[:-1], *x.shape[count:]])
        readable = not is_empty(x.shape[:count]) or is_empty(result.shape)
        check(readable, "C3", "cannot read from an axis of size 0")
        return result

    @staticmethod
    def reference(x: np.ndarray, indices: np.ndarray) -> np.ndarray:
        count = indices.shape[-1]
        if 0 in x.shape[:count]:
            return np.empty((*indices.shape[:-1], *x.shape[count:]), x.dtype)
        clamped = [_clamped_indices(indices[..., k], x.shape[k]) for k in range(count)]
        return x[tuple(clamped)]


class ScatterNd(TesselOp, name="scatter_nd"):
    """A copy of an array in which parts at indices into its first k axes are replaced or combined.

    Semantics: result = x; for each i in row-major order, result[indices[i...]] = update, or
    combined with it as `kind` says: "set", "add", "multiply", "minimum" or "maximum".
    Shapes: indices [..., K], updates indices.shape[:-1] + x.shape[K:].
    (C1) 1 <= K <= rank(x), known.  (C2) indices are int64.  (C3) updates have that shape and x's
    dtype.  (C4) `kind` is one of those, and fits the dtype.
    Source: StableHLO `scatter`; NumPy `ufunc.at`.
    """

    x: Operand
    indices: Operand
    updates: Operand
    kind: str
    result: Result

    @staticmethod
    def infer(x: ArrayType, indices: ArrayType, updates: ArrayType, kind: str) -> ArrayType:
        count = check_index_vectors(x, indices)
        # IREE 3.13 puts index vectors of another width than it computes with on the stack.
        wide = indices.dtype == np.int64
        check(wide, "C2", f"indices have dtype {indices.dtype}, not int64")
        wanted = x.with_shape([*indices.shape[:-1], *x.shape[count:]])
        check(wanted.accepts(updates), "C3", f"updates are {updates}, must be {wanted}")
        check(kind in SCATTER_KINDS, "C4", f"kind '{kind}' is none of {', '.join(SCATTER_KINDS)}")
        orders = kind not in ("minimum", "maximum") or not is_complex(x.dtype)
        check(orders, "C4", f"kind '{kind}' is not defined for dtype {x.dtype}")
        plain = kind == "set" or not is_bool(x.dtype)
        check(plain, "C4", f"kind '{kind}' is not defined for dtype bool")
        return x

    @staticmethod
    def reference(x: np.ndarray, indices: np.ndarray, updates: np.ndarray, kind: str) -> np.ndarray:
        result = x.copy()
        count = indices.shape[-1]
        sizes = np.array(x.shape[:count], np.int64)
        indices = np.where(indices < 0, indices + sizes, indices)
        inside = np.all((indices >= 0) & (indices < sizes), axis=-1)
        index_arrays = tuple(indices[inside][:, k] for k in range(count))
        chosen = updates[inside]
        if kind == "set":
            for position, element_index in enumerate(zip(*index_arrays)):
                result[element_index] = chosen[position]
        else:
            getattr(np, kind).at(result, index_arrays, chosen)
        return result


class SearchSorted(TesselOp, name="search_sorted"):
    """Where values would be inserted in a sorted array to keep it sorted.

    Semantics: result = how many elements of `ordered` are less than the value (side "left"), or
    less than or equal to it (side "right"); NaN is the largest.
    (C1) ordered has rank 1.  (C2) Equal real dtypes.  (C3) side is "left" or "right".
    Source: array API 2024.12 `searchsorted`.
    """

    ordered: Operand
    values: Operand
    side: str
    result: Result

    @staticmethod
    def infer(ordered: ArrayType, values: ArrayType, side: str) -> ArrayType:
        check(ordered.rank == 1, "C1", f"the sorted array has rank {ordered.rank}, not 1")
        same = ordered.dtype == values.dtype and not is_complex(values.dtype)
        check(same, "C2", f"dtypes {ordered.dtype} and {values.dtype} do not compare")
        check(side in ("left", "right"), "C3", f"side '{side}' is not 'left' or 'right'")
        return values.with_dtype(np.dtype(np.int64))

    @staticmethod
    def reference(ordered: np.ndarray, values: np.ndarray, side: str) -> np.ndarray:
        return np.searchsorted(ordered, values, side=side)  # type: ignore[call-overload]


def check_index_vectors(x: ArrayType, indices: ArrayType) -> int:
    """(C1) and (C2) of the ops with index vectors; the number of indexed axes."""
    count = indices.shape[-1] if indices.rank else None
    valid = isinstance(count, int) and 1 <= count <= x.rank
    check(valid, "C1", f"indices {indices} hold no vectors of 1 to {x.rank} indices")
    check_index_dtype(indices)
    return count if isinstance(count, int) else 0


def check_index_dtype(indices: ArrayType) -> None:
    """(C2) of the ops with indices."""
    fits = indices.dtype in (np.int64, np.int32)
    check(fits, "C2", f"indices have dtype {indices.dtype}, not int64 or int32")


def _clamped_indices(indices: np.ndarray, size: int) -> np.ndarray:
    """Indices into an axis counted from its front, those outside clamped."""
    return np.clip(np.where(indices < 0, indices + size, indices), 0, size - 1)
