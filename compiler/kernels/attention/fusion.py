"""What a fusion of attention holds: the slices and transpositions that its kernels read through."""

from tessel.compiler.kernels.attention.problem import fits_attention
from tessel.dialects.attention import AttentionOp
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.types import bfloat16

_MOST_QUERIES = 8
"""Queries that share keys, up to which one pass over the keys costs less than full lanes bring."""


def is_attention(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """One attention; slices and transpositions before it, and perhaps one behind it."""
    positions = [position for position, op in enumerate(ops) if issubclass(op.cls, AttentionOp)]
    if len(positions) != 1:
        return False
    attended, before, behind = ops[positions[0]], ops[: positions[0]], ops[positions[0] + 1 :]
    copies = {op.result for op in before}
    known = all(op.cls is Transpose or (op.cls is Slice and _is_part(op)) for op in before) and all(
        op.operands[0] not in copies or op.cls is Transpose for op in before
    )
    read = copies.issubset(value for op in ops for value in op.operation.operands)
    if not behind:
        return known and read and ends == list(attended.operation.results)
    transposed = len(behind) == 1 and behind[0].cls is Transpose
    return known and read and transposed and ends == [behind[0].result]


def _is_part(op: OpInstance) -> bool:
    return set(op.attributes["steps"]) == {1} and op.operand_types[0].is_static


def has_static_heads(ops: list[OpInstance]) -> bool:
    """Numbers of heads and head dimensions are what kernels are written for."""
    attended = attention_of(ops)
    sizes = [one.shape[axis] for one in attended.operand_types[:3] for axis in (1, 3)]
    return None not in sizes and fits_attention(attended)


def is_readable(ops: list[OpInstance]) -> bool:
    """Whether the kernel for many queries can read the arrays: it gathers keys and values alone."""
    attended = attention_of(ops)
    query, key, value, _ = attended.operands
    gathered = set() if attended.operand_types[0].dtype == bfloat16 else {key, value} - {query}
    transposes = [op for op in ops if op.cls is Transpose]
    return has_static_heads(ops) and all(
        _keeps_last(op) or op.result in gathered for op in transposes
    )


def has_few_queries(attended: OpInstance) -> bool:
    """Whether each KV head has so few queries that keys and values had better stream through."""
    query, key = attended.operand_types[:2]
    (_, heads, queries, _), kv_heads = query.shape, key.shape[1]
    if attended.attributes["causal"] or None in (heads, kv_heads, queries):
        return False
    return heads // max(1, kv_heads) * queries <= _MOST_QUERIES


def is_readable_by_decode(ops: list[OpInstance]) -> bool:
    """Whether the kernel for few queries can read the arrays, by vectors of a head dimension."""
    attended = attention_of(ops)
    queries, causal = attended.operand_types[0].shape[2], attended.attributes["causal"]
    static = has_static_heads(ops) and queries is not None
    return static and not causal and all(_keeps_last(op) for op in ops if op.cls is Transpose)


def _keeps_last(transpose: OpInstance) -> bool:
    return transpose.attributes["permutation"][-1] == 3


def attention_of(ops: list[OpInstance]) -> OpInstance:
    return next(op for op in ops if issubclass(op.cls, AttentionOp))
