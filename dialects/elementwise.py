"""What elementwise ops share: one result element from the operands' elements at the same index.

Operands broadcast as in NumPy; their dtypes are equal (the front end casts). The ops themselves are
in `arithmetic`, `exponential`, `trigonometric`, `comparison`, `bitwise` and `conversion`.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from tessel.dialects.base import TesselOp, check
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.types import ArrayType, is_bool, is_complex, is_float, is_integer, real_dtype

DtypeRule = Callable[[np.dtype], bool]


def anything(dtype: np.dtype) -> bool:
    """Every dtype that arrays have."""
    return True


def numeric(dtype: np.dtype) -> bool:
    """Integers, floating point and complex: all but bool."""
    return not is_bool(dtype)


def real(dtype: np.dtype) -> bool:
    """Bool, integers and floating point: all but complex."""
    return not is_complex(dtype)


def real_numeric(dtype: np.dtype) -> bool:
    """Integers and floating point."""
    return is_integer(dtype) or is_float(dtype)


def inexact(dtype: np.dtype) -> bool:
    """Floating point and complex."""
    return is_float(dtype) or is_complex(dtype)


def bits(dtype: np.dtype) -> bool:
    """Bool and integers."""
    return is_bool(dtype) or is_integer(dtype)


def same(dtype: np.dtype) -> np.dtype:
    """The result has the operands' dtype."""
    return dtype


def truth(dtype: np.dtype) -> np.dtype:
    """The result is bool."""
    return np.dtype(np.bool_)


def real_part(dtype: np.dtype) -> np.dtype:
    """The result has the dtype of the parts of a complex operand, or the operand's own."""
    return real_dtype(dtype)


class ElementwiseOp(TesselOp):
    """Base of ops that work element by element.

    `dtypes` says which operand dtypes are allowed, `result_dtype` what they lead to. All ops share
    their constraints:
    (C1) The operands have one dtype.  (C2) `dtypes` allows it.  (C3) Shapes broadcast.
    """

    dtypes: ClassVar[DtypeRule] = staticmethod(anything)
    result_dtype: ClassVar[Callable[[np.dtype], np.dtype]] = staticmethod(same)

    @classmethod
    def infer(cls, *operands: ArrayType) -> ArrayType:
        dtype = operands[0].dtype
        for operand in operands:
            check(operand.dtype == dtype, "C1", f"dtypes {dtype} and {operand.dtype} differ")
        check(cls.dtypes(dtype), "C2", f"dtype {dtype} is not allowed")
        shape = broadcast_shapes([operand.shape for operand in operands], "C3")
        return ArrayType(np.dtype(cls.result_dtype(dtype)), shape)
