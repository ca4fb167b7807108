"""Constants: reading them, and computing what depends on nothing else."""

from typing import Any

import numpy as np

from tessel.compiler.rewrites.base import Rule, Rules, rule
from tessel.dialects.constant import Constant, Parameter, build_constant, from_storage
from tessel.dialects.context import all_ops
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceAll, ReduceAny, ReduceProd, ReduceSum
from tessel.dialects.shape import BroadcastTo, DimOp, Pad
from tessel.dialects.types import ArrayType

LARGEST_RESULT = 1024
"""Bytes that a folded constant may have; above it the program computes it when running."""

LARGEST_OPERAND = 65536
"""Bytes that an operand may have, so that compiling never takes long."""


def constant_of(value: ir.Value) -> np.ndarray | None:
    """The array that a constant holds; None for any other value."""
    op = defining_op(value, Constant)
    return None if op is None else from_storage(**op.attributes)


def splat_of(value: ir.Value) -> Any:
    """The one element that a constant, or a broadcast of one, has everywhere; None otherwise."""
    broadcast = defining_op(value, BroadcastTo)
    array = constant_of(value if broadcast is None else broadcast.operands[0])
    if array is None or array.size == 0:
        return None
    first = array.reshape(-1)[:1]
    # Compared as bits, so that 0.0 is not -0.0 and a NaN is itself.
    same = array.tobytes() == first.tobytes() * array.size
    return first[0] if same else None


def filled_like(result: ArrayType, number: Any) -> ir.Value | None:
    """`number` everywhere in an array of type `result`; None when a size is dynamic."""
    if not result.is_static:
        return None
    element = build_constant(np.asarray(number, result.dtype))
    if result.rank == 0:
        return element
    return BroadcastTo.build(element, [], shape=result.shape)


def fold(op: OpInstance) -> list[ir.Value] | None:
    """op(constants)  ->  constant, computed by the op's reference; up to 1 KiB a result"""
    if not all(_is_small(result, LARGEST_RESULT) for result in op.result_types):
        return None
    flat = [ArrayType.of(value) for value in op.operation.operands]
    if not all(_is_small(operand, LARGEST_OPERAND) for operand in flat):
        return None
    arrays = [constant_of(value) for value in op.operation.operands]
    if any(array is None for array in arrays):
        return None
    with np.errstate(all="ignore"):
        computed = op.cls.reference(*op.cls.operand_groups(op.operation, arrays), **op.attributes)
    results = computed if isinstance(computed, tuple | list) else [computed]
    values = [np.asarray(result) for result in results]
    same = all(ArrayType.of(have) == want for have, want in zip(values, op.result_types))
    return [build_constant(value) for value in values] if same else None


@rule(DimOp)
def static_dim(op: OpInstance) -> ir.Value | None:
    """dim(x, axis)  ->  constant, where the type of x says the size"""
    size = op.operand_types[0].shape[op.attributes["axis"]]
    return None if size is None else build_constant(np.asarray(size, np.int64))


@rule(ReduceSum, ReduceProd, ReduceAny, ReduceAll)
def reduce_nothing(op: OpInstance) -> ir.Value | None:
    """reduce_sum(x), x without elements  ->  0; likewise what starts from one number"""
    x, result = op.operand_types[0], op.result_type
    if not x.is_static or x.size or not result.is_static or not result.size:
        return None
    computed = op.cls.reference(np.zeros(x.shape, x.dtype), **op.attributes)  # type: ignore[arg-type]
    return filled_like(result, np.asarray(computed).flat[0])


@rule(Pad)
def pad_nothing(op: OpInstance) -> ir.Value | None:
    """pad(x, value), x without elements  ->  broadcast_to(value)

    IREE 3.13 makes a splat of one element of complex128, which it refuses.
    """
    x, result = op.operand_types[0], op.result_type
    if not x.is_static or x.size or not result.is_static or not result.size:
        return None
    return BroadcastTo.build(op.operands[1], [], shape=result.shape)


def folding_rules() -> Rules:
    """`fold` for every op whose value follows from its operands."""
    # A constant is folded already; a parameter's value is not here. Random bits are a function of
    # their key, but a program that asks for them wants them made when running.
    excluded = ("constant", "parameter", "random_bits")
    ops = [cls for cls in all_ops().values() if cls.short_name() not in excluded]
    assert Constant not in ops
    assert Parameter not in ops
    return tuple(Rule(cls, fold) for cls in ops)


def _is_small(array: ArrayType, limit: int) -> bool:
    return array.is_static and array.nbytes <= limit


RULES = (static_dim, reduce_nothing, pad_nothing)
