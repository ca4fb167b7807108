"""Attention on arrays in place: blocks of keys for many queries, splits of the keys for few."""

from dataclasses import replace

import numpy as np

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.attention.decode_kernel import attention_decode
from tessel.compiler.kernels.attention.fused_operands import operands_of
from tessel.compiler.kernels.attention.fusion import (
    attention_of,
    has_few_queries,
    is_attention,
    is_readable,
    is_readable_by_decode,
)
from tessel.compiler.kernels.attention.kernel import attention
from tessel.compiler.kernels.attention.problem import (
    AttentionConfiguration,
    AttentionProblem,
    DecodeConfiguration,
    DecodeProblem,
)
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import Example, KernelFusion, KernelTemplate, Match
from tessel.dialects.attention import ScaledDotProductAttention
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.types import ArrayType, bfloat16


class Attention(KernelTemplate):
    """Blocks of keys for vectors of queries, as FlashAttention has it."""

    problem = AttentionProblem
    fusion = "attention"

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_attention(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_readable(ops)

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = _problem(ops, hardware)
        return Match(problem) if isinstance(problem, AttentionProblem) else None

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        operands = operands_of(fusion)
        if operands.mask is not None:
            transposed = Transpose.build(operands.mask, permutation=(0, 1, 3, 2))
            operands = replace(operands, mask=transposed)
        return attention(operands, fusion.configuration(AttentionConfiguration))

    def example(self, problem: AttentionProblem) -> Example:
        return _example(problem, problem.heads, problem.kv_heads, causal=bool(problem.causal))


class AttentionDecode(KernelTemplate):
    """Splits of the keys, combined in the end (split-KV): few queries share keys."""

    problem = DecodeProblem
    fusion = "attention"
    precedence = 1

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_readable_by_decode(ops)

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = _problem(ops, hardware)
        return Match(problem) if isinstance(problem, DecodeProblem) else None

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        operands, configuration = operands_of(fusion), fusion.configuration(DecodeConfiguration)
        if configuration.block_keys % configuration.lanes:
            keys, lanes = configuration.block_keys, configuration.lanes
            raise PassError(f"blocks of {keys} keys are no whole vectors of {lanes}")
        return attention_decode(operands, configuration)

    def example(self, problem: DecodeProblem) -> Example:
        return _example(problem, problem.kv_heads, problem.kv_heads, causal=False)


TEMPLATES = (Attention(), AttentionDecode())


def _problem(ops: list[OpInstance], hardware: Hardware) -> AttentionProblem | DecodeProblem | None:
    """What a kernel is to compute; None where no kernel does."""
    attended = attention_of(ops)
    query, key, value, _ = attended.operand_types
    batch, heads, queries, head_dim = query.shape
    kv_heads, keys, value_dim = key.shape[1], key.shape[2], value.shape[3]
    if not is_readable(ops):
        return None
    all_heads, all_kv_heads = (
        count * (1 if batch is None else batch) for count in (heads, kv_heads)
    )
    causal, dtype = attended.attributes["causal"], query.dtype.name
    if has_few_queries(attended) and is_readable_by_decode(ops):
        together = heads // kv_heads * queries
        return DecodeProblem(all_kv_heads, together, keys, head_dim, value_dim, dtype)
    if query.dtype == bfloat16 and not (hardware.instructions.bfloat16_dot and head_dim % 2 == 0):
        return None
    sizes = (queries, keys, head_dim, value_dim)
    return AttentionProblem(all_heads, all_kv_heads, *sizes, int(causal), dtype)


def _example(
    problem: AttentionProblem | DecodeProblem, heads: int, kv_heads: int, *, causal: bool
) -> Example:
    queries, keys, head_dim = problem.queries, problem.keys, problem.head_dim

    def compute(query: ir.Value, key: ir.Value, value: ir.Value) -> ir.Value:
        scale = head_dim**-0.5
        return ScaledDotProductAttention.build(query, key, value, None, causal=causal, scale=scale)

    shapes = (
        (1, heads, queries, head_dim),
        (1, kv_heads, keys, head_dim),
        (1, kv_heads, keys, problem.value_dim),
    )
    dtype = np.dtype(problem.dtype)
    return Example([ArrayType(dtype, one) for one in shapes], None, compute)
