"""Which sizes the arrays of a program have: IR says `?`, here it is a `Dim`.

    %y = tessel.add %x, %b : tensor<?x8xf32>         ->    (n, 8)

The other way, a `Dim` becomes an int64 array of rank 0 where the program needs its value.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.dialects.arithmetic import Add, FloorDivide, Multiply, Subtract
from tessel.dialects.assumptions import Assumptions
from tessel.dialects.base import TesselOp
from tessel.dialects.constant import Constant, build_constant
from tessel.dialects.dim import Dim, Dimension, Size
from tessel.dialects.instance import OpInstance, maker_of
from tessel.dialects.mlir import ir
from tessel.dialects.polynomial import Atom, Polynomial, Symbol
from tessel.dialects.shape import DimOp
from tessel.dialects.types import ArrayType

Build = Callable[..., Any]


class ValueSizes:
    """The types of values with `Dim`s, and the values of `Dim`s.

    Sizes that depend on data get a symbol each: one symbol for all that are computed in the same
    way from the same values.
    """

    def __init__(self, assumptions: Assumptions):
        self.assumptions = assumptions
        self._types: dict[ir.Value, ArrayType] = {}
        self._sources: dict[Symbol, tuple[ir.Value, int] | ir.Value] = {}
        self._dims: dict[Any, Dim] = {}
        self._sizes: dict[ir.Value, Dim] = {}
        # What was in these before each change, in order.
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []

    def enter(self, values: Sequence[ir.Value], types: Sequence[ArrayType]) -> None:
        """States the types of values that no op of the dialect makes: arguments, results of loops.

        Each symbol of an argument is from then on the size of that argument.
        """
        for value, array_type in zip(values, types):
            if array_type.is_static:
                continue
            self._set(self._types, value, array_type)
            for axis, size in enumerate(array_type.shape):
                for symbol in size.polynomial.symbols if isinstance(size, Dim) else ():
                    if symbol not in self._sources:
                        self._set(self._sources, symbol, (value, axis))

    def note(self, operation: ir.Operation, types: Sequence[ArrayType]) -> None:
        """Remembers what an op's results are."""
        for value, array_type in zip(operation.results, types):
            self._note(value, array_type)

    def types_of(self, operand: Any) -> Any:
        """The type of a value, or those of several, which may be sizes: what they stand for."""
        if operand is None:
            return None
        if isinstance(operand, ir.Value):
            return self.type_of(operand)
        types = [self.type_of(one) for one in operand]
        return [
            ArrayType(one.dtype, (), self.size_of(value)) if _is_size(one) else one
            for one, value in zip(types, operand)
        ]

    def type_of(self, value: ir.Value) -> ArrayType:
        """The type of a value; in its shape are numbers and `Dim`s."""
        found = ArrayType.of(value)
        if found.is_static:
            return found
        known = self._types.get(value)
        if known is not None and known.rank == found.rank and known.dtype == found.dtype:
            return known
        return self._note(value, found)

    def size_of(self, value: ir.Value) -> Size:
        """The size that an int64 array of rank 0 is."""
        known = self._stands_for(value)
        if known is not None:
            return known
        key = _value_number(value)
        dim = self._dims.get(key)
        if dim is None:
            dim = self.assumptions.of_data()
            self._set(self._dims, key, dim)
            self._set(self._sources, _symbol(dim), value)
        return dim

    def value_of(self, size: Size, build: Build) -> ir.Value:
        """An int64 array of rank 0 that holds a size; `build` adds ops to the program."""
        if not isinstance(size, Dim):
            return build_constant(np.array(size, np.int64))
        value = self._of_polynomial(size.polynomial, build)
        self._set(self._sizes, value, size)
        return value

    def mark(self) -> int:
        """A point to go back to."""
        return len(self._journal)

    def forget_since(self, mark: int) -> None:
        """Forgets what was learned since a mark, of values that are erased.

        Others may be made at their addresses, and would be taken for them.
        """
        while len(self._journal) > mark:
            mapping, key, before = self._journal.pop()
            if before is None:
                del mapping[key]
            else:
                mapping[key] = before

    def forget(self) -> None:
        """Lets go of all values, which do not outlive their program."""
        for one in (self._types, self._sources, self._dims, self._sizes, self._journal):
            one.clear()

    def _set(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        self._journal.append((mapping, key, mapping.get(key)))
        mapping[key] = value

    def _note(self, value: ir.Value, array_type: ArrayType) -> ArrayType:
        if array_type.is_static:
            if value in self._types:
                self._set(self._types, value, array_type)
            return array_type
        shape: list[Any] = [
            self._of_axis(value, axis) if size is None else size
            for axis, size in enumerate(array_type.shape)
        ]
        noted = array_type.with_shape(shape)
        self._set(self._types, value, noted)
        return noted

    def _of_axis(self, value: ir.Value, axis: int) -> Dim:
        dim = self.assumptions.of_data()
        self._set(self._sources, _symbol(dim), (value, axis))
        return dim

    def _stands_for(self, value: ir.Value) -> Dimension:
        size = self._sizes.get(value)
        if size is not None:
            return self.assumptions.dim(size.polynomial)
        maker = maker_of(value)
        if maker is None:
            return None
        if maker.cls is Constant:
            return int(maker.attributes["value"])
        if maker.cls is DimOp:
            return self.type_of(maker.operands[0]).shape[maker.attributes["axis"]]
        if maker.cls not in _ARITHMETIC:
            return None
        parts = [self._part(one) for one in maker.operands]
        if None in parts:
            return None
        left, right = parts
        return _ARITHMETIC[maker.cls](left, right)

    def _part(self, value: ir.Value) -> Dimension:
        return self._stands_for(value) if _is_size(ArrayType.of(value)) else None

    def _of_polynomial(self, polynomial: Polynomial, build: Build) -> ir.Value:
        total: ir.Value | None = None
        for monomial, coefficient in polynomial.terms:
            factors = [self._of_atom(atom, build) for atom in monomial]
            if coefficient != 1 or not factors:
                factors.append(build_constant(np.array(coefficient, np.int64)))
            product = factors[0]
            for factor in factors[1:]:
                product = build(Multiply, product, factor)
            total = product if total is None else build(Add, total, product)
        return build_constant(np.array(0, np.int64)) if total is None else total

    def _of_atom(self, atom: Atom, build: Build) -> ir.Value:
        if not isinstance(atom, Symbol):
            above = self._of_polynomial(atom.numerator, build)
            return build(FloorDivide, above, self._of_polynomial(atom.denominator, build))
        source = self._sources[atom]
        if isinstance(source, tuple):
            return build(DimOp, source[0], axis=source[1])
        return source


_ARITHMETIC: dict[type[TesselOp], Callable[[Any, Any], Any]] = {
    Add: lambda x, y: x + y,
    FloorDivide: lambda x, y: x // y,
    Multiply: lambda x, y: x * y,
    Subtract: lambda x, y: x - y,
}


def _symbol(dim: Dim) -> Symbol:
    (symbol,) = dim.polynomial.symbols
    return symbol


def _value_number(value: ir.Value) -> Any:
    """Equal for values that the same ops compute from the same values."""
    maker = maker_of(value)
    if maker is None or not _is_scalar(value):
        return value
    attributes = tuple(sorted((name, str(one)) for name, one in maker.attributes.items()))
    return (maker.cls, attributes, tuple(_value_number(one) for one in _flat(maker)))


def _is_size(array_type: ArrayType) -> bool:
    return not array_type.shape and array_type.dtype == np.int64


def _is_scalar(value: ir.Value) -> bool:
    return isinstance(value.type, ir.RankedTensorType) and not ir.RankedTensorType(value.type).rank


def _flat(maker: OpInstance) -> list[ir.Value]:
    groups = [one if isinstance(one, list) else [one] for one in maker.operands]
    return [value for group in groups for value in group if value is not None]
