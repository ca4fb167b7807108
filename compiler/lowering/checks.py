"""Lowerings of `dialects/checks.py`: a loop over the three integers of a failure."""

from tessel.compiler.lowering.base import (
    empty,
    generic,
    identity_map,
    index_constant,
    lowers,
)
from tessel.dialects import checks as ops
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg


@lowers(ops.Check)
def lower_check(op: OpInstance) -> ir.Value:
    """Each of the three integers is chosen by its position, so that the check is one loop nest."""
    failure = op.operands[0]
    everywhere = ir.AffineMap.get(1, 0, [])
    first = ir.AffineMap.get(1, 0, [ir.AffineExpr.get_constant(0)])
    maps = [identity_map(1), first, *[everywhere] * 3, identity_map(1)]

    def element(
        old: ir.Value, before: ir.Value, failed: ir.Value, *rest: ir.Value
    ) -> list[ir.Value]:
        value, other, _ = rest
        position, same = linalg.IndexOp(0).result, arith.CmpIPredicate.eq
        numbers = ir.IntegerType.get_signless(64)
        later = arith.select(arith.cmpi(same, position, index_constant(1)), value, other)
        code = arith.constant(numbers, op.attributes["code"])
        new = arith.select(arith.cmpi(same, position, index_constant(0)), code, later)
        is_first = arith.cmpi(same, before, arith.constant(numbers, 0))
        return [arith.select(arith.andi(is_first, failed), new, old)]

    inputs = [failure, *op.operands]
    output = empty(ops.FAILURE_TYPE)
    return generic(inputs, maps, [output], ["parallel"], element)[0]
