"""Groups attention with the transpositions around it into a fusion.

    q = transpose(x, [0, 2, 1, 3]); a = attention(q, k, v); y = transpose(a, [0, 2, 1, 3])
      ->  y = scf.execute_region no_inline { transpose, attention, transpose }
              {tessel.fusion = "attention"}

The kernel reads and writes arrays in the order in which they lie, so that heads which a model keeps
side by side ([B, S, H, D]) are not moved.
Keeps: shapes, dtypes, results.  Does not fire: on transpositions that move the last dimension of
queries or results, or that are used elsewhere.  Test: lit_tests/passes/fuse_attention.mlir
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass
from tessel.dialects.attention import ScaledDotProductAttention
from tessel.dialects.control_flow import fuse, operations_outside_fusions
from tessel.dialects.instance import OpInstance, defining_op, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose


@dataclass(frozen=True)
class FuseAttention(Pass):
    """Each attention by itself."""

    def run(self, module: ir.Operation) -> None:
        for attended in _attentions(module):
            _fuse(attended)


def _attentions(module: ir.Operation) -> list[OpInstance]:
    ops = map(read_op, operations_outside_fusions(module))
    return [op for op in ops if op is not None and op.cls is ScaledDotProductAttention]


def _fuse(attended: OpInstance) -> None:
    query, key, value, _ = attended.operands
    before = [_transpose_before(query, attended, moves_last=False)]
    before += [_transpose_before(one, attended, moves_last=True) for one in (key, value)]
    # One array may be key and value.
    members = list(dict.fromkeys(one for one in before if one is not None))
    members.append(attended.operation)
    after = _transpose_after(attended)
    fuse("attention", members if after is None else [*members, after])


def _transpose_before(
    value: ir.Value, attended: OpInstance, *, moves_last: bool
) -> ir.Operation | None:
    op = defining_op(value, Transpose)
    if op is None or op.operation.block != attended.operation.block:
        return None
    elsewhere = any(use.owner.operation != attended.operation for use in value.uses)
    keeps_last = op.attributes["permutation"][-1] == 3
    return op.operation if not elsewhere and (moves_last or keeps_last) else None


def _transpose_after(attended: OpInstance) -> ir.Operation | None:
    users = [use.owner.operation for use in attended.result.uses]
    op = read_op(users[0]) if len(users) == 1 else None
    if op is None or op.cls is not Transpose or op.attributes["permutation"][-1] != 3:
        return None
    return op.operation if op.operation.block == attended.operation.block else None
