"""Decompositions that read like their formulas: `(x - x.mean(axes)) / deviation`.

A `TensorValue` is a value of the dialect whose operators build ops of the dialect, as an `Element`
is a scalar whose operators build `arith` ops. Numbers become constants of the other side's dtype.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.dialects.arithmetic import Add, Divide, Maximum, Multiply, Subtract
from tessel.dialects.comparison import Select
from tessel.dialects.constant import build_constant
from tessel.dialects.conversion import Cast
from tessel.dialects.exponential import Exp, Log, Sqrt
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceMax, ReduceSum
from tessel.dialects.shape import DimOp, Reshape
from tessel.dialects.types import ArrayType, accumulation_dtype


@dataclass(frozen=True)
class TensorValue:
    """An array inside a decomposition."""

    value: ir.Value

    @property
    def type(self) -> ArrayType:
        return ArrayType.of(self.value)

    def __add__(self, other: "TensorValue | float") -> "TensorValue":
        return TensorValue(Add.build(self.value, self.lift(other).value))

    def __sub__(self, other: "TensorValue | float") -> "TensorValue":
        return TensorValue(Subtract.build(self.value, self.lift(other).value))

    def __mul__(self, other: "TensorValue | float") -> "TensorValue":
        return TensorValue(Multiply.build(self.value, self.lift(other).value))

    def __truediv__(self, other: "TensorValue | float") -> "TensorValue":
        return TensorValue(Divide.build(self.value, self.lift(other).value))

    def at_least(self, number: float) -> "TensorValue":
        """The larger of each element and `number`; NaN stays NaN."""
        return TensorValue(Maximum.build(self.value, self.lift(number).value))

    def exp(self) -> "TensorValue":
        return TensorValue(Exp.build(self.value))

    def log(self) -> "TensorValue":
        return TensorValue(Log.build(self.value))

    def sqrt(self) -> "TensorValue":
        return TensorValue(Sqrt.build(self.value))

    def reciprocal(self) -> "TensorValue":
        """One by each element."""
        return self.lift(1.0) / self

    def cast(self, dtype: np.dtype) -> "TensorValue":
        """The term in `dtype`; itself where it has that already."""
        return (
            self if self.type.dtype == dtype else TensorValue(Cast.build(self.value, dtype=dtype))
        )

    def widened(self) -> "TensorValue":
        """The term in the dtype in which sums of it are formed."""
        return self.cast(accumulation_dtype(self.type.dtype))

    def sum(self, axes: Sequence[int]) -> "TensorValue":
        """The sum along `axes`, which keep size 1."""
        return TensorValue(ReduceSum.build(self.value, axes=tuple(axes), keepdims=True))

    def max(self, axes: Sequence[int]) -> "TensorValue":
        """The largest element along `axes`, which keep size 1."""
        return TensorValue(ReduceMax.build(self.value, axes=tuple(axes), keepdims=True))

    def mean(self, axes: Sequence[int]) -> "TensorValue":
        """The mean along `axes`, which keep size 1; NaN where there is nothing to add."""
        sizes = [self.type.shape[axis] for axis in axes]
        static = [size for size in sizes if size is not None]
        total = self.sum(axes)
        count = self.lift(float(np.prod(static, dtype=np.int64)))
        for axis, size in zip(axes, sizes):
            if size is None:
                count = count * self.size(axis).cast(self.type.dtype)
        return total / count

    def size(self, axis: int) -> "TensorValue":
        """The size of one dimension, an int64 array of rank 0."""
        return TensorValue(DimOp.build(self.value, axis=axis))

    def reshape(self, shape: Sequence["int | TensorValue"]) -> "TensorValue":
        """The same elements under `shape`, whose dynamic sizes are terms from `size`."""
        sizes = [size.value for size in shape if isinstance(size, TensorValue)]
        static = tuple(-1 if isinstance(size, TensorValue) else size for size in shape)
        return TensorValue(Reshape.build(self.value, sizes, shape=static))

    def shape(self) -> list["int | TensorValue"]:
        """The shape as `reshape` takes it."""
        sizes = self.type.shape
        return [self.size(axis) if size is None else size for axis, size in enumerate(sizes)]

    def where(self, condition: "TensorValue", other: "TensorValue | float") -> "TensorValue":
        """This term where `condition` holds, `other` elsewhere."""
        return TensorValue(Select.build(condition.value, self.value, self.lift(other).value))

    def lift(self, other: "TensorValue | float") -> "TensorValue":
        """A number as a constant of this term's dtype."""
        if isinstance(other, TensorValue):
            return other
        return TensorValue(build_constant(np.array(other, self.type.dtype)))
