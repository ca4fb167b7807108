"""Attention: values weighted by how well each key matches a query."""

import functools
import math
from typing import Any

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import may_be, same_size, size_text, static_size, stretches
from tessel.dialects.flops import Attributes, Types, elements, product, total
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, Shape, accumulation_dtype, is_bool, is_float


class AttentionOp(TesselOp):
    """Base of attention with and without its logarithms."""

    @classmethod
    def infer(
        cls,
        query: ArrayType,
        key: ArrayType,
        value: ArrayType,
        mask: ArrayType | None,
        causal: bool,
        scale: float,
    ) -> Any:
        """The type of the weighted values."""
        for name, one in (("query", query), ("key", key), ("value", value)):
            check(one.rank == 4, "C1", f"{name} {shape_text(one.shape)} must have rank 4")
            check(is_float(one.dtype), "C2", f"{name} is {one.dtype}, must be floating point")
            check(one.dtype == query.dtype, "C2", f"{name} is {one.dtype}, query {query.dtype}")
        _check_sizes(query, key, value)
        heads, kv_heads = query.shape[1], key.shape[1]
        check(may_be(kv_heads, lambda count: count >= 1), "C4", f"{size_text(kv_heads)} key heads")
        divides = None in (heads, kv_heads) or may_be(heads, lambda count: count % kv_heads == 0)
        texts = f"{size_text(kv_heads)} key heads do not divide {size_text(heads)} query heads"
        check(divides, "C4", texts)
        if mask is not None:
            dtypes = is_bool(mask.dtype) or mask.dtype == query.dtype
            check(dtypes, "C5", f"mask is {mask.dtype}, must be bool or {query.dtype}")
            _check_mask(mask.shape, (*query.shape[:3], key.shape[2]))
        check(math.isfinite(scale), "C7", f"scale is {scale}")
        batch = functools.reduce(static_size, (query.shape[0], key.shape[0], value.shape[0]))
        return ArrayType(query.dtype, (batch, heads, query.shape[2], value.shape[3]))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        query, key, value = operands[:3]
        scores = product(2, elements(query), key.shape[-2])
        return total(scores, product(2, *query.shape[:-1], key.shape[-2], value.shape[-1]))


class ScaledDotProductAttention(AttentionOp, name="scaled_dot_product_attention"):
    """Softmax of scaled query-key products, times the values.

    Semantics: result = softmax(query @ key^T * scale + mask) @ value, head by head. A boolean mask
    is true where a query may attend; one of floats is added. With `causal`, query s attends to keys
    0 ... s only (aligned at the top left). Query head h uses key and value head h // (H / Hkv). A
    query that may attend to nothing gets zeros. float16 and bfloat16 are computed in float32 and
    rounded once.
    Shapes: query [B, H, S, D], key [B, Hkv, T, D], value [B, Hkv, T, E], mask broadcastable to
    [B, H, S, T], result [B, H, S, E].
    (C1) query, key and value have rank 4.  (C2) They have one floating-point dtype.
    (C3) Equal B and equal D; key and value have equal Hkv and T.  (C4) Hkv >= 1 divides H.
    (C5) mask is bool or of the query's dtype.  (C6) mask broadcasts to [B, H, S, T].
    (C7) scale is finite.
    Source: torch `scaled_dot_product_attention`; ONNX `Attention`.
    """

    query: Operand
    key: Operand
    value: Operand
    mask: Operand | None
    causal: bool
    scale: float
    result: Result

    @staticmethod
    def reference(
        query: np.ndarray,
        key: np.ndarray,
        value: np.ndarray,
        mask: np.ndarray | None,
        causal: bool,
        scale: float,
    ) -> np.ndarray:
        return attend(query, key, value, mask, causal, scale)[0]


class AttentionLogsumexp(AttentionOp, name="scaled_dot_product_attention_logsumexp"):
    """Attention, and for each query the logarithm of the sum of its scores' exponentials.

    Semantics: result as of `scaled_dot_product_attention`; logsumexp = log(sum(exp(query @ key^T *
    scale + mask))) along the keys, -inf for a query that may attend to nothing. With it the results
    of parts of the keys are joined: each counts exp(its logsumexp).
    Shapes: as of `scaled_dot_product_attention`; logsumexp [B, H, S], of float32 for half
    precision, else of the query's dtype.
    (C1) query, key and value have rank 4.  (C2) They have one floating-point dtype.
    (C3) Equal B and equal D; key and value have equal Hkv and T.  (C4) Hkv >= 1 divides H.
    (C5) mask is bool or of the query's dtype.  (C6) mask broadcasts to [B, H, S, T].
    (C7) scale is finite.
    Source: Dao et al. 2022, "FlashAttention"; torch's `return_lse` of flex_attention.
    """

    query: Operand
    key: Operand
    value: Operand
    mask: Operand | None
    causal: bool
    scale: float
    result: Result
    logsumexp: Result

    @classmethod
    def infer(cls, *operands: Any, **attributes: Any) -> list[ArrayType]:
        values = super().infer(*operands, **attributes)
        return [values, ArrayType(accumulation_dtype(values.dtype), values.shape[:3])]

    @staticmethod
    def reference(*operands: Any, **attributes: Any) -> tuple[np.ndarray, np.ndarray]:
        return attend(*operands, **attributes)


def attend(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    mask: np.ndarray | None,
    causal: bool,
    scale: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted values, and the logarithms of the sums of the scores' exponentials."""
    wide = accumulation_dtype(query.dtype)
    repeats = query.shape[1] // key.shape[1]
    keys = np.repeat(key.astype(wide, copy=False), repeats, axis=1)
    values = np.repeat(value.astype(wide, copy=False), repeats, axis=1)
    scaled = query.astype(wide, copy=False) * wide.type(scale)
    scores = scaled @ np.swapaxes(keys, 2, 3)
    if mask is not None and is_bool(mask.dtype):
        scores = np.where(mask, scores, wide.type(-np.inf))
    elif mask is not None:
        scores = scores + mask.astype(wide, copy=False)
    if causal:
        scores = np.where(np.tri(*scores.shape[2:], dtype=bool), scores, wide.type(-np.inf))
    largest = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    finite = np.where(np.isneginf(largest), wide.type(0), largest)
    weights = np.exp(scores - finite)
    total = weights.sum(axis=-1, keepdims=True)
    result = weights / np.where(total == 0, wide.type(1), total) @ values
    with np.errstate(divide="ignore"):
        logarithms = (finite + np.log(total))[..., 0]
    return result.astype(query.dtype, copy=False), logarithms


def _check_sizes(query: ArrayType, key: ArrayType, value: ArrayType) -> None:
    pairs = (
        ("batch sizes", query.shape[0], key.shape[0]),
        ("batch sizes", key.shape[0], value.shape[0]),
        ("depths of query and key", query.shape[3], key.shape[3]),
        ("heads of key and value", key.shape[1], value.shape[1]),
        ("lengths of key and value", key.shape[2], value.shape[2]),
    )
    for name, left, right in pairs:
        equal = same_size(left, right)
        check(equal, "C3", f"{name} {size_text(left)} and {size_text(right)} differ")


def _check_mask(mask: Shape, scores: Shape) -> None:
    message = f"mask {shape_text(mask)} does not broadcast to {shape_text(scores)}"
    check(len(mask) <= 4, "C6", message)
    for have, want in zip(mask, scores[4 - len(mask) :]):
        check(stretches(have, want), "C6", message)
