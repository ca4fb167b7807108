"""Comparison ops: truth of relations and properties, and the choice by truth.

Operands have one dtype and broadcast (`elementwise.ElementwiseOp` states that as C1 and C3).
"""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.elementwise import ElementwiseOp, truth
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.types import ArrayType, is_bool, is_float


class Equal(ElementwiseOp, name="equal"):
    """Whether two elements are equal; false when either is NaN.

    Semantics: result[i] = lhs[i] == rhs[i].
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `equal`.
    """

    result_dtype = staticmethod(truth)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.equal)


class NotEqual(ElementwiseOp, name="not_equal"):
    """Whether two elements differ; true when either is NaN.

    Semantics: result[i] = lhs[i] != rhs[i].
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `not_equal`.
    """

    result_dtype = staticmethod(truth)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.not_equal)


class Less(ElementwiseOp, name="less"):
    """Whether one element is less than the other; false when either is NaN.

    Semantics: result[i] = lhs[i] < rhs[i]; false < true. Complex numbers are ordered by real part,
    then by imaginary part.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `less`.
    """

    result_dtype = staticmethod(truth)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.less)


class LessEqual(ElementwiseOp, name="less_equal"):
    """Whether one element is at most the other; false when either is NaN.

    Semantics: result[i] = lhs[i] <= rhs[i]; false < true. Complex numbers are ordered by real part,
    then by imaginary part.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `less_equal`.
    """

    result_dtype = staticmethod(truth)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.less_equal)


class Greater(ElementwiseOp, name="greater"):
    """Whether one element is greater than the other; false when either is NaN.

    Semantics: result[i] = lhs[i] > rhs[i]; true > false. Complex numbers are ordered by real part,
    then by imaginary part.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `greater`.
    """

    result_dtype = staticmethod(truth)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.greater)


class GreaterEqual(ElementwiseOp, name="greater_equal"):
    """Whether one element is at least the other; false when either is NaN.

    Semantics: result[i] = lhs[i] >= rhs[i]; true > false. Complex numbers are ordered by real part,
    then by imaginary part.
    (C1) Equal dtypes.  (C2) Any dtype.  (C3) Shapes broadcast.
    Source: array API 2024.12 `greater_equal`.
    """

    result_dtype = staticmethod(truth)
    lhs: Operand
    rhs: Operand
    result: Result
    reference = staticmethod(np.greater_equal)


class IsNan(ElementwiseOp, name="is_nan"):
    """Whether an element is not a number.

    Semantics: result[i] = x[i] is NaN; for complex numbers, a part of it is. False for integers.
    (C2) Any dtype.
    Source: array API 2024.12 `isnan`.
    """

    result_dtype = staticmethod(truth)
    x: Operand
    result: Result
    reference = staticmethod(np.isnan)


class IsInf(ElementwiseOp, name="is_inf"):
    """Whether an element is infinite.

    Semantics: result[i] = x[i] is infinite; for complex numbers, a part of it is. False for
    integers.
    (C2) Any dtype.
    Source: array API 2024.12 `isinf`.
    """

    result_dtype = staticmethod(truth)
    x: Operand
    result: Result
    reference = staticmethod(np.isinf)


class IsFinite(ElementwiseOp, name="is_finite"):
    """Whether an element is neither infinite nor NaN.

    Semantics: result[i] = x[i] is finite; for complex numbers, both parts are. True for integers.
    (C2) Any dtype.
    Source: array API 2024.12 `isfinite`.
    """

    result_dtype = staticmethod(truth)
    x: Operand
    result: Result
    reference = staticmethod(np.isfinite)


class SignBit(ElementwiseOp, name="sign_bit"):
    """Whether the sign bit is set, of zeros and NaN too.

    Semantics: result[i] = the sign bit of x[i].
    (C2) Floating point.
    Source: array API 2024.12 `signbit`.
    """

    dtypes = staticmethod(is_float)
    result_dtype = staticmethod(truth)
    x: Operand
    result: Result
    reference = staticmethod(np.signbit)


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
