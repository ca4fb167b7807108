"""Which values of a program are known before it runs: constants, parameters, and what follows."""

from collections.abc import Iterator

from tessel.dialects.constant import Constant, Parameter
from tessel.dialects.instance import OpInstance, owner_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


def known_before_running(value: ir.Value) -> bool:
    """Whether `value` is computed from constants and parameters alone."""
    owner = owner_of(value)
    if owner is None:
        return False
    op = read_op(owner)
    if op is None or owner.regions or not all(one.is_static for one in op.result_types):
        return False
    if op.cls in (Constant, Parameter):
        return True
    return bool(op.operation.operands) and all(map(known_before_running, op.operation.operands))


def ancestors(value: ir.Value) -> Iterator[OpInstance]:
    """The ops that `value` is computed from, each after those it uses; `value`'s own last."""
    owner = owner_of(value)
    op = None if owner is None else read_op(owner)
    if op is None:
        return
    for operand in op.operation.operands:
        yield from ancestors(operand)
    yield op


def nbytes(value: ir.Value) -> int:
    """The size of a static array."""
    array = ArrayType.of(value)
    return array.size * array.dtype.itemsize
