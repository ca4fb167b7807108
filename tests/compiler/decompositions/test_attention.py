"""Compiled attention equals its reference: masks, causal, shared heads, dtypes, dynamic sizes."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, FLOATS, sample

from tessel.dialects.attention import AttentionLogsumexp
from tessel.dialects.attention import ScaledDotProductAttention as Attention


@st.composite
def attentions(draw: Any) -> Case:
    """Attention with a boolean mask, one of floats or none."""
    dtype = draw(st.sampled_from(FLOATS))
    batch, shared = draw(st.sampled_from([0, 1, 2])), draw(st.sampled_from([1, 2, 3]))
    heads = shared * draw(st.sampled_from([1, 1, 2]))
    queries, keys = (draw(st.sampled_from([0, 1, 3, 7])) for _ in range(2))
    depth, width = (draw(st.sampled_from([1, 4, 5])) for _ in range(2))
    query = sample(draw, (batch, heads, queries, depth), dtype)
    key = sample(draw, (batch, shared, keys, depth), dtype)
    value = sample(draw, (batch, shared, keys, width), dtype)
    kind = draw(st.sampled_from([None, np.dtype(np.bool_), dtype]))
    mask = None
    if kind is not None:
        full = (batch, heads, queries, keys)
        shape = tuple(draw(st.sampled_from([1, size])) for size in full)
        mask = sample(draw, shape[draw(st.integers(0, 4)) :], kind)
    attributes = {"causal": draw(st.booleans()), "scale": draw(st.sampled_from([0.25, 1.0]))}
    # With dynamic sizes a dimension of 1 would be taken for a full one.
    stretched = mask is not None and mask.shape != (batch, heads, queries, keys)
    dynamic = not stretched and draw(st.booleans())
    scale = 4 * float(np.max(np.abs(value.astype(np.float64)), initial=1))
    op = draw(st.sampled_from([Attention, AttentionLogsumexp]))
    return Case(op, [query, key, value, mask], attributes, dynamic, scale)


@BATCHED
@given(st.lists(attentions(), min_size=15, max_size=20))
def test_attention_equals_its_reference(cases: list[Case]):
    check_cases(cases)


def test_attention_of_a_transformer():
    rng = np.random.default_rng(0)
    query, key, value = (rng.normal(size=(2, 12, 61, 32)).astype(np.float32) for _ in range(3))
    padding = np.zeros((2, 1, 1, 61), np.float32)
    padding[1, ..., 40:] = np.finfo(np.float32).min
    check_cases(
        [
            Case(
                Attention, [query, key, value, mask], {"causal": causal, "scale": 32**-0.5}, scale=8
            )
            for mask in (None, padding, padding == 0)
            for causal in (False, True)
        ]
    )
