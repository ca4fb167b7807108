"""Numbers of operations, from types of arrays; None where a size is dynamic."""

import math
from collections.abc import Sequence
from typing import Any

from tessel.dialects.types import ArrayType

Types = Sequence[ArrayType]
Attributes = dict[str, Any]

TRANSCENDENTAL = 24
"""Operations of one `exp`, `sin` or `power`; exp of 1 Mi elements takes 250 us."""


def elements(array: ArrayType) -> int | None:
    """The number of elements of an array."""
    return array.size if array.is_static else None


def largest(arrays: Sequence[ArrayType]) -> int | None:
    """The number of elements of the largest of some arrays."""
    sizes = [elements(array) for array in arrays]
    return None if None in sizes else max((one for one in sizes if one is not None), default=0)


def product(*factors: int | None) -> int | None:
    """The product of numbers, None if one of them is."""
    known = [factor for factor in factors if factor is not None]
    return math.prod(known) if len(known) == len(factors) else None


def total(*terms: int | None) -> int | None:
    """The sum of numbers, None if one of them is."""
    known = [term for term in terms if term is not None]
    return sum(known) if len(known) == len(terms) else None
