"""Reductions: one element from all elements along some axes."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import is_empty
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
        empty = is_empty([x.shape[axis] for axis in axes])
        check(cls.has_identity or not empty, "C3", "an axis of size 0 has no such element")
        return ArrayType(x.dtype, reduce_shape(x, axes, keepdims))


class ReduceSum(ReductionOp, name="reduce_sum"):
    """Sum along axes, in the operand's dtype.

    Semantics: result = sum of x along `axes`; 0 where there is nothing to add. Order unspecified.
    (C1) `axes` increase and are axes of x.  (C2) Not bool.
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

    (C1) `axes` increase and are axes of x.  (C2) Real.  (C3) No reduced axis of size 0.
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


class ReduceMin(ReductionOp, name="reduce_min"):
    """Smallest element along axes; NaN when there is one.

    (C1) `axes` increase and are axes of x.  (C2) Real.  (C3) No reduced axis of size 0.
    Source: array API 2024.12 `min`.
    """

    dtypes = staticmethod(lambda dtype: not is_complex(dtype))
    has_identity = False
    x: Operand
    axes: tuple[int, ...]
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return np.min(x, axis=axes, keepdims=keepdims)


class ReduceProd(ReductionOp, name="reduce_prod"):
    """Product along axes, in the operand's dtype.

    Semantics: result = product of x along `axes`; 1 where there is nothing to multiply.
    (C1) `axes` increase and are axes of x.  (C2) Not bool.
    Source: array API 2024.12 `prod`.
    """

    x: Operand
    axes: tuple[int, ...]
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return np.prod(x, axis=axes, keepdims=keepdims, dtype=x.dtype)


class ReduceAll(ReductionOp, name="reduce_all"):
    """Whether all elements along axes are true; true where there are none.

    (C1) `axes` increase and are axes of x.  (C2) bool.
    Source: array API 2024.12 `all`.
    """

    dtypes = staticmethod(is_bool)
    x: Operand
    axes: tuple[int, ...]
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return np.all(x, axis=axes, keepdims=keepdims)


class ReduceAny(ReductionOp, name="reduce_any"):
    """Whether any element along axes is true; false where there are none.

    (C1) `axes` increase and are axes of x.  (C2) bool.
    Source: array API 2024.12 `any`.
    """

    dtypes = staticmethod(is_bool)
    x: Operand
    axes: tuple[int, ...]
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return np.any(x, axis=axes, keepdims=keepdims)


class ArgReductionOp(TesselOp):
    """Base of the ops that find where an extreme element is, along one axis."""

    @classmethod
    def infer(cls, x: ArrayType, axis: int, keepdims: bool) -> ArrayType:
        check(0 <= axis < x.rank, "C1", f"axis {axis} is out of range for rank {x.rank}")
        check(not is_complex(x.dtype), "C2", f"dtype {x.dtype} is not allowed")
        check(not is_empty([x.shape[axis]]), "C3", "an axis of size 0 has no such element")
        return ArrayType(np.dtype(np.int64), reduce_shape(x, [axis], keepdims))


class Argmax(ArgReductionOp, name="argmax"):
    """Index of the largest element along an axis: the first of equal ones, the first NaN if any.

    (C1) 0 <= axis < rank(x).  (C2) Real.  (C3) The axis is not of size 0.
    Source: array API 2024.12 `argmax`.
    """

    x: Operand
    axis: int
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axis: int, keepdims: bool) -> np.ndarray:
        return np.argmax(x, axis=axis, keepdims=keepdims)


class Argmin(ArgReductionOp, name="argmin"):
    """Index of the smallest element along an axis: the first of equal ones, the first NaN if any.

    (C1) 0 <= axis < rank(x).  (C2) Real.  (C3) The axis is not of size 0.
    Source: array API 2024.12 `argmin`.
    """

    x: Operand
    axis: int
    keepdims: bool
    result: Result

    @staticmethod
    def reference(x: np.ndarray, axis: int, keepdims: bool) -> np.ndarray:
        return np.argmin(x, axis=axis, keepdims=keepdims)
