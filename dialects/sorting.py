"""Sorting along one axis. All sorts are stable; NaN counts as larger than every number."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import is_at_least, size_text
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.types import ArrayType, is_complex


class SortingOp(TesselOp):
    """Base of the sorts."""

    @classmethod
    def check_operand(cls, x: ArrayType, axis: int) -> None:
        check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
        check(not is_complex(x.dtype), "C2", f"dtype {x.dtype} does not order")

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        """Squares of rows' lengths; the merge sort of `lowering/sorting.py` takes fewer steps."""
        return product(elements(operands[0]), operands[0].shape[attributes["axis"]])


class Sort(SortingOp, name="sort"):
    """Elements in ascending (or descending) order along an axis.

    (C1) 0 <= axis < rank(x).  (C2) Real.
    Source: array API 2024.12 `sort`.
    """

    x: Operand
    axis: int
    descending: bool
    result: Result

    @classmethod
    def infer(cls, x: ArrayType, axis: int, descending: bool) -> ArrayType:
        cls.check_operand(x, axis)
        return x

    @staticmethod
    def reference(x: np.ndarray, axis: int, descending: bool) -> np.ndarray:
        return np.take_along_axis(x, stable_order(x, axis, descending), axis)


class Argsort(SortingOp, name="argsort"):
    """Indices of the elements in ascending (or descending) order along an axis, as int64.

    (C1) 0 <= axis < rank(x).  (C2) Real.
    Source: array API 2024.12 `argsort`.
    """

    x: Operand
    axis: int
    descending: bool
    result: Result

    @classmethod
    def infer(cls, x: ArrayType, axis: int, descending: bool) -> ArrayType:
        cls.check_operand(x, axis)
        return x.with_dtype(np.dtype(np.int64))

    @staticmethod
    def reference(x: np.ndarray, axis: int, descending: bool) -> np.ndarray:
        return stable_order(x, axis, descending)


class TopK(SortingOp, name="top_k"):
    """The k largest elements along an axis in descending order, and their indices as int64.

    (C1) 0 <= axis < rank(x).  (C2) Real.  (C3) 0 <= k <= size of the axis.
    Source: torch.topk; equal elements keep their order here.
    """

    x: Operand
    k: int
    axis: int
    values: Result
    indices: Result

    @classmethod
    def infer(cls, x: ArrayType, k: int, axis: int) -> list[ArrayType]:
        cls.check_operand(x, axis)
        size = x.shape[axis]
        check(
            k >= 0 and is_at_least(size, k),
            "C3",
            f"axis of size {size_text(size)} has no {k} largest",
        )
        shape = [k if position == axis else n for position, n in enumerate(x.shape)]
        return [x.with_shape(shape), ArrayType(np.dtype(np.int64), tuple(shape))]

    @staticmethod
    def reference(x: np.ndarray, k: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
        order = stable_order(x, axis, True).take(np.arange(k), axis)
        return np.take_along_axis(x, order, axis), order


def stable_order(x: np.ndarray, axis: int, descending: bool) -> np.ndarray:
    """The permutation that sorts x stably, NaN as the largest."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    # Reversing before and after keeps equal elements in order.
    flipped = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - flipped, axis).copy()
