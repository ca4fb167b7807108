"""Splits the reduction of a few long rows into one of many rows and one of what those leave.

    s = reduce_sum(x) of [1024, 4096]
      ->  rows = reduce_sum(reshape(x, [512, 8192]), axes=[1]); s = reduce_sum(rows)

The rows are what threads share.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on fewer than 65536 elements a row, on
more than 16 rows, on axes that are not the last ones, on other dtypes than float32, on what another
op computes, with which the reduction is fused.  Test: lit_tests/passes/split_reductions.mlir
"""

import math
from dataclasses import dataclass

from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.passes.base import Pass, Rule, apply_rules
from tessel.dialects.builder import TensorValue
from tessel.dialects.constant import Parameter
from tessel.dialects.instance import OpInstance, defining_op, owner_of
from tessel.dialects.mlir import ir

_LONG, _FEW_ROWS = 1 << 16, 16
"""Elements of a row from which splitting it pays, and how many rows at most are so few."""

_PARTS, _SHORTEST = 512, 1024
"""Parts of a row at most, and elements of a part at least."""


@dataclass(frozen=True)
class SplitReductions(Pass):
    """Each reduction by itself."""

    def run(self, module: ir.Operation) -> None:
        apply_rules(module, [Rule(cls, split_reduction) for cls in REDUCTIONS])


def split_reduction(op: OpInstance) -> ir.Value | None:
    """reduce(x)  ->  reduce(reduce(reshape(x)))"""
    (x,), (x_type,) = op.operands, op.operand_types
    axes = op.attributes["axes"]
    last = axes == tuple(range(x_type.rank - len(axes), x_type.rank))
    if str(x_type.dtype) != "float32" or not x_type.is_static or not axes or not last:
        return None
    rows = x_type.sizes[: x_type.rank - len(axes)]
    length = math.prod(x_type.sizes[x_type.rank - len(axes) :])
    parts = _parts(length)
    if length < _LONG or math.prod(rows) > _FEW_ROWS or parts is None or not _is_given(x):
        return None
    cut = TensorValue(x).reshape([*rows, parts, length // parts])
    of_parts = op.cls.build(cut.value, axes=(len(rows) + 1,), keepdims=False)
    whole = op.cls.build(of_parts, axes=(len(rows),), keepdims=False)
    return TensorValue(whole).reshape(list(op.result_type.sizes)).value


def _parts(length: int) -> int | None:
    """The largest number of equal parts; None where there are not two."""
    most = min(_PARTS, length // _SHORTEST)
    return next((parts for parts in range(most, 1, -1) if length % parts == 0), None)


def _is_given(x: ir.Value) -> bool:
    """Whether `x` is in memory already: an argument or a parameter."""
    return owner_of(x) is None or defining_op(x, Parameter) is not None
