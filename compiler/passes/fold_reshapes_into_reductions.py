"""Lets reductions keep the axes that a reshape puts back, so that nothing is in between.

    reshape(sqrt(add(reduce_sum(x), 1)))  ->  sqrt(add(reduce_sum(x) {keepdims = true}, 1))

So `x - x.mean(-1)[:, None]` is one kernel, as `x - x.mean(-1, keepdims=True)` is.
Keeps: shapes, dtypes, results, bit for bit.  Does not fire: where something else uses what is
reduced; on sums of everything; on dynamic sizes.
Test: lit_tests/passes/fold_reshapes_into_reductions.mlir
"""

from dataclasses import dataclass

from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.passes.base import Pass, rule
from tessel.dialects.inference import reduce_shape
from tessel.dialects.instance import OpInstance, maker_of, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape
from tessel.dialects.types import ArrayType


@rule(Reshape)
def keep_axes(op: OpInstance) -> ir.Value | None:
    """reshape(f(reduce(x)))  ->  f(reduce(x) {keepdims = true}) for elementwise f"""
    x = op.operands[0]
    if not op.result_type.is_static or not _is_kept(x, op.operation, op.result_type):
        return None
    return _kept(x, op.result_type)


@dataclass(frozen=True)
class FoldReshapesIntoReductions(Pass):
    """Upstream's greedy driver over the rule above."""

    rules = (keep_axes,)


def _is_kept(value: ir.Value, user: ir.Operation, wanted: ArrayType) -> bool:
    """Whether `value`, which `user` alone uses, has the shape `wanted` where axes are kept."""
    op = maker_of(value)
    if op is None or users_of(value) != {user}:
        return False
    if op.cls in REDUCTIONS:
        kept = reduce_shape(op.operand_types[0], op.attributes["axes"], True)
        return not op.attributes["keepdims"] and kept == wanted.shape
    shape = op.result_type.shape
    return (
        op.cls in element_functions()
        and bool(shape)
        and all(
            _is_scalar(one)
            or (ArrayType.of(one).shape == shape and _is_kept(one, op.operation, wanted))
            for one in op.operands
        )
    )


def _is_scalar(value: ir.Value) -> bool:
    return ArrayType.of(value).rank == 0


def _kept(value: ir.Value, wanted: ArrayType) -> ir.Value:
    op = maker_of(value)
    assert op is not None, "it was looked at before"
    if op.cls in REDUCTIONS:
        return op.cls.build(op.operands[0], axes=op.attributes["axes"], keepdims=True)
    operands = [one if _is_scalar(one) else _kept(one, wanted) for one in op.operands]
    return op.cls.build(*operands, **op.attributes)
