"""Lowerings of `dialects/checks.py`: a loop over the three integers of a failure."""

import numpy as np

from tessel.compiler.lowering.base import (
    decomposes,
    empty,
    generic,
    identity_map,
    index_constant,
    lowers,
)
from tessel.dialects import checks as ops
from tessel.dialects.arithmetic import Add, Subtract
from tessel.dialects.bitwise import BitwiseAnd
from tessel.dialects.comparison import Greater, GreaterEqual
from tessel.dialects.constant import build_constant
from tessel.dialects.conversion import Cast
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg
from tessel.dialects.reduction import ReduceMax
from tessel.dialects.shape import DimOp

_INT64, _UINT64 = np.dtype(np.int64), np.dtype(np.uint64)


@lowers(ops.Check)
def lower_check(op: OpInstance) -> ir.Value:
    """Each of the three integers is chosen by its place, so that the check is one loop nest."""
    failure = op.operands[0]
    everywhere = ir.AffineMap.get(1, 0, [])
    first = ir.AffineMap.get(1, 0, [ir.AffineExpr.get_constant(0)])
    maps = [identity_map(1), first, *[everywhere] * 3, identity_map(1)]

    def element(
        old: ir.Value, before: ir.Value, failed: ir.Value, *rest: ir.Value
    ) -> list[ir.Value]:
        value, other, _ = rest
        place, same = linalg.IndexOp(0).result, arith.CmpIPredicate.eq
        numbers = ir.IntegerType.get_signless(64)
        later = arith.select(arith.cmpi(same, place, index_constant(1)), value, other)
        code = arith.constant(numbers, op.attributes["code"])
        new = arith.select(arith.cmpi(same, place, index_constant(0)), code, later)
        is_first = arith.cmpi(same, before, arith.constant(numbers, 0))
        return [arith.select(arith.andi(is_first, failed), new, old)]

    inputs = [failure, *op.operands]
    output = empty(ops.FAILURE_TYPE)
    return generic(inputs, maps, [output], ["parallel"], element)[0]


@decomposes(ops.CheckIndices)
def check_indices(op: OpInstance) -> ir.Value:
    """check_indices(f, i, n)  ->  check(f, max(unsigned(i + n)) >= 2 n, ...)

    One reduction: i + n is a large number where i is less than -n.
    """
    failure, indices, size = op.operands
    operand = op.operand_types[1]
    if 0 in operand.shape:
        return failure
    shift = size if op.attributes["counts_from_back"] else _number(0)
    wide = Cast.build(indices, dtype=_INT64)
    distance = Cast.build(Add.build(wide, shift), dtype=_UINT64)
    axes = tuple(range(operand.rank))
    farthest = ReduceMax.build(distance, axes=axes, keepdims=False) if axes else distance
    end = Cast.build(Add.build(size, shift), dtype=_UINT64)
    failed = GreaterEqual.build(farthest, end)
    for axis, known in enumerate(operand.shape):
        if not isinstance(known, int):
            holds_any = Greater.build(DimOp.build(indices, axis=axis), _number(0))
            failed = BitwiseAnd.build(failed, holds_any)
    found = Subtract.build(Cast.build(farthest, dtype=_INT64), shift)
    named = {name: op.attributes[name] for name in ("code", "error", "message")}
    return ops.Check.build(failure, failed, found, size, **named)


def _number(value: int) -> ir.Value:
    return build_constant(np.array(value, np.int64))
