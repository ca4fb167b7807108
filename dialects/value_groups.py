"""Operands and results of an op field by field: one value each, an optional one, or many."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tessel.dialects.mlir import ir


class Arity(Enum):
    """How many values a field stands for."""

    ONE = "one"
    OPTIONAL = "optional"
    MANY = "many"


@dataclass(frozen=True)
class ValueField:
    """An operand or result field of an op."""

    name: str
    arity: Arity


def split_groups(
    fields: Sequence[ValueField], operation: ir.Operation, segments: str, values: list[Any]
) -> list[Any]:
    """Splits flat operands or results into one entry a field, by the op's segment sizes."""
    if not has_segments(fields):
        return values
    if segments in operation.attributes:
        sizes = list(ir.DenseI32ArrayAttr(operation.attributes[segments]))
    else:
        sizes = segment_sizes(fields, len(values))
    groups: list[Any] = []
    start = 0
    for field, size in zip(fields, sizes):
        part = values[start : start + size]
        start += size
        groups.append(_from_group(field, part))
    return groups


def as_group(operand: Any) -> list[ir.Value]:
    """The values of one field."""
    if operand is None:
        return []
    return [operand] if isinstance(operand, ir.Value) else list(operand)


def has_segments(fields: Sequence[ValueField]) -> bool:
    """Whether the op's attributes say how many values each field has."""
    return any(field.arity is not Arity.ONE for field in fields)


def segment_sizes(fields: Sequence[ValueField], count: int) -> list[int]:
    """Segment sizes where at most one field is variadic, so that they follow from the count."""
    fixed = sum(field.arity is Arity.ONE for field in fields)
    return [1 if field.arity is Arity.ONE else count - fixed for field in fields]


def _from_group(field: ValueField, part: list[Any]) -> Any:
    if field.arity is Arity.MANY:
        return part
    return part[0] if part else None
