"""Elementwise ops: one result element from the operands' elements at the same place.

Operands broadcast as in NumPy; their dtypes are equal (the front end casts). Each op's docstring
says what differs from the plain mathematical function.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.types import ArrayType, is_bool, is_complex, is_float


class ElementwiseOp(TesselOp):
    """Base of ops that work element by element; `dtypes` says which operand dtypes are allowed."""

    dtypes: ClassVar[Callable[[np.dtype], bool]] = staticmethod(lambda dtype: not is_bool(dtype))
    result_dtype: ClassVar[Callable[[np.dtype], np.dtype]] = staticmethod(lambda dtype: dtype)

    @classmethod
    def infer(cls, *operands: ArrayType) -> ArrayType:
        dtype = operands[0].dtype
        for operand in operands:
            check(operand.dtype == dtype, "C1", f"dtypes {dtype} and {operand.dtype} differ")
        check(cls.dtypes(dtype), "C2", f"dtype {dtype} is not allowed")
        shape = broadcast_shapes([operand.shape for operand in operands], "C3")
        return ArrayType(np.dtype(cls.result_dtype(dtype)), shape)


class Add(ElementwiseOp, name="add"):
    """Sum of two arrays.

    Semantics: result[i] = lhs[i] + rhs[i]; integers wrap around, booleans are or-ed.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `add`.
    """

    dtypes = staticmethod(lambda dtype: True)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.add)


class Subtract(ElementwiseOp, name="subtract"):
    """Difference of two arrays.

    Semantics: result[i] = lhs[i] - rhs[i]; integers wrap around.
    (C1) Equal dtypes.  (C2) Not bool.  (C3) Shapes broadcast.
    Source: array API 2024.12 `subtract`.
    """

    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.subtract)


class Multiply(ElementwiseOp, name="multiply"):
    """Product of two arrays.

    Semantics: result[i] = lhs[i] * rhs[i]; integers wrap around, booleans are and-ed.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `multiply`.
    """

    dtypes = staticmethod(lambda dtype: True)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.multiply)


class Divide(ElementwiseOp, name="divide"):
    """Quotient of two floating-point arrays.

    Semantics: result[i] = lhs[i] / rhs[i] as IEEE 754 has it.
    (C1) Equal dtypes.  (C2) Floating point or complex.  (C3) Shapes broadcast.
    Source: array API 2024.12 `divide`.
    """

    dtypes = staticmethod(lambda dtype: is_float(dtype) or is_complex(dtype))
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.divide)


class Maximum(ElementwiseOp, name="maximum"):
    """Larger of two elements; NaN when either is NaN.

    Semantics: result[i] = lhs[i] if lhs[i] >= rhs[i] or lhs[i] is NaN, else rhs[i].
    (C1) Equal dtypes.  (C2) Real.  (C3) Shapes broadcast.
    Source: array API 2024.12 `maximum`.
    """

    dtypes = staticmethod(lambda dtype: not is_complex(dtype))
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.maximum)


class Exp(ElementwiseOp, name="exp"):
    """Exponential function.

    Semantics: result[i] = e ** x[i].
    (C1) One operand.  (C2) Floating point or complex.
    Source: array API 2024.12 `exp`.
    """

    dtypes = staticmethod(lambda dtype: is_float(dtype) or is_complex(dtype))
    x: Operand
    result: Result
    reference = staticmethod(np.exp)


class Less(ElementwiseOp, name="less"):
    """Whether one element is less than the other; false when either is NaN.

    Semantics: result[i] = lhs[i] < rhs[i]; false < true.
    (C1) Equal dtypes.  (C2) Real.  (C3) Shapes broadcast.
    Source: array API 2024.12 `less`.
    """

    dtypes = staticmethod(lambda dtype: not is_complex(dtype))
    result_dtype = staticmethod(lambda dtype: np.dtype(np.bool_))
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.less)


class Sqrt(ElementwiseOp, name="sqrt"):
    """Square root; NaN for negative numbers.

    Semantics: result[i] = x[i] ** 0.5; the principal root for complex numbers.
    (C1) One operand.  (C2) Floating point or complex.
    Source: array API 2024.12 `sqrt`.
    """

    dtypes = staticmethod(lambda dtype: is_float(dtype) or is_complex(dtype))
    x: Operand
    result: Result
    reference = staticmethod(np.sqrt)


class Select(TesselOp, name="select"):
    """One array where a condition holds, another elsewhere.

    Semantics: result[i] = on_true[i] if condition[i] else on_false[i].
    (C1) condition is bool.  (C2) on_true and on_false have one dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `where`.
    """

    condition: Operand
    on_true: Operand
    on_false: Operand
    result: Result

    @staticmethod
    def infer(condition: ArrayType, on_true: ArrayType, on_false: ArrayType) -> ArrayType:
        check(is_bool(condition.dtype), "C1", f"condition is {condition.dtype}, must be bool")
        dtypes = f"dtypes {on_true.dtype} and {on_false.dtype} differ"
        check(on_true.dtype == on_false.dtype, "C2", dtypes)
        shape = broadcast_shapes([condition.shape, on_true.shape, on_false.shape], "C3")
        return ArrayType(on_true.dtype, shape)

    reference = staticmethod(np.where)


class Cast(TesselOp, name="cast"):
    """Elements as another dtype.

    Semantics: result[i] = x[i] as `dtype`: rounded to nearest even, truncated to integers (a value
    out of the integer's range gives any value), nonzero is true, an imaginary part is dropped.
    (C1) Any dtypes.
    Source: array API 2024.12 `astype`.
    """

    x: Operand
    dtype: np.dtype
    result: Result

    @staticmethod
    def infer(x: ArrayType, dtype: np.dtype) -> ArrayType:
        return x.with_dtype(dtype)

    @staticmethod
    def reference(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
        if is_complex(x.dtype) and not is_complex(dtype) and not is_bool(dtype):
            x = x.real
        with np.errstate(invalid="ignore", over="ignore"):
            return x.astype(dtype)
