"""Attention over batches and heads."""

import math

from tessel.compiler.frontend.nn.checks import as_float, require, text
from tessel.compiler.frontend.numpy.functions import manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.dialects.attention import AttentionLogsumexp, ScaledDotProductAttention
from tessel.dialects.types import is_bool

_RANK = 4


def scaled_dot_product_attention(
    query: Array,
    key: Array,
    value: Array,
    mask: Array | None = None,
    *,
    causal: bool = False,
    scale: float | None = None,
    return_lse: bool = False,
) -> Array:
    """softmax(query @ key^T * scale + mask) @ value, head by head.

    A boolean mask is True where a query may attend; one of floats is added. With `causal`, query s
    attends to keys 0 ... s. `scale` is 1 / sqrt(D) by default. Where key and value have fewer
    heads, H / Hkv query heads share one (grouped-query attention). A query that may attend to
    nothing gets zeros. With `return_lse` the result is a pair: the values, and the logarithms of
    the sums of the scores' exponentials [B, H, S], float32 for half precision, with which results
    for parts of the keys are joined; -inf for a query that may attend to nothing.
    Shapes: query [B, H, S, D], key [B, Hkv, T, D], value [B, Hkv, T, E], mask broadcastable to
    [B, H, S, T], result [B, H, S, E]; B, or B and H, may be left out of all three.
    Raises ShapeError where they do not fit, DTypeError for complex arrays.
    """
    query, key, value = as_float("scaled_dot_product_attention", query, key, value)
    rank = type_of(query).rank
    shapes = f"query {text(query)}, key {text(key)} and value {text(value)}"
    same = all(type_of(one).rank == rank for one in (key, value))
    require(same and 2 <= rank <= _RANK, f"{shapes} must have one rank, 2 to {_RANK}")
    if mask is not None:
        fits = type_of(mask).rank <= rank
        require(fits, f"mask {text(mask)} has a higher rank than query {text(query)}")
        mask = mask if is_bool(dtype_of(mask)) else cast_to(mask, dtype_of(query))
    if scale is None:
        depth = type_of(query).shape[-1]
        unknown = f"query {text(query)} has a dynamic depth"
        require(depth is not None, unknown, "pass scale=")
        scale = 1 / math.sqrt(depth) if depth else 1.0
    arrays = [_with_rank(one) for one in (query, key, value)]
    attributes = {"causal": bool(causal), "scale": float(scale)}
    extra = tuple(range(_RANK - rank))
    if return_lse:
        made = apply(AttentionLogsumexp, *arrays, mask, **attributes)
        return tuple(manipulation.squeeze(one, extra) if extra else one for one in made)
    result = apply(ScaledDotProductAttention, *arrays, mask, **attributes)
    return manipulation.squeeze(result, extra) if extra else result


def _with_rank(x: Array) -> Array:
    """x with dimensions of size 1 in front, up to rank 4."""
    for _ in range(_RANK - type_of(x).rank):
        x = manipulation.expand_dims(x, 0)
    return x
