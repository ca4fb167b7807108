"""Checks of indices as one check of the worst of them."""

import numpy as np

from tessel.compiler.decompositions.base import decomposes
from tessel.dialects import checks as ops
from tessel.dialects.arithmetic import Add, Subtract
from tessel.dialects.bitwise import BitwiseAnd
from tessel.dialects.comparison import Greater, GreaterEqual
from tessel.dialects.constant import build_constant
from tessel.dialects.conversion import Cast
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceMax
from tessel.dialects.shape import DimOp

_INT64, _UINT64 = np.dtype(np.int64), np.dtype(np.uint64)


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
