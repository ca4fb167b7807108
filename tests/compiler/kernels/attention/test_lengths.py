"""Attention over dynamic batches and lengths: one program for all of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_levels import LEVELS
from sampling import BATCHED

import tessel
from tessel import nn
from tessel.dialects.attention import ScaledDotProductAttention

HEADS, SHARED, HEAD_DIM, WIDTH = 4, 2, 24, 40
SCALE = HEAD_DIM**-0.5
MASKS = ["none", "boolean", "padding", "added"]
LENGTHS = st.one_of(
    st.sampled_from([0, 1, 2, 15, 16, 17, 63, 64, 65, 128, 131]), st.integers(0, 200)
)


def split(x: Any, heads: int, depth: int = HEAD_DIM) -> Any:
    """[B, S, H * D] as [B, H, S, D]."""
    return x.reshape(x.shape[0], x.shape[1], heads, depth).transpose(0, 2, 1, 3)


def program(causal: bool) -> Callable[..., Any]:
    """Attention under each kind of mask."""

    def all_masks(query, key, value, boolean, padding, added):
        arrays = split(query, HEADS), split(key, SHARED), split(value, SHARED, WIDTH)
        masks = [None, boolean[:, None], padding[:, None, None], added[:, None]]
        return tuple(
            nn.scaled_dot_product_attention(*arrays, mask, causal=causal, scale=SCALE)
            for mask in masks
        )

    return all_masks


def inputs(batch: int, queries: int, keys: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = [
        (batch, queries, HEADS * HEAD_DIM),
        (batch, keys, SHARED * HEAD_DIM),
        (batch, keys, SHARED * WIDTH),
    ]
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    arrays += [rng.random((batch, queries, keys)) > 0.4, rng.random((batch, keys)) > 0.4]
    return [*arrays, rng.standard_normal((batch, queries, keys)).astype(np.float32)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
def test_one_program_for_all_lengths(level: str, causal: bool):
    compiled = tessel.compile(program(causal), target=level, dynamic=True)
    text = compiled.ir("fused", *inputs(1, 2, 2, 0))
    assert text.count('template = "attention"') == len(MASKS)

    @BATCHED
    @given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), LENGTHS, LENGTHS), min_size=8))
    def check(lengths: list[tuple[int, int, int]]):
        for seed, sizes in enumerate(lengths):
            arrays = inputs(*sizes, seed)
            for name, result, expected in zip(MASKS, compiled(*arrays), _expected(arrays, causal)):
                message = f"{sizes} {name}"
                np.testing.assert_allclose(result, expected, rtol=2e-5, atol=5e-6, err_msg=message)

    check()
    assert compiled.stats.compiles == 1


def test_few_queries_and_any_number_of_keys():
    """Parts of the keys may be empty."""

    def decode(query, key, value):
        one = query.reshape(query.shape[0], HEADS, 1, HEAD_DIM)
        arrays = one, split(key, SHARED), split(value, SHARED, WIDTH)
        return nn.scaled_dot_product_attention(*arrays, scale=SCALE)

    compiled = tessel.compile(decode, dynamic=True)
    for batch, keys in [(1, 1), (1, 0), (2, 63), (1, 64), (3, 65), (1, 257), (1, 1031), (0, 5)]:
        query, key, value = inputs(batch, 1, keys, keys)[:3]
        text = compiled.ir("fused", query, key, value)
        assert 'template = "attention_decode"' in text
        arrays = [split(query, HEADS), split(key, SHARED), split(value, SHARED, WIDTH)]
        wide = [one.astype(np.float64) for one in arrays]
        expected = ScaledDotProductAttention.reference(*wide, None, False, SCALE)
        result = compiled(query, key, value)
        np.testing.assert_allclose(result, expected, rtol=2e-5, atol=5e-6, err_msg=f"{keys}")
    assert compiled.stats.compiles == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_a_known_number_of_queries_or_keys(threads: int, monkeypatch: pytest.MonkeyPatch):
    """One may be known and the other not, whatever the workgroups are shared among."""
    monkeypatch.setenv("TESSEL_THREADS", str(threads))
    rng = np.random.default_rng(1)
    known = rng.standard_normal((1, 70, HEADS * HEAD_DIM)).astype(np.float32)

    def attend(x):
        arrays = split(known, HEADS), split(x, HEADS), split(x, HEADS)
        back = split(x, HEADS), split(known, HEADS), split(known, HEADS)
        return tuple(
            nn.scaled_dot_product_attention(*one, causal=causal, scale=SCALE)
            for one in (arrays, back)
            for causal in (False, True)
        )

    compiled = tessel.compile(attend, dynamic=True)
    for length in (1, 64, 70, 71, 129):
        x = rng.standard_normal((1, length, HEADS * HEAD_DIM)).astype(np.float32)
        for result, expected in zip(compiled(x), attend(x), strict=True):
            np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
    assert compiled.stats.compiles == 1


def _expected(arrays: list[np.ndarray], causal: bool) -> list[np.ndarray]:
    query, key, value, boolean, padding, added = arrays
    heads = [split(query, HEADS), split(key, SHARED), split(value, SHARED, WIDTH)]
    wide = [one.astype(np.float64) for one in heads]
    masks = [None, boolean[:, None], padding[:, None, None], added[:, None].astype(np.float64)]
    return [ScaledDotProductAttention.reference(*wide, mask, causal, SCALE) for mask in masks]
