"""Epilogues in kernels: the elementwise ops of a fusion, applied to vectors of its results."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.analysis.epilogue import COLUMN, MATRIX, ROW, SCALAR, operand_kind
from tessel.compiler.emit.element import Element, cast, constant
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import to_bfloat16
from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.emit.vector import broadcast, load, load_vector, store_vector
from tessel.compiler.kernels.dispatch import Buffer
from tessel.compiler.lowering import activation, arithmetic, comparison, conversion, exponential
from tessel.compiler.lowering.registry import element_functions
from tessel.dialects.arithmetic import Add, Maximum, Minimum, Multiply, Subtract
from tessel.dialects.base import TesselOp
from tessel.dialects.constant import Constant
from tessel.dialects.conversion import Cast
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.trigonometric import Tanh
from tessel.dialects.types import ArrayType, Shape, accumulation_dtype, bfloat16, is_float

_INT32 = (np.dtype(np.int32),)
_INTEGERS = (*_INT32, np.dtype(np.int8), np.dtype(np.uint8))

_INTEGER_OPS = (Add, Subtract, Multiply, Maximum, Minimum)
"""What kernels compute on vectors of int32; casts beside it."""

_FAMILIES = (activation, arithmetic, comparison, conversion, exponential)


def is_vectorized(cls: type[TesselOp]) -> bool:
    """Whether kernels can apply an op to vectors of floats."""
    function = element_functions().get(cls)
    names = {family.__name__ for family in _FAMILIES}
    return cls is Tanh or (function is not None and function.__module__ in names)


@dataclass(frozen=True)
class Epilogue:
    """Ops in program order, from `start`, the contraction's result, to `end`.

    `inputs` are what they read beside `start`; `numbers`, constants of one element, are part of
    the code. The last `trailing_axes` dimensions of arrays are one to the kernel.
    """

    start: ir.Value
    ops: list[OpInstance]
    end: ir.Value
    inputs: list[ir.Value]
    numbers: list[ir.Value]
    trailing_axes: int = 1

    @staticmethod
    def of(
        start: ir.Value, ops: Sequence[OpInstance], end: ir.Value, trailing_axes: int = 1
    ) -> "Epilogue":
        """The ops that lead from `start` to `end`."""
        made = {start, *(op.result for op in ops)}
        operands = [value for op in ops for value in op.operation.operands]
        read = list(dict.fromkeys(value for value in operands if value not in made))
        inputs = [value for value in read if constant_number(value) is None]
        numbers = [value for value in read if constant_number(value) is not None]
        return Epilogue(start, list(ops), end, inputs, numbers, trailing_axes)

    @property
    def shape(self) -> Shape:
        return ArrayType.of(self.start).shape

    def tensors(self) -> list[ir.Value]:
        """The inputs as the kernel takes them: with as many dimensions as they have kinds of."""
        return [self._flat(value) for value in self.inputs]

    def _flat(self, value: ir.Value) -> ir.Value:
        kind = self._kind(value)
        if kind == SCALAR:
            return value
        if kind == MATRIX:
            return flat_matrix(value, self.trailing_axes)
        return collapse(value, [list(range(ArrayType.of(value).rank))])

    def _kind(self, value: ir.Value) -> str:
        kind = operand_kind(ArrayType.of(value), self.shape, self.trailing_axes)
        assert kind is not None, "fuse_epilogues takes in what can be loaded"
        return kind

    def apply(
        self,
        accumulated: Element,
        buffers: Sequence[Buffer],
        row: Index,
        column: Index,
        lanes: int,
        mask: ir.Value | None = None,
    ) -> Element:
        """The results at `row` and `lanes` columns from `column` on.

        Half precision is computed in float32 and rounded once.
        """
        start = cast(accumulated, _computed(self.start))
        known = {self.start: start}
        for value in self.numbers:
            known[value] = constant(constant_number(value), _computed(value))
        for value, buffer in zip(self.inputs, buffers):
            loaded = self._load(value, buffer, row, column, lanes, mask)
            known[value] = cast(Element(loaded, ArrayType.of(value).dtype), _computed(value))
        for op in self.ops:
            operands = [known[value] for value in op.operands]
            if op.cls is Cast:
                known[op.result] = cast(operands[0], _computed(op.result))
            else:
                known[op.result] = element_functions()[op.cls](*operands, **op.attributes)
        result, dtype = known[self.end].spread(start), ArrayType.of(self.end).dtype
        if dtype == bfloat16:
            return Element(to_bfloat16(result.value), dtype)
        return cast(result, dtype)

    def store(
        self,
        accumulated: Element,
        buffers: Sequence[Buffer],
        result: Buffer,
        row: Index,
        column: Index,
        lanes: int,
        mask: ir.Value | None = None,
    ) -> None:
        """Writes what `apply` gives to its row and column of `result`."""
        made = self.apply(accumulated, buffers, row, column, lanes, mask)
        store_vector(made.value, result.memref, [row, column], mask)

    def _load(
        self,
        value: ir.Value,
        buffer: Buffer,
        row: Index,
        column: Index,
        lanes: int,
        mask: ir.Value | None,
    ) -> ir.Value:
        kind = self._kind(value)
        if kind == MATRIX:
            return load_vector(buffer.memref, [row, column], lanes, mask)
        if kind == ROW:
            return load_vector(buffer.memref, [column], lanes, mask)
        indices = [row] if kind == COLUMN else [Index(0)] * len(buffer.shape)
        return broadcast(load(buffer.memref, indices), lanes)


def _computed(value: ir.Value) -> np.dtype:
    """The dtype in which elements of `value` are computed."""
    return accumulation_dtype(ArrayType.of(value).dtype)


def number_of(value: ir.Value) -> bool | int | float | complex | None:
    """The number that a constant of one element is."""
    op = defining_op(value, Constant)
    if op is None or op.result_type.size != 1:
        return None
    return op.attributes["value"].reshape(-1)[0].item()


def constant_number(value: ir.Value) -> float | None:
    """The real number that a constant of one element is."""
    number = number_of(value)
    return None if number is None or isinstance(number, complex) else float(number)


def flat_matrix(value: ir.Value, trailing_axes: int) -> ir.Value:
    """An array whose last `trailing_axes` dimensions are one, and those before them another."""
    array = ArrayType.of(value)
    lead = array.rank - trailing_axes
    if lead:
        return collapse(value, [list(range(lead)), list(range(lead, array.rank))])
    row = collapse(value, [list(range(array.rank))])
    return expand(row, [[0, 1]], array.with_shape((1, array.size)), [])


def from_flat_matrix(value: ir.Value, trailing_axes: int, target: ArrayType) -> ir.Value:
    """The inverse of `flat_matrix`: `value` as `target`."""
    lead = target.rank - trailing_axes
    if lead:
        return expand(value, [list(range(lead)), list(range(lead, target.rank))], target, [])
    row = collapse(value, [[0, 1]])
    return expand(row, [list(range(target.rank))], target, [])


def fits_epilogue(op: OpInstance, shape: Shape, trailing_axes: int = 1) -> bool:
    """Whether a kernel whose results have `shape` can compute `op` on them.

    The last `trailing_axes` dimensions are one to it.
    """
    types = [ArrayType.of(value) for value in op.operation.operands]
    return (
        is_vectorized(op.cls)
        and op.result_type.shape == shape
        and all(operand_kind(one, shape, trailing_axes) for one in types)
        and _has_lanes(op.cls, [one.dtype for one in (*types, op.result_type)])
    )


def _has_lanes(cls: type[TesselOp], dtypes: Sequence[np.dtype]) -> bool:
    """Whether kernels compute `cls` on vectors of these dtypes."""
    integers = _INTEGERS if cls is Cast else _INT32 if cls in _INTEGER_OPS else ()
    return all(is_float(dtype) or dtype in integers for dtype in dtypes)
