"""Arrays that the program brings along: constants in the IR, parameters beside it."""

from collections.abc import Sequence

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.mlir import ir
from tessel.dialects.shape import concrete_shape, dynamic_shape
from tessel.dialects.types import (
    ArrayType,
    bfloat16,
    is_complex,
    is_float,
    is_integer,
    real_dtype,
)


class Constant(TesselOp, name="constant"):
    """A small array written in the IR.

    Semantics: result = value, as `dtype`. A complex array is stored as real and imaginary parts
    along a last axis of size 2, a bfloat16 array as float32 (which holds each of its values).
    (C1) `value` is the storage form of `dtype`.
    Source: StableHLO `constant`.
    """

    flops_per_element = 0
    is_free = True
    value: np.ndarray
    dtype: np.dtype
    result: Result

    @staticmethod
    def infer(value: np.ndarray, dtype: np.dtype) -> ArrayType:
        stored = storage_dtype(dtype)
        check(value.dtype == stored, "C1", f"value is {value.dtype}, {dtype} is stored as {stored}")
        if is_complex(dtype):
            check(
                value.ndim > 0 and value.shape[-1] == 2, "C1", "complex parts need a last axis of 2"
            )
            return ArrayType(dtype, value.shape[:-1])
        return ArrayType(dtype, value.shape)

    @staticmethod
    def reference(value: np.ndarray, dtype: np.dtype) -> np.ndarray:
        return from_storage(value, dtype)


class Parameter(TesselOp, name="parameter"):
    """A large array that lives beside the program: weights, and arrays that a function closes over.

    Semantics: result = the array called `key` in the program's parameters.
    (C1) `key` is not empty.
    Source: IREE `flow.parameter.named`.
    """

    flops_per_element = 0
    is_free = True
    key: str
    dtype: np.dtype
    shape: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(key: str, dtype: np.dtype, shape: tuple[int, ...]) -> ArrayType:
        check(key != "", "C1", "key is empty")
        return ArrayType(dtype, shape)

    @staticmethod
    def reference(key: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        raise LookupError(f"parameter '{key}' has no value here: give it to the interpreter")


class Iota(TesselOp, name="iota"):
    """0, 1, 2, ... along one axis.

    Semantics: result[i] = i[axis].
    (C1) 0 <= axis < rank.  (C2) An integer or float dtype.  (C3) One of `sizes` for each -1.
    Source: StableHLO `iota`.
    """

    flops_per_element = 0
    sizes: Sequence[Operand]
    shape: tuple[int, ...]
    axis: int
    dtype: np.dtype
    result: Result

    @staticmethod
    def infer(
        sizes: list[ArrayType], shape: tuple[int, ...], axis: int, dtype: np.dtype
    ) -> ArrayType:
        check(0 <= axis < len(shape), "C1", f"axis {axis} is out of range for rank {len(shape)}")
        check(is_integer(dtype) or is_float(dtype), "C2", f"dtype {dtype} does not count")
        return ArrayType(dtype, dynamic_shape(sizes, shape, "C3"))

    @staticmethod
    def reference(
        sizes: list[np.ndarray], shape: tuple[int, ...], axis: int, dtype: np.dtype
    ) -> np.ndarray:
        sized = concrete_shape(sizes, shape)
        column = [-1 if position == axis else 1 for position in range(len(sized))]
        counts = np.arange(sized[axis]).astype(dtype).reshape(column)
        return np.broadcast_to(counts, sized).copy()


def storage_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype in which `tessel.constant` writes an array of `dtype`."""
    return np.dtype(np.float32) if dtype == bfloat16 else real_dtype(dtype)


def to_storage(array: np.ndarray) -> np.ndarray:
    """An array as `tessel.constant` writes it."""
    if is_complex(array.dtype):
        return np.stack([array.real, array.imag], axis=-1)
    return array.astype(storage_dtype(array.dtype), copy=False)


def from_storage(value: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The array that `to_storage` wrote."""
    if is_complex(dtype):
        # Not `real + 1j * imag`: that turns an infinite part into NaN.
        array = np.empty(value.shape[:-1], dtype)
        array.real, array.imag = value[..., 0], value[..., 1]
        return array
    return value.astype(dtype)


def build_constant(array: np.ndarray) -> ir.Value:
    """Adds a `tessel.constant` that holds `array`."""
    return Constant.build(value=to_storage(np.asarray(array)), dtype=np.asarray(array).dtype)
