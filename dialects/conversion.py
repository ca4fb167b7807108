"""Conversion ops: other dtypes, other readings of the same bits, parts of complex numbers."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.elementwise import ElementwiseOp, real_part
from tessel.dialects.types import ArrayType, is_bool, is_complex, is_float


def integer_passage(dtype: np.dtype) -> np.dtype:
    """The signed integer through which floats go to an integer `dtype`: int32 or int64."""
    return np.dtype(np.int64 if dtype.itemsize == 8 else np.int32)


class Cast(TesselOp, name="cast"):
    """Elements as another dtype.

    Semantics: result[i] = x[i] as `dtype`: rounded to nearest even, nonzero is true, an imaginary
    part is dropped. A float becomes an integer as in NumPy on x86-64: truncated, by way of
    `integer_passage(dtype)`, and wrapped around; what that cannot hold, NaN too, is its least
    value. uint32 and uint64 go through the signed integers of their width, from 2**31 and 2**63 on
    less that number (as NumPy's vectors do). float16 and bfloat16 are made of float32, but for
    float16 of float64.
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
            x = np.real(x)
        with np.errstate(invalid="ignore", over="ignore"):
            if dtype == np.uint32 and is_float(x.dtype):
                # NumPy's vectors and its scalars differ here outside the range.
                upper = x >= 2.0**31
                signed = np.where(upper, x - x.dtype.type(2.0**31), x).astype(np.int32)
                return signed.astype(np.uint32) ^ (upper.astype(np.uint32) << np.uint32(31))
            return x.astype(dtype)


class Bitcast(TesselOp, name="bitcast"):
    """The same bits read as another dtype of the same width.

    Semantics: result[i] = the `dtype` whose bits are those of x[i].
    (C1) Neither dtype is bool or complex.  (C2) Both dtypes have one width.
    Source: StableHLO `bitcast_convert`, NumPy `ndarray.view`.
    """

    flops_per_element = 0
    x: Operand
    dtype: np.dtype
    result: Result

    @staticmethod
    def infer(x: ArrayType, dtype: np.dtype) -> ArrayType:
        for each in (x.dtype, dtype):
            check(not is_bool(each) and not is_complex(each), "C1", f"dtype {each} is not allowed")
        widths = f"dtypes {x.dtype} and {dtype} have different widths"
        check(x.dtype.itemsize == dtype.itemsize, "C2", widths)
        return x.with_dtype(dtype)

    @staticmethod
    def reference(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
        return x.view(dtype)


class Real(ElementwiseOp, name="real"):
    """Real part.

    Semantics: result[i] = the real part of x[i]; x[i] itself when it is real.
    (C2) Any dtype.
    Source: array API 2024.12 `real`.
    """

    flops_per_element = 0
    result_dtype = staticmethod(real_part)
    x: Operand
    result: Result
    reference = staticmethod(np.real)


class Imag(ElementwiseOp, name="imag"):
    """Imaginary part.

    Semantics: result[i] = the imaginary part of x[i]; 0 when x[i] is real.
    (C2) Any dtype.
    Source: array API 2024.12 `imag`.
    """

    flops_per_element = 0
    result_dtype = staticmethod(real_part)
    x: Operand
    result: Result
    reference = staticmethod(np.imag)


class Conjugate(ElementwiseOp, name="conjugate"):
    """Complex conjugate.

    Semantics: result[i] = x[i] with the imaginary part negated; x[i] itself when it is real.
    (C2) Not bool.
    Source: array API 2024.12 `conj`.
    """

    dtypes = staticmethod(lambda dtype: not is_bool(dtype))
    x: Operand
    result: Result
    reference = staticmethod(np.conjugate)


class Complex(ElementwiseOp, name="complex"):
    """Complex numbers from their parts.

    Semantics: result[i] = real[i] + imag[i] * 1j, each part kept as it is, NaN and signs of zeros
    too.
    (C1) Equal dtypes.  (C2) float32 or float64.  (C3) Shapes broadcast.
    Source: StableHLO `complex`.
    """

    dtypes = staticmethod(lambda dtype: is_float(dtype) and dtype.itemsize >= 4)
    result_dtype = staticmethod(
        lambda dtype: np.dtype(np.complex64 if dtype.itemsize == 4 else np.complex128)
    )
    real: Operand
    imag: Operand
    result: Result

    @staticmethod
    def reference(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
        shape = np.broadcast_shapes(real.shape, imag.shape)
        # Not `real + 1j * imag`: that turns an infinite part into NaN.
        result = np.empty(shape, np.complex64 if real.dtype == np.float32 else np.complex128)
        result.real, result.imag = real, imag
        return result
