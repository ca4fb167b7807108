"""The pieces of arrays side by side: which they are, and which ops make each."""

import numpy as np

from tessel.compiler.kernels.epilogue import Epilogue, fits_epilogue
from tessel.dialects.control_flow import in_program_order
from tessel.dialects.instance import OpInstance, owner_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Concatenate
from tessel.dialects.types import ArrayType


def columns_of(op: OpInstance) -> int:
    """How many of the last dimensions of a concatenation's pieces lie in one run."""
    return op.result_type.rank - op.attributes["axis"]


def pieces_of(last: OpInstance, inside: ir.Block) -> tuple[list[OpInstance], list[ir.Value]]:
    """The concatenations along one axis in `inside` that end in `last`, and what they join."""
    chain, pieces = [last], []
    for operand in last.operands:
        owner = owner_of(operand)
        op = None if owner is None or owner.block != inside else read_op(owner)
        if op is not None and is_joined(op):
            inner, joined = pieces_of(op, inside)
            chain, pieces = [*inner, *chain], [*pieces, *joined]
        else:
            pieces.append(operand)
    return chain, pieces


def piece_ops(end: ir.Value, inside: ir.Block, columns: int) -> list[OpInstance]:
    """The elementwise ops in `inside` that lead to a piece and nothing else, in program order."""
    shape, found = ArrayType.of(end).shape, dict[ir.Value, OpInstance]()
    waiting = [end]
    while waiting:
        value = waiting.pop()
        owner = owner_of(value)
        op = None if owner is None or owner.block != inside else read_op(owner)
        if op is None or value in found or not fits_epilogue(op, shape, columns):
            continue
        users = {use.owner.operation for use in value.uses}
        ours = {one.operation for one in found.values()}
        if users <= ours or (value == end and len(users) == 1):
            found[value] = op
            waiting += op.operands
    order = in_program_order([op.operation for op in found.values()])
    by_operation = {op.operation: op for op in found.values()}
    return [by_operation[operation] for operation in order]


def piece_of(end: ir.Value, inside: ir.Block, columns: int) -> Epilogue:
    """A piece as an epilogue of an array of its shape that it reads."""
    ops = piece_ops(end, inside, columns)
    start = start_of(ops, end)
    assert start is not None, "fuse_concatenations takes in what has one"
    return Epilogue.of(start, ops, end, columns)


def start_of(ops: list[OpInstance], end: ir.Value) -> ir.Value | None:
    """An array of the piece's shape that its ops read; the piece itself where there are none."""
    if not ops:
        return end
    made = {op.result for op in ops}
    shape = ArrayType.of(end).shape
    read = (value for op in ops for value in op.operands if value not in made)
    return next((one for one in read if ArrayType.of(one).shape == shape), None)


def is_joinable(op: OpInstance) -> bool:
    """Whether a kernel can make the result."""
    return op.cls is Concatenate and op.result_type.is_static and op.result_type.dtype == np.float32


def is_joined(op: OpInstance) -> bool:
    """Whether a concatenation along the same axis is all that uses the result."""
    if not is_joinable(op):
        return False
    users = list(op.result.uses)
    user = read_op(users[0].owner.operation) if len(users) == 1 else None
    if user is None or user.cls is not Concatenate:
        return False
    return user.attributes == op.attributes and user.operation.block == op.operation.block
