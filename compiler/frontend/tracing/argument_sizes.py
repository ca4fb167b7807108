"""Sizes of a call's arguments as `Dim`s, and what a program assumes of them.

A program that was traced with the sizes of one call serves others for which its guards hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tessel.dialects.assumptions import Assumptions, SizeGuards
from tessel.dialects.dim import Dim
from tessel.dialects.polynomial import Polynomial, Symbol
from tessel.dialects.types import ArrayType


@dataclass
class ArgumentSizes:
    """The sizes of arguments while they are traced: a symbol for each axis of each array."""

    static_types: Sequence[ArrayType]
    symbols: dict[tuple[int, int], Symbol]
    assumptions: Assumptions

    @staticmethod
    def of(
        types: Sequence[ArrayType], names: Sequence[str], dim_type: type[Dim]
    ) -> "ArgumentSizes":
        """Sizes of arguments of these types in this call; `names` are the arguments'."""
        assumptions = Assumptions(dim_type=dim_type)
        symbols = {
            (argument, axis): assumptions.new_symbol(f"{names[argument]}.shape[{axis}]", size)
            for argument, one in enumerate(types)
            for axis, size in enumerate(one.sizes)
        }
        return ArgumentSizes(types, symbols, assumptions)

    @property
    def types(self) -> list[ArrayType]:
        """The arguments' types: sizes that have become numbers are these."""
        dim = self.assumptions.dim
        return [
            one.with_shape(
                [dim(Polynomial.of(self.symbols[argument, axis])) for axis in range(one.rank)]
            )
            for argument, one in enumerate(self.static_types)
        ]

    @property
    def guards(self) -> SizeGuards:
        """What has been assumed so far."""
        positions = {symbol: position for position, symbol in self.symbols.items()}
        return SizeGuards(tuple(self.assumptions.guards), positions)
