"""Attention that gives its logarithms: they are right, and parts of the keys join by them."""

from typing import Any

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel import nn

KEYS, HALF = 150, 70


def arrays(heads: int, kv_heads: int, queries: int) -> list[np.ndarray]:
    rng = np.random.default_rng(queries)
    shapes = [(2, heads, queries, 40), (2, kv_heads, KEYS, 40), (2, kv_heads, KEYS, 24)]
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def attend(*operands: Any, **options: Any) -> Any:
    return nn.scaled_dot_product_attention(*operands, return_lse=True, **options)


def join(parts: list[Any]) -> np.ndarray:
    """Results for parts of the keys as one: each counts the exponential of its logarithm."""
    total = np.logaddexp.reduce([lse for _, lse in parts])
    return sum(result * np.exp(lse - total)[..., None] for result, lse in parts)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("heads", "kv_heads", "queries"), [(4, 2, 1), (2, 1, 83)])
def test_halves_of_the_keys_join(level: str, heads: int, kv_heads: int, queries: int):
    """Shared heads, a causal mask over the keys that come first, and each a mask of its own."""
    query, key, value = arrays(heads, kv_heads, queries)
    rng = np.random.default_rng(1)
    mask = rng.random((2, 1, queries, KEYS)) > 0.5
    causal = np.tri(queries, KEYS, dtype=np.bool_)
    first, second = slice(0, HALF), slice(HALF, KEYS)

    def programs(query, key, value, mask, causal):
        def halves(mask, second_mask, **options):
            return (
                attend(query, key[:, :, first], value[:, :, first], mask, **options),
                attend(query, key[:, :, second], value[:, :, second], second_mask),
            )

        return {
            "plain": halves(None, None),
            "mask": halves(mask[..., first], mask[..., second]),
            "causal": halves(None, causal[:, second], causal=True),
        }

    compiled = tessel.compile(programs, target=level)
    text = compiled.ir("fused", query, key, value, mask, causal)
    assert text.count("tessel.kernel = ") == 6
    found = compiled(query, key, value, mask, causal)
    wide = [one.astype(np.float64) for one in (query, key, value)]
    masks = {"plain": None, "mask": mask, "causal": causal}
    for name, parts in found.items():
        expected, logarithms = attend(*wide, masks[name])
        np.testing.assert_allclose(join(list(parts)), expected, rtol=2e-5, atol=5e-6, err_msg=name)
        total = np.logaddexp(parts[0][1], parts[1][1])
        np.testing.assert_allclose(total, logarithms, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("queries", [1, 67])
def test_a_query_that_attends_to_nothing(queries: int):
    query, key, value = arrays(2, 2, queries)
    mask = np.ones((queries, KEYS), np.bool_)
    mask[-1] = False
    result, logarithms = tessel.compile(attend)(query, key, value, mask)
    assert not result[:, :, -1].any()
    assert np.isneginf(logarithms[:, :, -1]).all()
    assert np.isfinite(logarithms[:, :, :-1]).all()


@pytest.mark.parametrize("queries", [1, 67])
def test_one_pass_over_the_keys(queries: int):
    """The logarithms are a result of the kernel that attends."""
    operands = arrays(2, 2, queries)
    with_logarithms = tessel.compile(attend).ir("linalg", *operands)
    without = tessel.compile(nn.scaled_dot_product_attention).ir("linalg", *operands)
    assert with_logarithms.count("flow.dispatch") == without.count("flow.dispatch")
    assert "linalg.generic" not in with_logarithms


def test_lower_ranks():
    """B and H may be left out."""
    query, key, value = (one[0, 0] for one in arrays(1, 1, 9))
    result, logarithms = tessel.compile(attend)(query, key, value)
    assert result.shape == (9, 24)
    assert logarithms.shape == (9,)
    expected = attend(*(one.astype(np.float64) for one in (query, key, value)))
    np.testing.assert_allclose(result, expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(logarithms, expected[1], rtol=1e-5, atol=1e-5)


def test_dynamic_lengths():
    def sized(query, key, value):
        pairs = zip((query, key, value), (40, 40, 24))
        heads = [x.reshape(x.shape[0], 2, x.shape[2], depth) for x, depth in pairs]
        return attend(*heads, causal=True, scale=0.2)

    compiled = tessel.compile(sized, dynamic=True)
    for queries in (1, 64, 67):
        operands = arrays(2, 2, queries)
        expected = sized(*(one.astype(np.float64) for one in operands))
        assert "tessel.kernel" in compiled.ir("fused", *operands)
        for result, reference in zip(compiled(*operands), expected, strict=True):
            np.testing.assert_allclose(result, reference, rtol=1e-5, atol=1e-5)
    assert compiled.stats.compiles == 1
