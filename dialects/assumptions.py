"""What is assumed of the sizes of a program while it is made.

A question about sizes (`n == m`, `n >= 3`) is answered by the sizes of the call that is traced, its
*hints*, and the answer is written down as a `Guard`: the program serves all calls for which its
guards hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tessel.dialects.polynomial import Polynomial, Symbol


class DataDependentSizeError(Exception):
    """A question about a size that depends on data, which no hint answers."""


@dataclass(frozen=True)
class Guard:
    """What must hold of sizes: a polynomial that `is zero`, `is not zero` or `is not negative`."""

    polynomial: Polynomial
    relation: str

    def holds(self, value_of: Callable[[Symbol], int]) -> bool:
        """Whether it holds for these sizes."""
        number = self.polynomial.evaluate(value_of)
        return _RELATIONS[self.relation](number)

    def __str__(self) -> str:
        left, right = self.polynomial.sides()
        return f"{left} {self.relation} {right}"


_RELATIONS: dict[str, Callable[[int], bool]] = {
    "==": lambda number: number == 0,
    "!=": lambda number: number != 0,
    ">=": lambda number: number >= 0,
}


@dataclass(frozen=True)
class SizeGuards:
    """Guards, and which size of which argument each symbol is: (argument, axis).

    The sizes of `pinned_axes` have become numbers of the program.
    """

    guards: tuple[Guard, ...] = ()
    argument_axes: Mapping[Symbol, tuple[int, int]] = field(default_factory=dict)
    pinned_axes: frozenset[tuple[int, int]] = frozenset()

    def broken_by(self, shapes: Sequence[Sequence[int]]) -> Guard | None:
        """The first guard that does not hold for arguments of these shapes; None where all do."""
        argument_axes = self.argument_axes

        def size_of(symbol: Symbol) -> int:
            argument, axis = argument_axes[symbol]
            return shapes[argument][axis]

        return next((guard for guard in self.guards if not guard.holds(size_of)), None)


@dataclass(eq=False)
class Assumptions:
    """Symbols of one program, their values in the call that is traced, and what was assumed.

    `solved` follows from guards: symbols that are other polynomials or numbers. `unproven` are
    sizes that an op needs to be equal though they depend on data, as pairs. `dim_type` is the class
    of its sizes, which a front end extends. Without hints, what is asked of `arguments` is assumed.
    """

    dim_type: Callable[[Polynomial, "Assumptions"], Any]
    hints: dict[Symbol, int] = field(default_factory=dict)
    guards: dict[Guard, None] = field(default_factory=dict)
    solved: dict[Symbol, Polynomial] = field(default_factory=dict)
    unproven: list[tuple[Polynomial, Polynomial]] = field(default_factory=list)
    arguments: set[Symbol] = field(default_factory=set)
    count: int = 0

    def new_symbol(self, name: str, hint: int | None = None) -> Symbol:
        """A new symbol; without a hint it depends on data."""
        symbol = Symbol(self.count, name)
        self.count += 1
        if hint is not None:
            self.hints[symbol] = hint
        return symbol

    def of_data(self) -> Any:
        """A new size that depends on data."""
        return self._as_dim(Polynomial.of(self.new_symbol(f"u{self.count}")))

    def dim(self, polynomial: Polynomial) -> Any:
        """A polynomial as a size: a number where it has become one."""
        resolved = polynomial.substitute(self.solved)
        size: Any = resolved.constant
        return self._as_dim(resolved) if size is None else size

    def _as_dim(self, polynomial: Polynomial) -> Any:
        return self.dim_type(polynomial, self)

    def is_true(self, polynomial: Polynomial, relation: str) -> bool:
        """The answer for the call that is traced; True is then written down as a guard.

        Raises DataDependentSizeError where no hint answers.
        """
        resolved = polynomial.substitute(self.solved)
        if resolved.constant is not None:
            return _RELATIONS[relation](resolved.constant)
        least = resolved.is_at_least
        if least is not None and _follows(relation, least):
            return True
        guard = Guard(resolved, relation)
        if guard in self.guards:
            return True
        if resolved.symbols <= self.arguments:
            self._assume(guard)
            return True
        if not self.are_hinted(resolved):
            raise DataDependentSizeError(str(guard))
        if not guard.holds(self.hints.__getitem__):
            return False
        self._assume(guard)
        return True

    def are_hinted(self, polynomial: Polynomial) -> bool:
        """Whether the call that is traced says what this is."""
        return all(symbol in self.hints for symbol in polynomial.symbols)

    def pin(self, polynomial: Polynomial) -> int:
        """The number that this is in the call that is traced; assumed from here on."""
        resolved = polynomial.substitute(self.solved)
        if not self.are_hinted(resolved):
            raise DataDependentSizeError(str(resolved))
        number = resolved.evaluate(self.hints.__getitem__)
        difference = resolved - Polynomial.of(number)
        if next(difference.solutions(), None) is None:
            for symbol in sorted(resolved.symbols, key=lambda one: one.number):
                self.is_true(Polynomial.of(symbol) - Polynomial.of(self.hints[symbol]), "==")
        self.is_true(difference, "==")
        return number

    def pinned(self) -> dict[Symbol, int]:
        """The symbols that have become numbers."""
        found = {symbol: self.dim(Polynomial.of(symbol)) for symbol in self.hints}
        return {symbol: size for symbol, size in found.items() if isinstance(size, int)}

    def _assume(self, guard: Guard) -> None:
        self.guards[guard] = None
        solution = next(guard.polynomial.solutions(), None) if guard.relation == "==" else None
        if solution is not None:
            symbol, value = solution
            self.solved = {one: old.substitute({symbol: value}) for one, old in self.solved.items()}
            self.solved[symbol] = value


def _follows(relation: str, least: int) -> bool:
    return least >= 0 if relation == ">=" else relation == "!=" and least > 0
