"""Sizes as polynomials with integer coefficients, in one form whatever led to them.

    (n + 1) * 2 - n        ->  n + 2
    (n * m) // n           ->  (n * m) // n, an atom of its own where it does not divide

What a symbol stands for is not known here; `dim.py` says it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Symbol:
    """An unknown number that is not negative; `name` is how it is printed."""

    number: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Quotient:
    """The floor of one polynomial divided by another."""

    numerator: "Polynomial"
    denominator: "Polynomial"

    def __str__(self) -> str:
        return f"({self.numerator} // {self.denominator})"


Atom = Symbol | Quotient
Monomial = tuple[Atom, ...]


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials (sorted atoms) with coefficients that are not zero."""

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(value: "int | Atom") -> "Polynomial":
        """A number or an atom by itself."""
        return _collected({(): value} if isinstance(value, int) else {(value,): 1})

    @cached_property
    def constant(self) -> int | None:
        """The number that this is, None where it depends on symbols."""
        if not self.terms:
            return 0
        (monomial, coefficient), *rest = self.terms
        return coefficient if not rest and not monomial else None

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """All symbols, also those within quotients."""
        found: set[Symbol] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                if isinstance(atom, Symbol):
                    found.add(atom)
                else:
                    found |= atom.numerator.symbols | atom.denominator.symbols
        return frozenset(found)

    def __add__(self, other: "Polynomial") -> "Polynomial":
        return _collected(_summed(self, other))

    def __sub__(self, other: "Polynomial") -> "Polynomial":
        return self + other * _MINUS_ONE

    def __mul__(self, other: "Polynomial") -> "Polynomial":
        products: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in other.terms:
                monomial = tuple(sorted((*left, *right), key=str))
                products[monomial] = products.get(monomial, 0) + a * b
        return _collected(products)

    def __floordiv__(self, other: "Polynomial") -> "Polynomial":
        """Division by what is not zero, rounded down."""
        exact = self.divided_by(other)
        if exact is not None:
            return exact
        common = _common_factors(self, other)
        if common.constant == 1:
            return Polynomial.of(Quotient(self, other))
        above, below = self.divided_by(common), other.divided_by(common)
        assert above is not None, "a common factor divides"
        assert below is not None, "a common factor divides"
        return above // below

    def divided_by(self, other: "Polynomial") -> "Polynomial | None":
        """The quotient where each term is divisible, or both are numbers; else None."""
        if len(other.terms) != 1:
            return None
        monomial, coefficient = other.terms[0]
        if self.constant is not None and not monomial:
            return Polynomial.of(self.constant // coefficient)
        found: dict[Monomial, int] = {}
        for atoms, number in self.terms:
            rest = _without(atoms, monomial)
            if rest is None or number % coefficient:
                return None
            found[rest] = number // coefficient
        return _collected(found)

    def evaluate(self, value_of: Callable[[Symbol], int]) -> int:
        """The number for these values of symbols."""
        total = 0
        for monomial, coefficient in self.terms:
            for atom in monomial:
                if isinstance(atom, Symbol):
                    coefficient *= value_of(atom)
                else:
                    below = atom.denominator.evaluate(value_of)
                    coefficient *= atom.numerator.evaluate(value_of) // below
            total += coefficient
        return total

    def substitute(self, solved: Mapping[Symbol, "Polynomial"]) -> "Polynomial":
        """With symbols replaced by polynomials."""
        if self.symbols.isdisjoint(solved):
            return self
        total = _ZERO
        for monomial, coefficient in self.terms:
            product = Polynomial.of(coefficient)
            for atom in monomial:
                product = product * _substituted(atom, solved)
            total = total + product
        return total

    def solutions(self) -> Iterator[tuple[Symbol, "Polynomial"]]:
        """Each symbol, with what it is where this is zero; later symbols first."""
        for monomial, coefficient in sorted(self.terms, key=_latest, reverse=True):
            if len(monomial) == 1 and isinstance(monomial[0], Symbol) and abs(coefficient) == 1:
                rest = self - Polynomial(((monomial, coefficient),))
                if monomial[0] not in rest.symbols:
                    yield monomial[0], rest * Polynomial.of(-coefficient)

    def sides(self) -> "tuple[Polynomial, Polynomial]":
        """Two polynomials without negative terms whose difference this is."""
        positive = Polynomial(tuple(term for term in self.terms if term[1] > 0))
        negative = tuple((monomial, -number) for monomial, number in self.terms if number < 0)
        return positive, Polynomial(negative)

    @cached_property
    def is_at_least(self) -> int | None:
        """A number that this is never below since symbols are not negative; None where none."""
        if any(coefficient < 0 for monomial, coefficient in self.terms if monomial):
            return None
        signs = (atom for monomial, _ in self.terms for atom in monomial)
        if not all(isinstance(atom, Symbol) or _is_positive(atom) for atom in signs):
            return None
        return dict(self.terms).get((), 0)

    def __str__(self) -> str:
        texts = []
        for monomial, coefficient in self.terms:
            factors = [str(atom) for atom in monomial]
            if coefficient != 1 or not factors:
                factors.insert(0, str(coefficient))
            texts.append(" * ".join(factors))
        if len(texts) < 2:
            return texts[0] if texts else "0"
        return f"({' + '.join(texts)})"


def _summed(left: Polynomial, right: Polynomial) -> dict[Monomial, int]:
    terms = dict(left.terms)
    for monomial, coefficient in right.terms:
        terms[monomial] = terms.get(monomial, 0) + coefficient
    return terms


def _collected(terms: Mapping[Monomial, int]) -> Polynomial:
    kept = ((monomial, number) for monomial, number in terms.items() if number)
    return Polynomial(tuple(sorted(kept, key=lambda term: [str(atom) for atom in term[0]])))


def _common_factors(*polynomials: Polynomial) -> Polynomial:
    """The atoms that all terms have in common, times what divides all coefficients."""
    terms = [term for one in polynomials for term in one.terms]
    atoms = list(terms[0][0]) if terms else []
    for monomial, _ in terms[1:]:
        rest, shared = list(monomial), []
        for atom in atoms:
            if atom in rest:
                rest.remove(atom)
                shared.append(atom)
        atoms = shared
    number = math.gcd(*(coefficient for _, coefficient in terms))
    return Polynomial(((tuple(atoms), max(number, 1)),))


def _without(atoms: Monomial, taken: Monomial) -> Monomial | None:
    rest = list(atoms)
    for atom in taken:
        if atom not in rest:
            return None
        rest.remove(atom)
    return tuple(rest)


def _substituted(atom: Atom, solved: Mapping[Symbol, Polynomial]) -> Polynomial:
    if isinstance(atom, Symbol):
        return solved.get(atom) or Polynomial.of(atom)
    below = atom.denominator.substitute(solved)
    return atom.numerator.substitute(solved) // below


def _is_positive(quotient: Quotient) -> bool:
    above, below = quotient.numerator.is_at_least, quotient.denominator.constant
    return above is not None and above >= 0 and below is not None and below > 0


def _latest(term: tuple[Monomial, int]) -> int:
    return max((atom.number for atom in term[0] if isinstance(atom, Symbol)), default=-1)


_ZERO = Polynomial(())
_MINUS_ONE = Polynomial.of(-1)
