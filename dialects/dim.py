"""Sizes that are not one number while a program is made, and rules that hold for all sizes.

A `Dim` is a polynomial of symbols, each the size of one axis of one argument, or a size that
depends on data. It computes as an integer does, and answers what Python or an op asks of it
(`n == m`, `n > 3`, `range(n)`) by assumptions (`assumptions.py`).
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tessel.dialects.assumptions import Assumptions, DataDependentSizeError
from tessel.dialects.polynomial import Polynomial


class Dim:
    """A size that is not one number: it computes as an integer, and answers by guards.

    `int(n)`, `range(n)`, `hash(n)` and whatever else needs the number itself make the program one
    for this size alone.
    """

    __slots__ = ("assumptions", "polynomial")

    def __init__(self, polynomial: Polynomial, assumptions: Assumptions):
        self.polynomial, self.assumptions = polynomial, assumptions

    @property
    def resolved(self) -> Polynomial:
        """The polynomial, with what has been solved."""
        return self.polynomial.substitute(self.assumptions.solved)

    @property
    def hint(self) -> int | None:
        """The size in the call that is traced; None where it depends on data."""
        if not self.assumptions.are_hinted(self.polynomial):
            return None
        return self.polynomial.evaluate(self.assumptions.hints.__getitem__)

    def refuse(self, error: DataDependentSizeError) -> NoReturn:
        """Raises for a question about a size that depends on data."""
        raise error

    def __index__(self) -> int:
        try:
            return self.assumptions.pin(self.polynomial)
        except DataDependentSizeError as error:
            self.refuse(error)

    __int__ = __index__

    def __float__(self) -> float:
        return float(int(self))

    def __complex__(self) -> complex:
        return complex(int(self))

    def __hash__(self) -> int:
        return hash(int(self))

    def __bool__(self) -> bool:
        return self != 0

    def __repr__(self) -> str:
        return str(self.polynomial)

    def __str__(self) -> str:
        return str(int(self))

    def __format__(self, specification: str) -> str:
        return format(int(self), specification)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, float):
            return int(self) == other
        if not _is_size(other):
            return NotImplemented
        difference = self.polynomial - _polynomial(other)
        return self._answer(difference, "==") or not self._answer(difference, "!=")

    def __ne__(self, other: object) -> bool:
        if isinstance(other, float):
            return int(self) != other
        if not _is_size(other):
            return NotImplemented
        return not self == other

    def __ge__(self, other: Any) -> Any:
        if isinstance(other, float):
            return int(self) >= other
        if not _is_size(other):
            return NotImplemented
        return self._at_least(self.polynomial - _polynomial(other))

    def __gt__(self, other: Any) -> Any:
        if isinstance(other, float):
            return int(self) > other
        if not _is_size(other):
            return NotImplemented
        return self._at_least(self.polynomial - _polynomial(other) - _ONE)

    def __le__(self, other: Any) -> Any:
        if isinstance(other, float):
            return int(self) <= other
        if not _is_size(other):
            return NotImplemented
        return self._at_least(_polynomial(other) - self.polynomial)

    def __lt__(self, other: Any) -> Any:
        if isinstance(other, float):
            return int(self) < other
        if not _is_size(other):
            return NotImplemented
        return self._at_least(_polynomial(other) - self.polynomial - _ONE)

    def _at_least(self, difference: Polynomial) -> bool:
        return self._answer(difference, ">=") or not self._answer(_MINUS_ONE - difference, ">=")

    def _answer(self, difference: Polynomial, relation: str) -> bool:
        try:
            return self.assumptions.is_true(difference, relation)
        except DataDependentSizeError as error:
            self.refuse(error)

    def __add__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: x + y)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: x - y)

    def __rsub__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: y - x)

    def __mul__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: x * y)

    __rmul__ = __mul__

    def __neg__(self) -> "int | Dim":
        return self * -1

    def __pos__(self) -> "Dim":
        return self

    def __abs__(self) -> "int | Dim":
        return self if self >= 0 else -self

    def __floordiv__(self, other: Any) -> Any:
        return self._of(other, self._floor)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: self._floor(y, x))

    def __mod__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: x - y * self._floor(x, y))

    def __rmod__(self, other: Any) -> Any:
        return self._of(other, lambda x, y: y - x * self._floor(y, x))

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __pow__(self, exponent: Any) -> Any:
        if not isinstance(exponent, int) or not 0 <= exponent <= 4:
            return int(self) ** exponent
        product: Any = 1
        for _ in range(exponent):
            product = self * product
        return product

    def __rpow__(self, base: Any) -> Any:
        return base ** int(self)

    def __copy__(self) -> "Dim":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Dim":
        return self

    def _floor(self, above: Polynomial, below: Polynomial) -> Polynomial:
        if not self._answer(below, "!="):
            raise ZeroDivisionError("integer modulo by zero")
        return above // below

    def _of(self, other: Any, operation: Callable[[Polynomial, Polynomial], Polynomial]) -> Any:
        if not _is_size(other):
            return NotImplemented
        solved = self.assumptions.solved
        number = _polynomial(other).substitute(solved)
        return self.assumptions.dim(operation(self.resolved, number))


if TYPE_CHECKING:
    # IR has numbers and None. To what reads it a `Dim`, which computes as a number, is one.
    Size = Any
    Dimension = int | None
else:
    Size = int | Dim
    Dimension = int | Dim | None
"""A size: a number, a `Dim`, or None in IR, which does not name its dynamic sizes."""


def same_size(left: Dimension, right: Dimension) -> bool:
    """Whether two sizes are equal, or may be; what is assumed for it becomes a guard.

    Sizes that depend on data are taken as equal, and noted as `unproven`.
    """
    if left is None or right is None:
        return True
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    assumptions = left.assumptions if isinstance(left, Dim) else right.assumptions  # type: ignore[union-attr]
    one, other = _polynomial(left), _polynomial(right)
    try:
        return assumptions.is_true(one - other, "==")
    except DataDependentSizeError:
        assumptions.unproven.append((one, other))
        return True


def are_same(left: Dimension, right: Dimension) -> bool:
    """Whether two sizes are equal by what is known already; assumes nothing."""
    if not isinstance(left, Dim) and not isinstance(right, Dim):
        return left is not None and left == right
    if left is None or right is None:
        return False
    size = left if isinstance(left, Dim) else right
    difference = _polynomial(left) - _polynomial(right)
    return difference.substitute(size.assumptions.solved).constant == 0  # type: ignore[union-attr]


def may_be(size: Dimension, condition: Callable[[Any], bool]) -> bool:
    """Whether a condition holds of a size, or may: where it is unknown, or depends on data."""
    if size is None:
        return True
    try:
        return condition(size)
    except DataDependentSizeError:
        return True


def is_at_least(size: Dimension, least: Dimension) -> bool:
    """Whether one size is not below another, or may be so."""
    return least is None or may_be(size, lambda number: number >= least)


def is_empty(sizes: Sequence[Dimension]) -> bool:
    """Whether one of these sizes is 0, as far as is known."""
    return not all(may_be(size, lambda number: number != 0) for size in sizes)


def stretches(have: Dimension, want: Dimension) -> bool:
    """Whether a size broadcasts to another one."""
    if isinstance(have, int) and have == 1:
        return True
    return same_size(have, want) or same_size(have, 1)


def sum_of_sizes(left: Dimension, right: Dimension) -> Dimension:
    """What two parts make together."""
    return None if left is None or right is None else left + right


def product_of_sizes(sizes: Sequence[Any]) -> Any:
    """How many elements an array of static sizes, or of `Dim`s, has."""
    return math.prod(sizes)


def static_size(left: Dimension, right: Dimension) -> Dimension:
    """The one of two equal sizes that says more."""
    if isinstance(left, int) or right is None:
        return left
    return left if left is not None and not isinstance(right, int) else right


def size_text(size: Dimension) -> str:
    """A size as messages show it: as it is in this call, `?` where that is not known."""
    if isinstance(size, Dim):
        return "?" if size.hint is None else str(size.hint)
    return "?" if size is None else str(size)


def _is_size(value: object) -> bool:
    is_number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_number or isinstance(value, Dim)


def _polynomial(value: Any) -> Polynomial:
    return value.polynomial if isinstance(value, Dim) else Polynomial.of(int(value))


_ONE = Polynomial.of(1)
_MINUS_ONE = Polynomial.of(-1)
