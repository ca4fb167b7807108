"""Running totals along one axis: result[i] combines x[0] ... x[i]."""

from typing import ClassVar

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.types import ArrayType, is_bool, is_complex


class CumulativeOp(TesselOp):
    """Base of the running totals, in the operand's dtype."""

    real_only: ClassVar[bool] = False

    @classmethod
    def infer(cls, x: ArrayType, axis: int) -> ArrayType:
        check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
        allowed = not is_bool(x.dtype) and not (cls.real_only and is_complex(x.dtype))
        check(allowed, "C2", f"dtype {x.dtype} is not allowed")
        return x


class CumulativeSum(CumulativeOp, name="cumulative_sum"):
    """Sum of all elements up to each one.

    (C1) 0 <= axis < rank(x).  (C2) Not bool.
    Source: array API 2024.12 `cumulative_sum`.
    """

    x: Operand
    axis: int
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        return np.cumsum(x, axis=axis, dtype=x.dtype)


class CumulativeProd(CumulativeOp, name="cumulative_prod"):
    """Product of all elements up to each one.

    (C1) 0 <= axis < rank(x).  (C2) Not bool.
    Source: array API 2024.12 `cumulative_prod`.
    """

    x: Operand
    axis: int
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        return np.cumprod(x, axis=axis, dtype=x.dtype)


class CumulativeMax(CumulativeOp, name="cumulative_max"):
    """Largest of all elements up to each one; NaN from the first NaN on.

    (C1) 0 <= axis < rank(x).  (C2) Real, not bool.
    Source: NumPy `maximum.accumulate`.
    """

    real_only = True
    x: Operand
    axis: int
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        return np.maximum.accumulate(x, axis=axis)


class CumulativeMin(CumulativeOp, name="cumulative_min"):
    """Smallest of all elements up to each one; NaN from the first NaN on.

    (C1) 0 <= axis < rank(x).  (C2) Real, not bool.
    Source: NumPy `minimum.accumulate`.
    """

    real_only = True
    x: Operand
    axis: int
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axis: int) -> np.ndarray:
        return np.minimum.accumulate(x, axis=axis)
