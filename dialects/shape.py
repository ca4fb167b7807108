"""Ops that move elements or change how they are counted, without arithmetic.

A size that is known only when running is written -1 in `shape`, and comes as an operand: an int64
array of rank 0 in `sizes`, one for each -1, in order.
"""

from collections.abc import Sequence

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, Shape


class Transpose(TesselOp, name="transpose"):
    """Dimensions in another order.

    Semantics: dimension d of the result is dimension permutation[d] of x.
    (C1) `permutation` holds each of 0 ... rank-1 once.
    Source: array API 2024.12 `permute_dims`.
    """

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

    x: Operand
    sizes: Sequence[Operand]
    shape: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(x: ArrayType, sizes: list[ArrayType], shape: tuple[int, ...]) -> ArrayType:
        result = x.with_shape(dynamic_shape(sizes, shape, "C2"))
        if x.is_static and result.is_static:
            texts = f"{shape_text(x.shape)} as {shape_text(result.shape)}"
            check(x.size == result.size, "C1", f"cannot reshape {texts}: element counts differ")
        return result

    @staticmethod
    def reference(x: np.ndarray, sizes: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        return np.reshape(x, concrete_shape(sizes, shape))


class BroadcastTo(TesselOp, name="broadcast_to"):
    """An array stretched to a larger shape, as NumPy broadcasts.

    (C1) x's shape broadcasts to `shape`.  (C2) One of `sizes` for each -1 in `shape`.
    Source: array API 2024.12 `broadcast_to`.
    """

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
            check(have in (1, None, want) or want is None, "C1", texts)
        return x.with_shape(target)

    @staticmethod
    def reference(x: np.ndarray, sizes: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        return np.broadcast_to(x, concrete_shape(sizes, shape)).copy()


class Dim(TesselOp, name="dim"):
    """The size of one dimension, as an int64 array of rank 0.

    (C1) 0 <= axis < rank(x).
    Source: MLIR `tensor.dim`.
    """

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


def dynamic_shape(sizes: list[ArrayType], shape: tuple[int, ...], constraint: str) -> Shape:
    """`shape` with -1 as None, after checking that `sizes` holds one int64 scalar for each -1."""
    unknown = sum(size == -1 for size in shape)
    message = f"shape {shape} needs {unknown} sizes, has {len(sizes)}"
    check(len(sizes) == unknown, constraint, message)
    scalars = all(size.rank == 0 and size.dtype == np.int64 for size in sizes)
    check(scalars, constraint, "sizes must be int64 arrays of rank 0")
    check(all(size >= -1 for size in shape), constraint, f"shape {shape} has a negative size")
    return tuple(None if size == -1 else size for size in shape)


def concrete_shape(sizes: list[np.ndarray], shape: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` with each -1 replaced by the next of `sizes`."""
    remaining = iter(sizes)
    return tuple(int(next(remaining)) if size == -1 else size for size in shape)
