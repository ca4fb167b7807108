"""Ops that move elements or change how they are counted, without arithmetic.

A dynamic size is written -1 in `shape`, and comes as an operand: an int64
array of rank 0 in `sizes`, one for each -1, in order.
"""

from collections.abc import Sequence

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import product_of_sizes, same_size, static_size, stretches, sum_of_sizes
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, Dimension, Shape


class Transpose(TesselOp, name="transpose"):
    """Dimensions in another order.

    Semantics: dimension d of the result is dimension permutation[d] of x.
    (C1) `permutation` holds each of 0 ... rank-1 once.
    Source: array API 2024.12 `permute_dims`.
    """

    flops_per_element = 0
    x: Operand
    permutation: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(x: ArrayType, permutation: tuple[int, ...]) -> ArrayType:
        valid = sorted(permutation) == list(range(x.rank))
        check(valid, "C1", f"{permutation} is no permutation of {x.rank} dimensions")
        return x.with_shape([x.shape[axis] for axis in permutation])

    @staticmethod
    def reference(x: np.ndarray, permutation: tuple[int, ...]) -> np.ndarray:
        return np.transpose(x, permutation)


class Reshape(TesselOp, name="reshape"):
    """The same elements in row-major order under another shape.

    Semantics: result.flat[i] = x.flat[i].
    (C1) As many elements as x, where both are known.  (C2) One of `sizes` for each -1 in `shape`.
    Source: array API 2024.12 `reshape`.
    """

    flops_per_element = 0
    is_free = True
    x: Operand
    sizes: Sequence[Operand]
    shape: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(x: ArrayType, sizes: list[ArrayType], shape: tuple[int, ...]) -> ArrayType:
        result = x.with_shape(dynamic_shape(sizes, shape, "C2"))
        if None not in (*x.shape, *result.shape):
            texts = f"{shape_text(x.shape)} as {shape_text(result.shape)}"
            same = same_size(product_of_sizes(x.shape), product_of_sizes(result.shape))
            check(same, "C1", f"cannot reshape {texts}: element counts differ")
        return result

    @staticmethod
    def reference(x: np.ndarray, sizes: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        return np.reshape(x, concrete_shape(sizes, shape))


class BroadcastTo(TesselOp, name="broadcast_to"):
    """An array stretched to a larger shape, as NumPy broadcasts.

    (C1) x's shape broadcasts to `shape`.  (C2) One of `sizes` for each -1 in `shape`.
    Source: array API 2024.12 `broadcast_to`.
    """

    flops_per_element = 0
    x: Operand
    sizes: Sequence[Operand]
    shape: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(x: ArrayType, sizes: list[ArrayType], shape: tuple[int, ...]) -> ArrayType:
        target = dynamic_shape(sizes, shape, "C2")
        texts = f"shape {shape_text(x.shape)} does not broadcast to {shape_text(target)}"
        check(x.rank <= len(target), "C1", texts)
        for have, want in zip(x.shape, target[len(target) - x.rank :]):
            check(stretches(have, want), "C1", texts)
        return x.with_shape(target)

    @staticmethod
    def reference(x: np.ndarray, sizes: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        return np.broadcast_to(x, concrete_shape(sizes, shape)).copy()


class DimOp(TesselOp, name="dim"):
    """The size of one dimension, as an int64 array of rank 0.

    (C1) 0 <= axis < rank(x).
    Source: MLIR `tensor.dim`.
    """

    flops_per_element = 0
    is_free = True
    x: Operand
    axis: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, axis: int) -> ArrayType:
        check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
        return ArrayType(np.dtype(np.int64), ())

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        return np.array(x.shape[axis], np.int64)


class Concatenate(TesselOp, name="concatenate"):
    """Two arrays one after the other along an axis; more are a chain, joined from the left.

    (C1) Equal rank, 0 <= axis < rank.  (C2) Equal dtypes.  (C3) Equal sizes along other axes.
    Source: array API 2024.12 `concat`.
    """

    flops_per_element = 0
    lhs: Operand
    rhs: Operand
    axis: int
    result: Result

    @staticmethod
    def infer(lhs: ArrayType, rhs: ArrayType, axis: int) -> ArrayType:
        check(lhs.rank == rhs.rank, "C1", f"ranks {lhs.rank} and {rhs.rank} differ")
        check(0 <= axis < lhs.rank, "C1", f"axis {axis} is out of range for rank {lhs.rank}")
        check(lhs.dtype == rhs.dtype, "C2", f"dtypes {lhs.dtype} and {rhs.dtype} differ")
        shape: list[Dimension] = []
        for position, (left, right) in enumerate(zip(lhs.shape, rhs.shape)):
            if position == axis:
                shape.append(sum_of_sizes(left, right))
                continue
            texts = f"{shape_text(lhs.shape)} and {shape_text(rhs.shape)}"
            same = same_size(left, right)
            check(same, "C3", f"shapes {texts} differ along axis {position}")
            shape.append(static_size(left, right))
        return lhs.with_shape(shape)

    @staticmethod
    def reference(lhs: np.ndarray, rhs: np.ndarray, axis: int) -> np.ndarray:
        return np.concatenate([lhs, rhs], axis=axis)


class Pad(TesselOp, name="pad"):
    """An array with more elements before and after it along each axis, all of one value.

    (C1) One `low` and one `high` an axis, none negative.  (C2) value has rank 0 and x's dtype.
    Source: array API has none; NumPy `pad` with mode "constant".
    """

    flops_per_element = 0
    x: Operand
    value: Operand
    low: tuple[int, ...]
    high: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(
        x: ArrayType, value: ArrayType, low: tuple[int, ...], high: tuple[int, ...]
    ) -> ArrayType:
        counts = f"{len(low)} low and {len(high)} high for rank {x.rank}"
        check(len(low) == len(high) == x.rank, "C1", counts)
        check(all(count >= 0 for count in (*low, *high)), "C1", f"{low} or {high} is negative")
        matches = value.rank == 0 and value.dtype == x.dtype
        check(matches, "C2", f"value is {value}, must be {x.dtype}[]")
        sizes = zip(low, x.shape, high)
        return x.with_shape(
            [None if n is None else n + (before + after) for before, n, after in sizes]
        )

    @staticmethod
    def reference(
        x: np.ndarray, value: np.ndarray, low: tuple[int, ...], high: tuple[int, ...]
    ) -> np.ndarray:
        shape = [before + n + after for before, n, after in zip(low, x.shape, high)]
        result = np.full(shape, value, x.dtype)
        result[tuple(slice(before, before + n) for before, n in zip(low, x.shape))] = x
        return result


class Reverse(TesselOp, name="reverse"):
    """Elements in opposite order along some axes.

    (C1) `axes` increase and are axes of x.
    Source: array API 2024.12 `flip`.
    """

    flops_per_element = 0
    x: Operand
    axes: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(x: ArrayType, axes: tuple[int, ...]) -> ArrayType:
        valid = list(axes) == sorted(set(axes)) and all(0 <= axis < x.rank for axis in axes)
        check(valid, "C1", f"axes {axes} do not increase within rank {x.rank}")
        return x

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        return np.flip(x, axes).copy()


def dynamic_shape(sizes: list[ArrayType], shape: tuple[int, ...], constraint: str) -> Shape:
    """`shape` with -1 as what its size stands for, None where that is not known.

    Checks that `sizes` holds one int64 scalar for each -1.
    """
    unknown = sum(size == -1 for size in shape)
    message = f"shape {shape} needs {unknown} sizes, has {len(sizes)}"
    check(len(sizes) == unknown, constraint, message)
    scalars = all(size.rank == 0 and size.dtype == np.int64 for size in sizes)
    check(scalars, constraint, "sizes must be int64 arrays of rank 0")
    check(all(size >= -1 for size in shape), constraint, f"shape {shape} has a negative size")
    values = (size.value for size in sizes)
    return tuple(next(values) if size == -1 else size for size in shape)


def concrete_shape(sizes: list[np.ndarray], shape: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` with each -1 replaced by the next of `sizes`."""
    remaining = iter(sizes)
    return tuple(int(next(remaining)) if size == -1 else size for size in shape)
