"""Groups attention with the slices and transpositions around it into a fusion.

    q = transpose(slice(x), [0, 2, 1, 3]); a = attention(q, k, v); y = transpose(a, [0, 2, 1, 3])
      ->  y = scf.execute_region no_inline { slice, transpose, attention, transpose }
              {tessel.fusion = "attention"}

The kernel reads and writes arrays in the order in which they are stored, and parts of arrays in
place, so that heads which a model keeps side by side ([B, S, H, D]), those of queries, keys and
values in one array perhaps, are not moved.
Keeps: shapes, dtypes, results.  Does not fire: on transpositions that move the last dimension of
queries or results, or of any bfloat16, or of keys and values where queries are few; on slices in
steps, or of dynamic sizes; on what is used elsewhere; on a transposition behind attention that
gives logarithms too.
Test: lit_tests/passes/fuse_attention.mlir
"""

from dataclasses import dataclass

from tessel.compiler.kernels.attention.fusion import has_few_queries
from tessel.compiler.passes.base import Pass
from tessel.dialects.attention import AttentionOp, ScaledDotProductAttention
from tessel.dialects.control_flow import fuse, operations_outside_fusions
from tessel.dialects.instance import OpInstance, defining_op, only_user, read_op, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.types import bfloat16


@dataclass(frozen=True)
class FuseAttention(Pass):
    """Each attention by itself."""

    def run(self, module: ir.Operation) -> None:
        for attended in _attentions(module):
            _fuse(attended)


def _attentions(module: ir.Operation) -> list[OpInstance]:
    ops = map(read_op, operations_outside_fusions(module))
    return [op for op in ops if op is not None and issubclass(op.cls, AttentionOp)]


def _fuse(attended: OpInstance) -> None:
    query, key, value, _ = attended.operands
    before = _taken_in(query, attended, moves_last=False)
    # Of bfloat16 the kernel reads pairs of neighbours, for few queries vectors of them.
    moves_last = attended.operand_types[0].dtype != bfloat16 and not has_few_queries(attended)
    for one in (key, value):
        before += _taken_in(one, attended, moves_last=moves_last)
    # One array may be key and value.
    members = [*dict.fromkeys(before), attended.operation]
    after = _transpose_after(attended)
    fuse("attention", members if after is None else [*members, after])


def _taken_in(value: ir.Value, attended: OpInstance, *, moves_last: bool) -> list[ir.Operation]:
    """The slice and the transposition before an operand, as far as the kernel replaces them."""
    taken: list[ir.Operation] = []
    transposed = defining_op(value, Transpose)
    if transposed is not None:
        keeps_last = transposed.attributes["permutation"][-1] == 3
        if not (moves_last or keeps_last) or not _is_used_by(transposed, attended.operation):
            return []
        taken, value = [transposed.operation], transposed.operands[0]
    part = defining_op(value, Slice)
    if part is None or set(part.attributes["steps"]) != {1} or not part.operand_types[0].is_static:
        return taken
    user = taken[0] if taken else attended.operation
    return [part.operation, *taken] if _is_used_by(part, user) else taken


def _is_used_by(op: OpInstance, user: ir.Operation) -> bool:
    """Whether `user`, of the same block, is all that uses the result."""
    return users_of(op.result) <= {user} and op.operation.block == user.block


def _transpose_after(attended: OpInstance) -> ir.Operation | None:
    if attended.cls is not ScaledDotProductAttention:
        return None
    op = only_user(attended.result)
    if op is None or op.cls is not Transpose or op.attributes["permutation"][-1] != 3:
        return None
    return op.operation
