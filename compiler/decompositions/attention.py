"""Decompositions of `dialects/attention.py`."""

import numpy as np

from tessel.compiler.decompositions.base import decomposes
from tessel.dialects.arithmetic import FloorDivide
from tessel.dialects.attention import AttentionLogsumexp, ScaledDotProductAttention
from tessel.dialects.builder import TensorValue
from tessel.dialects.comparison import LessEqual
from tessel.dialects.constant import Iota, build_constant
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.types import is_bool


@decomposes(ScaledDotProductAttention)
def decompose_attention(op: OpInstance) -> ir.Value:
    """attention(q, k, v)  ->  softmax(q * scale @ transpose(k) + mask) @ v

    The division by the sum of the weights comes after the second product, which has fewer elements
    than there are weights.
    """
    weights, total, _ = _weights(_scores(op))
    return _result(op, weights, total)


@decomposes(AttentionLogsumexp)
def decompose_attention_logsumexp(op: OpInstance) -> list[ir.Value]:
    """attention_logsumexp(q, k, v)  ->  attention(q, k, v), log(sum(exp(scores)))"""
    scores = _scores(op)
    weights, total, largest = _weights(scores)
    if scores.type.shape[-1] == 0:
        logarithms = total * -np.inf
    else:
        # The total is 0 or at least 1; where it divides, 0 counts as 1.
        count = weights.sum([3])
        logarithms = largest + count.log()
    shape = logarithms.shape()[:3]
    return [_result(op, weights, total), logarithms.reshape(shape).value]


def _scores(op: OpInstance) -> TensorValue:
    query, key, _, mask = op.operands
    query, key = (TensorValue(one).widened() for one in (query, key))
    keys = TensorValue(Transpose.build(key.value, permutation=(0, 1, 3, 2)))
    scores = _grouped_matmul(query * op.attributes["scale"], keys)
    return _masked(scores, mask, op.attributes["causal"])


def _result(op: OpInstance, weights: TensorValue, total: TensorValue) -> ir.Value:
    value = TensorValue(op.operands[2]).widened()
    return (_grouped_matmul(weights, value) / total).cast(op.result_type.dtype).value


def _grouped_matmul(lhs: TensorValue, rhs: TensorValue) -> TensorValue:
    """[B, H, S, K] x [B, Hkv, K, N]: heads that share a matrix become rows of one product."""
    heads, kv_heads = lhs.type.shape[1], rhs.type.shape[1]
    if heads is not None and heads == kv_heads:
        return TensorValue(Matmul.build(lhs.value, rhs.value))
    batch, head_count, rows, depth = lhs.shape()
    kv_head_count = rhs.shape()[1]
    tall = lhs.reshape([batch, kv_head_count, _rows(head_count, kv_head_count, rows), depth])
    product = TensorValue(Matmul.build(tall.value, rhs.value))
    return product.reshape([batch, head_count, rows, product.shape()[3]])


def _rows(
    heads: int | TensorValue, kv_heads: int | TensorValue, rows: int | TensorValue
) -> int | TensorValue:
    """heads / kv_heads * rows, as a number where all are known."""
    if isinstance(heads, int) and isinstance(kv_heads, int) and isinstance(rows, int):
        return heads // kv_heads * rows
    terms = [_as_size(one) for one in (heads, kv_heads, rows)]
    ratio = TensorValue(FloorDivide.build(terms[0].value, terms[1].value))
    return ratio * terms[2]


def _as_size(size: int | TensorValue) -> TensorValue:
    return (
        size
        if isinstance(size, TensorValue)
        else TensorValue(build_constant(np.array(size, np.int64)))
    )


def _masked(scores: TensorValue, mask: ir.Value | None, causal: bool) -> TensorValue:
    if mask is not None and is_bool(TensorValue(mask).type.dtype):
        scores = scores.where(TensorValue(mask), -np.inf)
    elif mask is not None:
        scores = scores + TensorValue(mask).widened()
    return scores.where(_causal(scores), -np.inf) if causal else scores


def _causal(scores: TensorValue) -> TensorValue:
    """Whether key t is not after query s, as an array [S, T]."""
    queries, keys = scores.shape()[2:]
    rows = _counting([queries, 1], 0)
    columns = _counting([1, keys], 1)
    return TensorValue(LessEqual.build(columns, rows))


def _counting(shape: list[int | TensorValue], axis: int) -> ir.Value:
    sizes = [size.value for size in shape if isinstance(size, TensorValue)]
    static = tuple(-1 if isinstance(size, TensorValue) else size for size in shape)
    return Iota.build(sizes, shape=static, axis=axis, dtype=np.dtype(np.int64))


def _weights(scores: TensorValue) -> tuple[TensorValue, TensorValue, TensorValue]:
    """Exponentials of the scores, their sums along the last axis, and the largest scores.

    For a query that attends to nothing the bounds make weights of 0, and a sum that divides; for
    others they change nothing, since the largest score is finite and its weight is 1.
    """
    if scores.type.shape[-1] == 0:
        total = scores.sum([3])
        return scores, total.at_least(1.0), total
    lowest = float(np.finfo(scores.type.dtype).min)
    largest = scores.max([3]).at_least(lowest)
    weights = (scores - largest).exp()
    return weights, weights.sum([3]).at_least(1.0), largest
