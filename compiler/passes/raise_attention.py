"""Recognises attention that is written out, whatever the order of its parts.

    matmul(softmax(add(multiply(matmul(q, transpose(k)), c), mask)), v)
      ->  scaled_dot_product_attention(q, k, v, mask, scale = c)

Between the products may stand, in any order: products and quotients by numbers, masks that are
added, and masks that select a number instead of a score. Softmax may be the op or its formula, with
or without the maximum. Keys and values of fewer heads, repeated for the queries, are read once.
Keeps: shapes, dtypes, results to rounding; a query that may attend to nothing gets zeros where the
formula gives NaN, and scores are finite that overflow before a number makes them smaller. Does not
fire: where scores or weights have other users; on scores scaled by arrays, or by a number above 1,
with which queries might overflow before they meet the keys; on weights instead of keys or
values, which GEMM kernels take packed; on batches that are broadcast; beyond rank 4, on other
dtypes than float32, on dynamic sizes other than B, S and D of [B, H, S, D].
Test: lit_tests/passes/raise_attention.mlir
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tessel.compiler.analysis.constants import is_compile_time_constant
from tessel.compiler.passes.base import Pass, rule
from tessel.compiler.rewrites.constants import constant_of, splat_of
from tessel.dialects.arithmetic import Add, Divide, Multiply, Subtract
from tessel.dialects.attention import ScaledDotProductAttention
from tessel.dialects.builder import TensorValue
from tessel.dialects.comparison import Select
from tessel.dialects.constant import build_constant
from tessel.dialects.contraction import Matmul
from tessel.dialects.exponential import Exp
from tessel.dialects.indexing import Take
from tessel.dialects.instance import OpInstance, defining_op, maker_of, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.normalization import Softmax
from tessel.dialects.reduction import ReduceMax, ReduceSum
from tessel.dialects.shape import Transpose
from tessel.dialects.types import ArrayType, is_float

_LOW = -1e9
"""Numbers that, added to a score in float32, leave nothing of it, as choosing them does."""

_LARGEST_FACTOR = 1.0
"""Kernels scale queries. What that loses of a small one, 2**-150, is 2**-22 of a score at most."""


@rule(Matmul)
def raise_attention(op: OpInstance) -> ir.Value | None:
    """matmul(softmax(scores(q, k)), v)  ->  scaled_dot_product_attention(q, k, v)"""
    weights, value = op.operands
    if not _is_head(op.operand_types) or not _is_used_by(weights, [op]):
        return None
    scores = _softmax_of(weights)
    found = None if scores is None else _product_of(scores, _Scores())
    if found is None:
        return None
    product, parts = found
    if abs(parts.factor) > _LARGEST_FACTOR:
        return None
    query, turned = product.operands
    if not _is_head([*product.operand_types, ArrayType.of(value)]):
        return None
    if any(map(is_compile_time_constant, (turned, value))):
        return None
    rank = op.result_type.rank
    mask = parts.mask(rank)
    heads = [_rank_4(one) for one in (query, _turned(turned), value)]
    if mask is not None:
        mask = _rank_4(mask) if ArrayType.of(mask).rank == rank == 3 else mask
    heads[1:] = _unrepeated(*heads[1:])
    result = ScaledDotProductAttention.build(*heads, mask, causal=False, scale=parts.factor)
    return TensorValue(result).reshape(TensorValue(op.result).shape()).value if rank < 4 else result


@dataclass(frozen=True)
class RaiseAttention(Pass):
    """Upstream's greedy driver over the rule above."""

    rules = (raise_attention,)


@dataclass(frozen=True)
class _Scores:
    """What becomes of the product of queries and keys: times `factor`, plus all that is added.

    `added` are arrays and what they are multiplied by; `chosen` conditions, and the number that
    replaces scores elsewhere.
    """

    factor: float = 1.0
    added: list[tuple[ir.Value, float]] = field(default_factory=list)
    chosen: list[tuple[ir.Value, float]] = field(default_factory=list)

    def mask(self, rank: int) -> ir.Value | None:
        """All masks as one: a condition as it is where there is nothing else."""
        if len(self.chosen) == 1 and not self.added and np.isneginf(self.chosen[0][1]):
            return self.chosen[0][0]
        terms = [TensorValue(one) if by == 1 else TensorValue(one) * by for one, by in self.added]
        for condition, number in self.chosen:
            zero, other = (build_constant(np.array(one, np.float32)) for one in (0.0, number))
            terms.append(TensorValue(Select.build(condition, zero, other)))
        if not terms:
            return None
        total = terms[0]
        for one in terms[1:]:
            total = total + one
        return total.value


def _product_of(value: ir.Value, parts: _Scores) -> tuple[OpInstance, _Scores] | None:
    """The product of queries and keys that scores come from, and what is done to it.

    From the softmax backwards: what was met first is done last, to all that was before.
    """
    op = maker_of(value)
    if op is None or not is_float(op.result_type.dtype):
        return None
    if op.cls is Matmul:
        return (op, parts) if op.result_type.dtype == np.float32 else None
    shape = op.result_type.shape
    for position in _positions(op):
        inner, other = op.operands[position], _other(op, position)
        if ArrayType.of(inner).shape != shape or not _is_used_by(inner, [op]):
            continue
        rest = _before(op, other, parts)
        found = None if rest is None else _product_of(inner, rest)
        if found is not None:
            return found
    return None


def _positions(op: OpInstance) -> Sequence[int]:
    """The operands that scores may be."""
    return {Add: (0, 1), Multiply: (0, 1), Subtract: (0,), Divide: (0,), Select: (1,)}.get(
        op.cls, ()
    )


def _other(op: OpInstance, position: int) -> ir.Value:
    return op.operands[2] if op.cls is Select else op.operands[1 - position]


def _before(op: OpInstance, other: ir.Value, parts: _Scores) -> _Scores | None:
    """The parts with what `op` does; None where attention cannot do it."""
    number = splat_of(other)
    if op.cls in (Multiply, Divide):
        if number is None or not np.isfinite(number) or number == 0:
            return None
        factor = float(number) if op.cls is Multiply else 1 / float(number)
        return replace(parts, factor=parts.factor * factor)
    if op.cls is Select:
        if number is None or parts.factor <= 0 or not number <= _LOW:
            return None
        chosen = (op.operands[0], float(number) * parts.factor)
        return replace(parts, chosen=[*parts.chosen, chosen])
    if ArrayType.of(other).rank > op.result_type.rank:
        return None
    by = parts.factor if op.cls is Add else -parts.factor
    return replace(parts, added=[*parts.added, (other, by)])


def _softmax_of(weights: ir.Value) -> ir.Value | None:
    """What `weights` are the softmax of, along the last axis; nothing else uses what is between."""
    op = defining_op(weights, Softmax)
    if op is not None:
        scores = op.operands[0]
        last = op.attributes["axis"] == op.result_type.rank - 1
        return scores if last and _is_used_by(scores, [op]) else None
    quotient = defining_op(weights, Divide)
    if quotient is None:
        return None
    exponential = defining_op(quotient.operands[0], Exp)
    total = _along_last(quotient.operands[1], ReduceSum)
    if exponential is None or total is None or total.operands[0] != exponential.result:
        return None
    if not _is_used_by(exponential.result, [quotient, total]):
        return None
    difference = defining_op(exponential.operands[0], Subtract)
    largest = None if difference is None else _along_last(difference.operands[1], ReduceMax)
    if difference is None or largest is None or largest.operands[0] != difference.operands[0]:
        scores = exponential.operands[0]
        return scores if _is_used_by(scores, [exponential]) else None
    scores = difference.operands[0]
    return scores if _is_used_by(scores, [difference, largest]) else None


def _along_last(value: ir.Value, cls: type) -> OpInstance | None:
    """The reduction along the last axis, which is kept, that makes `value`."""
    op = defining_op(value, cls)
    if op is None or not op.attributes["keepdims"]:
        return None
    return op if op.attributes["axes"] == (op.operand_types[0].rank - 1,) else None


def _is_used_by(value: ir.Value, users: Sequence[OpInstance]) -> bool:
    """Whether `users` are all that uses `value`."""
    return users_of(value) <= {user.operation for user in users}


def _is_head(types: Sequence[ArrayType]) -> bool:
    """Whether arrays are matrices of the same heads, in float32, and a kernel may take them."""
    first = types[0]
    same = 2 <= first.rank <= 4 and all(
        one.dtype == np.float32 and one.shape[:-2] == first.shape[:-2] and 0 not in one.shape
        for one in types
    )
    return same and (all(one.is_static for one in types) or _has_heads(first))


def _has_heads(array: ArrayType) -> bool:
    """Whether an array says how many heads it has; its other sizes may be dynamic."""
    return array.rank == 4 and array.shape[1] is not None


def _turned(keys: ir.Value) -> ir.Value:
    """keys [..., D, T] as [..., T, D]; a transposition that did that goes."""
    rank = ArrayType.of(keys).rank
    order = [*range(rank - 2), rank - 1, rank - 2]
    op = defining_op(keys, Transpose)
    if op is not None and list(op.attributes["permutation"]) == order:
        return op.operands[0]
    return Transpose.build(keys, permutation=order)


def _unrepeated(key: ir.Value, value: ir.Value) -> list[ir.Value]:
    """Keys and values without the repetition of their heads, where both have the same."""
    keys, values = (_source_of_repeats(one) for one in (key, value))
    if keys is None or values is None:
        return [key, value]
    same = ArrayType.of(keys).shape[1] == ArrayType.of(values).shape[1]
    return [keys, values] if same else [key, value]


def _source_of_repeats(value: ir.Value) -> ir.Value | None:
    op = defining_op(value, Take)
    if op is None or op.attributes["axis"] != 1 or op.operand_types[0].rank != 4:
        return None
    count, indices = op.operand_types[0].shape[1], constant_of(op.operands[1])
    if count is None or indices is None or indices.ndim != 1 or indices.size % count:
        return None
    repeated = np.repeat(np.arange(count), indices.size // count)
    return op.operands[0] if np.array_equal(indices, repeated) else None


def _rank_4(value: ir.Value) -> ir.Value:
    """[B, H, S, D]; matrices are one head each."""
    array = ArrayType.of(value)
    if array.rank == 4:
        return value
    shape = array.sizes
    lead = (1, 1) if len(shape) == 2 else (shape[0], 1)
    return TensorValue(value).reshape([*lead, *shape[-2:]]).value
