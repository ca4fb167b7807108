"""Sizes of the arrays of a function, as expressions of the dynamic sizes of its arguments.

    %y = tensor.expand_shape %x [[0, 1]] output_shape [%n, 12]    ->    s0, 12

Affine expressions, since MLIR folds, compares, prints and parses them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

from tessel.compiler.emit.index import Index
from tessel.compiler.kernels.dispatch import CALL
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import DYNAMIC, ir
from tessel.dialects.types import dtype_of
from tessel.runtime.size_expressions import ArgumentSize, ComputedSize, Size

_ARITHMETIC = {
    "arith.addi": ir.AffineExpr.get_add,
    "arith.muli": ir.AffineExpr.get_mul,
    "arith.divui": ir.AffineExpr.get_floor_div,
    "arith.divsi": ir.AffineExpr.get_floor_div,
    "arith.ceildivui": ir.AffineExpr.get_ceil_div,
    "arith.remui": ir.AffineExpr.get_mod,
}
"""Ops on numbers that are not negative, and the expressions that they are."""

_ON_INDICES = {
    ir.AffineAddExpr: Index.__add__,
    ir.AffineMulExpr: Index.__mul__,
    ir.AffineFloorDivExpr: Index.__floordiv__,
    ir.AffineCeilDivExpr: Index.ceildiv,
    ir.AffineModExpr: Index.__mod__,
}

_ON_SIZES = {
    ir.AffineAddExpr: partial(ComputedSize, "add"),
    ir.AffineMulExpr: partial(ComputedSize, "multiply"),
    ir.AffineFloorDivExpr: partial(ComputedSize, "floor_divide"),
    ir.AffineCeilDivExpr: partial(ComputedSize, "ceil_divide"),
    ir.AffineModExpr: partial(ComputedSize, "remainder"),
}

_Number = TypeVar("_Number")


class UnknownSizeError(Exception):
    """A size that does not follow from the sizes of arguments, as far as can be told."""


@dataclass(frozen=True)
class ArraySizes:
    """Sizes of what a function with these arguments computes.

    Raises UnknownSizeError for those that do not follow from the arguments' sizes.
    """

    arguments: list[ir.Value]

    @cached_property
    def symbols(self) -> dict[tuple[int, int], int]:
        """The dynamic sizes, (argument, axis), and the numbers of their symbols."""
        unknown = (
            (number, axis)
            for number, argument in enumerate(self.arguments)
            for axis, size in enumerate(_shape(argument))
            if size == DYNAMIC
        )
        return {one: number for number, one in enumerate(unknown)}

    def along(self, value: ir.Value, axis: int) -> ir.AffineExpr:
        """The size of an array along an axis."""
        size = _shape(value)[axis]
        if size != DYNAMIC:
            return ir.AffineExpr.get_constant(size)
        owner = owner_of(value)
        if owner is None:
            argument = ir.BlockArgument(value).arg_number
            return ir.AffineExpr.get_symbol(self.symbols[argument, axis])
        before = [one for one in _shape(value)[:axis] if one == DYNAMIC]
        if owner.name == "tensor.cast":
            return self.along(owner.operands[0], axis)
        if owner.name == "tensor.expand_shape":
            return self.number(owner.operands[1 + len(before)])
        if owner.name == "tensor.collapse_shape":
            group = ir.ArrayAttr(ir.ArrayAttr(owner.attributes["reassociation"])[axis])
            axes = [ir.IntegerAttr(one).value for one in group]
            return self._product(owner.operands[0], axes)
        if owner.name == "tensor.reshape":
            shape = owner_of(owner.operands[1])
            if shape is not None and shape.name == "tensor.from_elements":
                return self.number(shape.operands[axis])
        if owner.name == CALL:
            return self.number(_result_sizes(owner)[_position_of_size(owner, value, axis)])
        raise UnknownSizeError(owner.name)

    def nbytes(self, value: ir.Value) -> ir.AffineExpr:
        """The bytes of an array."""
        itemsize = dtype_of(ir.RankedTensorType(value.type).element_type).itemsize
        return self._product(value, range(len(_shape(value)))) * itemsize

    def number(self, value: ir.Value) -> ir.AffineExpr:
        """An `index` that is computed from sizes."""
        owner = owner_of(value)
        if owner is None:
            raise UnknownSizeError("an argument")
        if owner.name == "arith.constant":
            return ir.AffineExpr.get_constant(ir.IntegerAttr(owner.attributes["value"]).value)
        if owner.name == "arith.index_cast":
            return self.number(owner.operands[0])
        if owner.name == "tensor.dim":
            axis = static_size(self.number(owner.operands[1]))
            if axis is not None:
                return self.along(owner.operands[0], axis)
        if owner.name in _ARITHMETIC:
            left, right = (self.number(one) for one in owner.operands)
            return _ARITHMETIC[owner.name](left, right)
        raise UnknownSizeError(owner.name)

    def _product(self, value: ir.Value, axes: Iterable[int]) -> ir.AffineExpr:
        product = ir.AffineExpr.get_constant(1)
        for axis in axes:
            product = product * self.along(value, axis)
        return product


def static_size(size: ir.AffineExpr) -> int | None:
    """The number that a size is, where it depends on no argument."""
    # What arithmetic makes has the Python type of its operation, whatever it was folded to.
    size = size.maybe_downcast()
    return size.value if isinstance(size, ir.AffineConstantExpr) else None


def as_index(size: ir.AffineExpr, symbols: Sequence[Index]) -> Index:
    """An expression as a number of IR, for these symbols."""
    return _computed(size, Index, symbols, _ON_INDICES)


def as_size(size: ir.AffineExpr, symbols: Iterable[tuple[int, int]]) -> Size:
    """An expression as the runtime computes it; `symbols` are arguments and axes."""
    return _computed(size, int, [ArgumentSize(*one) for one in symbols], _ON_SIZES)


def _computed(
    size: ir.AffineExpr,
    constant: Callable[[int], _Number],
    symbols: Sequence[_Number],
    operations: Mapping[type, Callable[[_Number, _Number], _Number]],
) -> _Number:
    """What an expression is, where constants, symbols and operations are these."""
    size = size.maybe_downcast()
    if isinstance(size, ir.AffineConstantExpr):
        return constant(size.value)
    if isinstance(size, ir.AffineSymbolExpr):
        return symbols[size.position]
    assert isinstance(size, ir.AffineBinaryExpr), "other expressions have two parts"
    left, right = (_computed(one, constant, symbols, operations) for one in (size.lhs, size.rhs))
    return operations[type(size)](left, right)


def _shape(value: ir.Value) -> list[int]:
    is_array = isinstance(value.type, ir.RankedTensorType)
    return list(ir.RankedTensorType(value.type).shape) if is_array else []


def _result_sizes(call: ir.Operation) -> list[ir.Value]:
    """The dynamic sizes of all results of a call, in order."""
    count = sum(_shape(one).count(DYNAMIC) for one in call.results)
    return list(call.operands)[len(call.operands) - count :]


def _position_of_size(call: ir.Operation, value: ir.Value, axis: int) -> int:
    """The position of a dynamic size among those of all results of a call."""
    position = _shape(value)[:axis].count(DYNAMIC)
    results = list(call.results)
    return position + sum(_shape(one).count(DYNAMIC) for one in results[: results.index(value)])
