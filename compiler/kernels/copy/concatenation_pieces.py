"""The pieces of arrays side by side: which they are, and which ops make each."""

import math

import numpy as np

from tessel.compiler.kernels.copy.concatenation_problem import ConcatenationProblem
from tessel.compiler.kernels.epilogue import Epilogue, fits_epilogue
from tessel.dialects.control_flow import in_program_order
from tessel.dialects.instance import OpInstance, maker_of, only_user, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Concatenate
from tessel.dialects.types import ArrayType


def trailing_axes_of(op: OpInstance) -> int:
    """How many of the last dimensions of a concatenation's pieces are one run."""
    return op.result_type.rank - op.attributes["axis"]


def pieces_of(last: OpInstance) -> tuple[list[OpInstance], list[ir.Value]]:
    """The concatenations along one axis that end in `last`, and what they join."""
    chain, pieces = [last], []
    for operand in last.operands:
        op = maker_of(operand)
        if op is not None and is_joined(op):
            inner, joined = pieces_of(op)
            chain, pieces = [*inner, *chain], [*pieces, *joined]
        else:
            pieces.append(operand)
    return chain, pieces


def problem_of(last: OpInstance) -> ConcatenationProblem:
    """The pieces as matrices of one number of rows."""
    trailing_axes = trailing_axes_of(last)
    widths = [math.prod(ArrayType.of(piece).sizes[-trailing_axes:]) for piece in pieces_of(last)[1]]
    return ConcatenationProblem(math.prod(last.result_type.sizes[:-trailing_axes]), tuple(widths))


def piece_ops(end: ir.Value, inside: ir.Block, trailing_axes: int) -> list[OpInstance]:
    """The elementwise ops in `inside` that lead to a piece and nothing else, in program order."""
    shape, found = ArrayType.of(end).shape, dict[ir.Value, OpInstance]()
    waiting = [end]
    while waiting:
        value = waiting.pop()
        op = maker_of(value)
        if op is None or op.operation.block != inside or value in found:
            continue
        if not fits_epilogue(op, shape, trailing_axes):
            continue
        users = users_of(value)
        ours = {one.operation for one in found.values()}
        if users <= ours or (value == end and len(users) == 1):
            found[value] = op
            waiting += op.operands
    order = in_program_order([op.operation for op in found.values()])
    by_operation = {op.operation: op for op in found.values()}
    return [by_operation[operation] for operation in order]


def piece_of(end: ir.Value, inside: ir.Block, trailing_axes: int) -> Epilogue:
    """A piece as an epilogue of an array of its shape that it reads."""
    ops = piece_ops(end, inside, trailing_axes)
    start = start_of(ops, end)
    assert start is not None, "fuse_concatenations takes in what has one"
    return Epilogue.of(start, ops, end, trailing_axes)


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
    if op.cls is not Concatenate or op.result_type.dtype != np.float32:
        return False
    return all(one.is_static for one in (*op.flat_operand_types, op.result_type))


def is_joined(op: OpInstance) -> bool:
    """Whether a concatenation along the same axis is all that uses the result."""
    if not is_joinable(op):
        return False
    user = only_user(op.result)
    if user is None or user.cls is not Concatenate or user.attributes != op.attributes:
        return False
    return user.operands.count(op.result) == 1
