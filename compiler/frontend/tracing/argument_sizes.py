"""Sizes of a call's arguments as `Dim`s, and what a program assumes of them.

A program that was traced with the sizes of one call serves others for which its guards hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tessel.compiler.frontend.tracing.named_dims import Relation
from tessel.compiler.frontend.tracing.signature import Axes
from tessel.dialects.assumptions import Assumptions, SizeGuards
from tessel.dialects.dim import Dim
from tessel.dialects.polynomial import Polynomial, Symbol
from tessel.dialects.types import ArrayType


@dataclass
class ArgumentSizes:
    """The sizes of arguments while they are traced: a symbol for each dynamic axis."""

    static_types: Sequence[ArrayType]
    symbols: dict[tuple[int, int], Symbol]
    assumptions: Assumptions

    @staticmethod
    def of(
        types: Sequence[ArrayType],
        names: Sequence[str],
        axes: Axes,
        relations: Sequence[Relation],
        dim_type: type[Dim],
    ) -> "ArgumentSizes":
        """Sizes of arguments of these types in this call; `names` are the arguments'.

        What `relations` say of sizes is assumed from the start.
        """
        assumptions = Assumptions(dim_type=dim_type)
        symbols = {
            (argument, axis): assumptions.new_symbol(f"{names[argument]}.shape[{axis}]", size)
            for argument, one in enumerate(types)
            for axis, size in enumerate(one.sizes)
            if (argument, axis) in axes
        }
        for axis, other, factor, offset in relations:
            if axis in symbols and other in symbols:
                said = Polynomial.of(symbols[other]) * Polynomial.of(factor) + Polynomial.of(offset)
                assumptions.is_true(Polynomial.of(symbols[axis]) - said, "==")
        return ArgumentSizes(types, symbols, assumptions)

    @property
    def types(self) -> list[ArrayType]:
        """The arguments' types: sizes that have become numbers are these."""
        return [
            one.with_shape([self._size(argument, axis) for axis in range(one.rank)])
            for argument, one in enumerate(self.static_types)
        ]

    @property
    def guards(self) -> SizeGuards:
        """What has been assumed so far."""
        positions = {symbol: position for position, symbol in self.symbols.items()}
        pinned = self.assumptions.pinned()
        pinned_axes = [axis for axis, symbol in self.symbols.items() if symbol in pinned]
        return SizeGuards(tuple(self.assumptions.guards), positions, frozenset(pinned_axes))

    def _size(self, argument: int, axis: int) -> Any:
        symbol = self.symbols.get((argument, axis))
        if symbol is None:
            return self.static_types[argument].sizes[axis]
        return self.assumptions.dim(Polynomial.of(symbol))
