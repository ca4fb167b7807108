"""One op of a program, read into Python: what passes, lowerings and analyses look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tessel.dialects.base import TesselOp, op_class
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


@dataclass
class OpInstance:
    """An op with its operands field by field (a value, a list or None) and decoded attributes."""

    cls: type[TesselOp]
    operation: ir.Operation
    operands: list[Any]
    attributes: dict[str, Any]

    @property
    def result(self) -> ir.Value:
        """The op's one result."""
        return self.operation.results[0]

    @cached_property
    def result_types(self) -> list[ArrayType]:
        return [ArrayType.of(result) for result in self.operation.results]

    @cached_property
    def result_type(self) -> ArrayType:
        """The type of the op's one result."""
        return self.result_types[0]

    @cached_property
    def operand_types(self) -> list[Any]:
        """The operands' types, field by field, before any conversion."""
        types = [ArrayType.of(value) for value in self.operation.operands]
        return self.cls.operand_groups(self.operation, types)

    @property
    def flat_operand_types(self) -> list[ArrayType]:
        """The types of all operands in order."""
        fields = [one if isinstance(one, list) else [one] for one in self.operand_types]
        return [one for field in fields for one in field if one is not None]


def read_op(operation: ir.Operation, operands: list[ir.Value] | None = None) -> OpInstance | None:
    """The op as an instance, or None when it is not of the dialect.

    `operands` stand for the op's own, as when a conversion has replaced them.
    """
    cls = op_class(operation)
    if cls is None:
        return None
    groups = cls.operand_groups(operation, operands)
    return OpInstance(cls, operation, groups, cls.attribute_values(operation))


def owner_of(value: ir.Value) -> ir.Operation | None:
    """The op that makes `value`; None for a block's argument."""
    if isinstance(value, ir.BlockArgument):
        return None
    owner = value.owner
    return None if isinstance(owner, ir.Block) else owner.operation


def maker_of(value: ir.Value) -> OpInstance | None:
    """The op of the dialect that makes `value`; None for a block's argument and for other ops."""
    owner = owner_of(value)
    return None if owner is None else read_op(owner)


def operands_within(operation: ir.Operation) -> Iterator[ir.Value]:
    """Operands of an op and of all ops in its regions."""
    yield from operation.operands
    for region in operation.regions:
        for block in region.blocks:
            for one in block.operations:
                yield from operands_within(one.operation)


def users_of(value: ir.Value) -> set[ir.Operation]:
    """The ops that use `value`, each once."""
    return {use.owner.operation for use in value.uses}


def only_user(value: ir.Value) -> OpInstance | None:
    """The op of the dialect that alone uses `value`, in the block of what makes it."""
    users, owner = users_of(value), owner_of(value)
    user = read_op(users.pop()) if len(users) == 1 else None
    same = user is not None and owner is not None and user.operation.block == owner.block
    return user if same else None


def defining_op(value: ir.Value, cls: type[TesselOp]) -> OpInstance | None:
    """The op that makes `value`, when it is a `cls`."""
    owner = owner_of(value)
    if owner is None or not isinstance(owner.opview, cls):
        return None
    return read_op(owner)
