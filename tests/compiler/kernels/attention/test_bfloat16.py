"""Attention of bfloat16: scores and softmax in float32, the result rounded once."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_levels import LEVELS, needs_bfloat16_dot
from sampling import BATCHED

import tessel
from tessel import nn
from tessel.dialects.attention import ScaledDotProductAttention
from tessel.dialects.types import bfloat16

TOLERANCE = 2.0**-8
"""Half an ulp of 8 bits, for the result and for the weights."""

Sizes = tuple[int, int, int, int]
"""Queries, keys, depth of keys and of values."""


def arrays(heads: int, kv_heads: int, sizes: Sizes, mask: str) -> list[np.ndarray]:
    queries, keys, depth, width = sizes
    rng = np.random.default_rng(sum(sizes))
    shapes = [(2, heads, queries, depth), (2, kv_heads, keys, depth), (2, kv_heads, keys, width)]
    found = [rng.standard_normal(shape).astype(bfloat16) for shape in shapes]
    if mask == "boolean":
        found.append(rng.random((2, 1, queries, keys)) > 0.4)
    if mask == "added":
        found.append(rng.standard_normal((heads, queries, keys)).astype(bfloat16))
    return found


def check_close(operands: list[np.ndarray], result: np.ndarray, causal: bool) -> None:
    """Compares with the reference in float64, relative to what is added."""
    wide = [one if one.dtype == np.bool_ else one.astype(np.float64) for one in operands]
    query, key, value = wide[:3]
    mask = wide[3] if len(wide) == 4 else None
    scale = float(1 / np.sqrt(query.shape[3]))
    expected, terms = (
        ScaledDotProductAttention.reference(query, key, one, mask, causal, scale)
        for one in (value, np.abs(value))
    )
    assert result.dtype == bfloat16
    error = np.abs(result.astype(np.float64) - expected)
    assert (error <= TOLERANCE * (np.abs(expected) + terms) + 1e-6).all(), error.max()


SIZES = st.tuples(
    st.sampled_from([9, 16, 33, 65, 100]),
    st.sampled_from([1, 2, 5, 64, 65, 131]),
    st.sampled_from([2, 16, 40, 66]),
    st.sampled_from([1, 16, 17, 40]),
)
CALLS = st.tuples(
    st.sampled_from([(2, 2), (4, 2)]),
    SIZES,
    st.sampled_from(["none", "boolean", "added"]),
    st.booleans(),
)


@needs_bfloat16_dot
def test_pairs():
    """Odd numbers of keys, tails of depths, masks, shared heads."""

    @BATCHED
    @given(st.lists(CALLS, min_size=6, max_size=6))
    def check(calls: list[Any]):
        inputs = [arrays(*heads, sizes, mask) for heads, sizes, mask, _ in calls]

        def program(inputs):
            pairs = zip(calls, inputs)
            return tuple(
                nn.scaled_dot_product_attention(*operands, causal=call[3])
                for call, operands in pairs
            )

        compiled = tessel.compile(program)
        assert compiled.ir("fused", inputs).count('template = "attention"') == len(calls)
        for call, operands, result in zip(calls, inputs, compiled(inputs)):
            check_close(operands, result, call[3])

    check()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("mask", ["none", "added"])
def test_few_queries(level: str, mask: str):
    """On every processor: numbers are widened as they are loaded."""
    operands = arrays(4, 2, (1, 1031, 65, 33), mask)
    compiled = tessel.compile(nn.scaled_dot_product_attention, target=level)
    assert 'template = "attention_decode"' in compiled.ir("fused", *operands)
    check_close(operands, compiled(*operands), causal=False)


@pytest.mark.parametrize("level", LEVELS)
def test_processors_without_the_instruction(level: str):
    operands = arrays(2, 2, (40, 70, 32, 32), "boolean")
    compiled = tessel.compile(nn.scaled_dot_product_attention, target=level)
    assert 'template = "attention"' not in compiled.ir("fused", *operands)
    check_close(operands, compiled(*operands), causal=False)


@needs_bfloat16_dot
def test_dynamic_lengths():
    def program(*operands):
        heads = [x.reshape(x.shape[0], 2, x.shape[2], 32) for x in operands]
        return nn.scaled_dot_product_attention(*heads, causal=True)

    compiled = tessel.compile(program, dynamic=True)
    for queries, keys in [(1, 1), (64, 64), (65, 67), (67, 3), (0, 5), (5, 0), (128, 63)]:
        operands = arrays(2, 2, (queries, keys, 32, 32), "none")
        assert 'template = "attention"' in compiled.ir("fused", *operands)
        check_close(operands, compiled(*operands), causal=True)
    assert compiled.stats.compiles == 1


@needs_bfloat16_dot
@pytest.mark.parametrize("axis", [1, 2])
def test_keys_and_values_with_their_depth_first(axis: int):
    """Their pairs are no neighbours, so they are turned before."""
    operands = arrays(2, 2, (40, 70, 32, 32), "none")

    def program(*operands):
        transposed = [
            np.swapaxes(one, 2, 3) if position == axis else one
            for position, one in enumerate(operands)
        ]
        return nn.scaled_dot_product_attention(*transposed)

    given_arrays = [
        np.ascontiguousarray(np.swapaxes(one, 2, 3)) if position == axis else one
        for position, one in enumerate(operands)
    ]
    check_close(operands, tessel.compile(program)(*given_arrays), causal=False)


@needs_bfloat16_dot
def test_not_a_number_and_masks_of_everything():
    """NaN reaches the results of its query; a query that may attend to nothing gets zeros."""
    query, key, value = arrays(1, 1, (40, 33, 16, 16), "none")
    query[0, 0, 3, 2] = np.nan
    mask = np.ones((40, 33), np.bool_)
    mask[7] = False
    result = tessel.compile(nn.scaled_dot_product_attention)(query, key, value, mask)
    wide = result.astype(np.float32)
    assert np.isnan(wide[0, 0, 3]).all()
    assert np.isfinite(np.delete(wide[0, 0], 3, axis=0)).all()
    assert not wide[:, :, 7].any()
