"""Sizes that follow from those of a call's arguments."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

Size = Union[int, "ArgumentSize", "ComputedSize"]
"""A size of a result or of memory: a number, an argument's size, or what is computed from those."""

_OPERATIONS = {
    "add": operator.add,
    "multiply": operator.mul,
    "floor_divide": operator.floordiv,
    "ceil_divide": lambda a, b: -(-a // b),
    "remainder": operator.mod,
}


@dataclass(frozen=True)
class ArgumentSize:
    """The size of an argument along an axis."""

    argument: int
    axis: int


@dataclass(frozen=True)
class ComputedSize:
    """Two sizes, taken together by an operation: `add`, `multiply`, `floor_divide` and so on."""

    operation: str
    left: Size
    right: Size


def number_of(size: Size, shapes: Sequence[Sequence[int]]) -> int:
    """The number that a size is, for arguments of these shapes.

    >>> number_of(ComputedSize("multiply", ArgumentSize(0, 1), 4), [(2, 3)])
    12
    """
    if isinstance(size, int):
        return size
    if isinstance(size, ArgumentSize):
        return shapes[size.argument][size.axis]
    left, right = (number_of(one, shapes) for one in (size.left, size.right))
    return _OPERATIONS[size.operation](left, right)
