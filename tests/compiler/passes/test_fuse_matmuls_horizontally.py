"""`tessel-fuse-matmuls-horizontally` keeps results, and twice is once."""

from typing import Any

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

FIRST = ["cse"]
PASSES = ["tessel-fuse-matmuls-horizontally"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def _weights(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [(rng.standard_normal(shape) / 4).astype(np.float32) for shape in shapes]


WQ, WK, WV, BQ, BK, BV = _weights((24, 32), (24, 16), (24, 16), (32,), (16,), (16,))
FUSED, TWO = _weights((24, 96), (24, 64))


def _heads(x, depth):
    batch, length, width = x.shape
    return x.reshape(batch, length, width // depth, depth).transpose(0, 2, 1, 3)


def _joined(x):
    batch, heads, length, depth = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, length, heads * depth)


def separate(x):
    """Grouped heads: keys and values are half as wide as queries."""
    parts = _heads(x @ WQ + BQ, 8), _heads(x @ WK + BK, 8), _heads(x @ WV + BV, 8)
    return _joined(nn.scaled_dot_product_attention(*parts))


def split(x):
    """As GPT-2 writes it."""
    parts = [_heads(one, 8) for one in np.split(x @ FUSED, 3, axis=-1)]
    return _joined(nn.scaled_dot_product_attention(*parts, causal=True))


def indexed(x):
    """As ViT writes it."""
    batch, length, _ = x.shape
    parts = (x @ FUSED).reshape(batch, length, 3, 4, 8).transpose(2, 0, 3, 1, 4)
    return _joined(nn.scaled_dot_product_attention(parts[0], parts[1], parts[2]))


def activated(x):
    """Products that the same op follows."""
    return np.cumsum(nn.relu(x @ WK + BK), axis=0), np.cumsum(nn.relu(x @ WV + BV), axis=0)


def gated(x):
    """One product is followed by what the other is not."""
    return nn.silu(x @ WK) * (x @ WV), x @ WQ


@pytest.mark.parametrize("length", [9, 1])
@pytest.mark.parametrize("function", [separate, split, indexed])
def test_attention_is_one_product_and_one_kernel(function: Any, length: int) -> None:
    """Nothing is moved between them; results are those of NumPy."""
    x = np.random.default_rng(1).standard_normal((2, length, 24)).astype(np.float32)
    compiled = tessel.compile(function, target="x86-64-v3")
    np.testing.assert_allclose(compiled(x), function(x), rtol=2e-5, atol=2e-5)
    kernels = [line for line in compiled.explain(x).splitlines()[1:-1]]
    assert len(kernels) == 2
    assert "packed_matmul" in kernels[0]
    assert "scaled_dot_product_attention" in kernels[1]


def in_turn(x):
    """Siblings of an array that is itself one of siblings."""
    first, second = x @ WQ[:, :24], x @ WK
    third, fourth = first @ WQ, first @ WV
    return tuple(np.cumsum(one, axis=0) for one in (second, third, fourth))


@pytest.mark.parametrize(("function", "products"), [(activated, 1), (gated, 3), (in_turn, 2)])
def test_what_follows_is_merged_or_left(function: Any, products: int) -> None:
    x = np.random.default_rng(1).standard_normal((40, 24)).astype(np.float32)
    compiled = tessel.compile(function, target="x86-64-v3")
    assert compiled.ir("fused", x).count("tessel.packed_matmul") == products
    for result, expected in zip(compiled(x), function(x), strict=True):
        np.testing.assert_allclose(result, expected, rtol=2e-5, atol=2e-5)
