"""Reductions: one element from all elements along some axes."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.inference import reduce_shape
from tessel.dialects.types import ArrayType, is_bool, is_complex


class ReductionOp(TesselOp):
    """Base of reductions; `axes` are counted from the front, sorted, and may be empty."""

    dtypes: ClassVar[Callable[[np.dtype], bool]] = staticmethod(lambda dtype: not is_bool(dtype))
    has_identity: ClassVar[bool] = True

    @classmethod
    def infer(cls, x: ArrayType, axes: tuple[int, ...], keepdims: bool) -> ArrayType:
        increasing = list(axes) == sorted(set(axes))
        check(increasing, "C1", f"axes {axes} are not increasing")
        check(all(0 <= axis < x.rank for axis in axes), "C1", f"axes {axes} exceed rank {x.rank}")
        check(cls.dtypes(x.dtype), "C2", f"dtype {x.dtype} is not allowed")
        empty = any(x.shape[axis] == 0 for axis in axes)
        check(cls.has_identity or not empty, "C3", "an axis of size 0 has no such element")
        return ArrayType(x.dtype, reduce_shape(x, axes, keepdims))


class ReduceSum(ReductionOp, name="reduce_sum"):
    """Sum along axes, in the operand's dtype.

    Semantics: result = sum of x along `axes`; 0 where there is nothing to add. Order unspecified.
    (C1) `axes` increase and lie in the rank of x.  (C2) Not bool.
    Source: array API 2024.12 `sum`.
    """

    x: Operand
    axes: tuple[int, ...]
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return np.sum(x, axis=axes, keepdims=keepdims, dtype=x.dtype)


class ReduceMax(ReductionOp, name="reduce_max"):
    """Largest element along axes; NaN when there is one.

    (C1) `axes` increase and lie in the rank of x.  (C2) Real.  (C3) No reduced axis of size 0.
    Source: array API 2024.12 `max`.
    """

    dtypes = staticmethod(lambda dtype: not is_complex(dtype))
    has_identity = False
    x: Operand
    axes: tuple[int, ...]
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return np.max(x, axis=axes, keepdims=keepdims)
