"""Index arithmetic of kernels, folded while it is written.

    row = block * 96 + i        # `block` an index of the running kernel, 96 and i Python's

An `Index` is a static number or an MLIR value of type `index`; operators fold what is static, so
that a template is written once for static and for dynamic sizes.
"""

from dataclasses import dataclass
from typing import Union

from tessel.dialects.mlir import arith, ir

IndexLike = Union["Index", int]


@dataclass(frozen=True)
class Index:
    """A number, or the MLIR value of one."""

    held: int | ir.Value

    @property
    def static(self) -> int | None:
        """The number when it is static."""
        return self.held if isinstance(self.held, int) else None

    @property
    def value(self) -> ir.Value:
        """The number as an MLIR value."""
        if isinstance(self.held, int):
            return arith.constant(ir.IndexType.get(), self.held)
        return self.held

    def __add__(self, other: IndexLike) -> "Index":
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(self.static + other.static)
        if self.static == 0:
            return other
        return self if other.static == 0 else Index(arith.addi(self.value, other.value))

    def __radd__(self, other: int) -> "Index":
        return self + other

    def __sub__(self, other: IndexLike) -> "Index":
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(self.static - other.static)
        return self if other.static == 0 else Index(arith.subi(self.value, other.value))

    def __rsub__(self, other: int) -> "Index":
        return Index(other) - self

    def __mul__(self, other: IndexLike) -> "Index":
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(self.static * other.static)
        if 0 in (self.static, other.static):
            return Index(0)
        if self.static == 1:
            return other
        return self if other.static == 1 else Index(arith.muli(self.value, other.value))

    def __rmul__(self, other: int) -> "Index":
        return self * other

    def __floordiv__(self, other: IndexLike) -> "Index":
        """Quotient of numbers that are not negative."""
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(self.static // other.static)
        return self if other.static == 1 else Index(arith.divui(self.value, other.value))

    def __mod__(self, other: IndexLike) -> "Index":
        """Remainder of numbers that are not negative."""
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(self.static % other.static)
        return Index(0) if other.static == 1 else Index(arith.remui(self.value, other.value))

    def ceildiv(self, other: IndexLike) -> "Index":
        """The smallest number of parts of `other` that hold this many."""
        other = as_index(other)
        return (self + (other - 1)) // other

    def at_most(self, other: IndexLike) -> "Index":
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(min(self.static, other.static))
        return Index(arith.minsi(self.value, other.value))

    def at_least(self, other: IndexLike) -> "Index":
        other = as_index(other)
        if self.static is not None and other.static is not None:
            return Index(max(self.static, other.static))
        return Index(arith.maxsi(self.value, other.value))

    def is_less(self, other: IndexLike) -> ir.Value:
        """Whether this number is less than `other`, as an i1 value."""
        return arith.cmpi(arith.CmpIPredicate.slt, self.value, as_index(other).value)

    def is_greater(self, other: IndexLike) -> ir.Value:
        """Whether this number is greater than `other`, as an i1 value."""
        return as_index(other).is_less(self)


def as_index(number: IndexLike) -> Index:
    return number if isinstance(number, Index) else Index(number)
