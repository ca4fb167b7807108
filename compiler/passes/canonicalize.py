"""Simplifies ops by algebra, cancellation and constant folding.

    transpose(transpose(x, p), q)  ->  transpose(x, p[q])
Keeps: shapes, dtypes, results.  Test: lit_tests/passes/canonicalize.mlir
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass, rule
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose


@rule(Transpose)
def cancel_transposes(op: OpInstance) -> ir.Value | None:
    """transpose(transpose(x, p), q)  ->  transpose(x, p[q])"""
    inner = defining_op(op.operands[0], Transpose)
    if inner is None:
        return None
    first, second = inner.attributes["permutation"], op.attributes["permutation"]
    return Transpose.build(inner.operands[0], permutation=[first[axis] for axis in second])


@rule(Transpose)
def drop_identity_transpose(op: OpInstance) -> ir.Value | None:
    """transpose(x, [0, 1, ...])  ->  x"""
    permutation = op.attributes["permutation"]
    return op.operands[0] if list(permutation) == sorted(permutation) else None


@dataclass(frozen=True)
class Canonicalize(Pass):
    """Greedy application of the rules above."""

    rules = (cancel_transposes, drop_identity_transpose)
