"""`tessel-raise-attention` finds attention however it is written, and nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

FIRST = ["cse"]
PASSES = ["tessel-raise-attention"]

RNG = np.random.default_rng(0)
MASK = RNG.random((2, 1, 6, 7)) > 0.3
MASK[..., 0] = True
PADDING = MASK[:, :, :1]
BIAS = RNG.standard_normal((4, 6, 7)).astype(np.float32)
WEIGHT = RNG.standard_normal((8, 7)).astype(np.float32)


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def heads(*shape: int) -> list[np.ndarray]:
    """Queries, keys and values: 6 of the one, 7 of the others, 8 deep."""
    sizes = [(*shape, 6, 8), (*shape, 7, 8), (*shape, 7, 8)]
    return [RNG.standard_normal(size).astype(np.float32) for size in sizes]


def scores(q: Any, k: Any) -> Any:
    return q @ np.swapaxes(k, -1, -2)


def by_hand(s: Any) -> Any:
    """Softmax as its formula."""
    e = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def unsafe(s: Any) -> Any:
    """Softmax without the maximum."""
    e = np.exp(s)
    return e / np.sum(e, axis=-1, keepdims=True)


def repeated(x: Any) -> Any:
    return np.repeat(x, 2, axis=1)


MATCHES: dict[str, Callable[..., Any]] = {
    "plain": lambda q, k, v: nn.softmax(scores(q, k)) @ v,
    "scaled after": lambda q, k, v: nn.softmax(scores(q, k) * 0.25) @ v,
    "divided": lambda q, k, v: nn.softmax(scores(q, k) / np.float32(np.sqrt(8))) @ v,
    "scaled before": lambda q, k, v: nn.softmax(scores(q * 0.25, k)) @ v,
    "scaled twice": lambda q, k, v: nn.softmax(scores(q * 0.5, k * 0.5) * 0.5) @ v,
    "formula": lambda q, k, v: by_hand(scores(q, k) * 0.25) @ v,
    "formula without maximum": lambda q, k, v: unsafe(scores(q, k) * 0.25) @ v,
    "matmul": lambda q, k, v: np.matmul(nn.softmax(np.matmul(q, k.transpose(0, 1, 3, 2))), v),
    "boolean": lambda q, k, v: nn.softmax(np.where(MASK, scores(q, k), -np.inf)) @ v,
    "padding": lambda q, k, v: nn.softmax(np.where(PADDING, scores(q, k) * 0.3, -np.inf)) @ v,
    "finite number": lambda q, k, v: nn.softmax(np.where(MASK, scores(q, k), -1e9)) @ v,
    "added": lambda q, k, v: nn.softmax(scores(q, k) * 0.25 + BIAS) @ v,
    "added first": lambda q, k, v: nn.softmax(BIAS + scores(q, k) * 0.25) @ v,
    "added, then scaled": lambda q, k, v: nn.softmax((scores(q, k) + BIAS) * 0.25) @ v,
    "subtracted": lambda q, k, v: nn.softmax(scores(q, k) - BIAS) @ v,
    "added and chosen": lambda q, k, v: (
        nn.softmax(np.where(MASK, scores(q, k) + BIAS, -np.inf)) @ v
    ),
    "chosen, added, scaled": lambda q, k, v: (
        nn.softmax((np.where(MASK, scores(q, k), -np.inf) + BIAS) * 0.5) @ v
    ),
    "chosen twice": lambda q, k, v: (
        nn.softmax(np.where(PADDING, np.where(MASK, scores(q, k), -np.inf), -np.inf)) @ v
    ),
    "causal": lambda q, k, v: (
        nn.softmax(np.where(np.tril(np.ones((6, 7), bool)), scores(q, k), -np.inf)) @ v
    ),
}

NEAR_MISSES: dict[str, Callable[..., Any]] = {
    "softmax along queries": lambda q, k, v: nn.softmax(scores(q, k), axis=-2) @ v,
    "softmax along heads": lambda q, k, v: nn.softmax(scores(q, k), axis=1) @ v,
    "no softmax": lambda q, k, v: np.exp(scores(q, k)) @ v,
    "sigmoid": lambda q, k, v: nn.sigmoid(scores(q, k)) @ v,
    "clipped": lambda q, k, v: nn.softmax(np.maximum(scores(q, k), 0.0)) @ v,
    "tanh": lambda q, k, v: nn.softmax(np.tanh(scores(q, k))) @ v,
    "scaled by an array": lambda q, k, v: nn.softmax(scores(q, k) * BIAS) @ v,
    "high number": lambda q, k, v: nn.softmax(np.where(MASK, scores(q, k), 0.0)) @ v,
    "sums of other rows": lambda q, k, v: (
        (np.exp(scores(q, k)) / np.sum(np.exp(scores(q, k)), axis=-2, keepdims=True)) @ v
    ),
    "weights of another": lambda q, k, v: (
        (np.exp(scores(q, k)) / np.sum(np.exp(scores(q, k) * 2.0), axis=-1, keepdims=True)) @ v
    ),
    "weights are returned": lambda q, k, v: (lambda weights: (weights @ v, weights))(
        nn.softmax(scores(q, k))
    ),
    "scores are returned": lambda q, k, v: (lambda s: (nn.softmax(s) @ v, s))(scores(q, k)),
    "weights instead of keys": lambda q, k, v: nn.softmax(q @ WEIGHT) @ v,
    "a product of masked weights": lambda q, k, v: (
        np.where(MASK, nn.softmax(scores(q, k)), 0.0) @ v
    ),
}


def check(function: Callable[..., Any], inputs: list[np.ndarray], count: int) -> None:
    """How often attention is found, and that results are those of NumPy."""
    compiled = tessel.compile(function, target="x86-64-v3")
    assert compiled.ir("fused", *inputs).count("tessel.scaled_dot_product_attention") == count
    got, want = compiled(*inputs), function(*inputs)
    for one, other in zip(*(x if isinstance(x, tuple) else (x,) for x in (got, want)), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", MATCHES)
def test_finds_attention(name: str) -> None:
    check(MATCHES[name], heads(2, 4), 1)


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_misses_are_left_alone(name: str) -> None:
    check(NEAR_MISSES[name], heads(2, 4), 0)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_matrices_and_batches_of_them(shape: tuple[int, ...]) -> None:
    """Rank 2 and 3 are heads of their own."""
    check(MATCHES["scaled after"], heads(*shape), 1)
    check(lambda q, k, v: nn.softmax(scores(q, k) + BIAS[0]) @ v, heads(*shape), 1)


def test_repeated_keys_and_values_are_read_once() -> None:
    """The repetition goes, and with it the memory that it takes."""
    query, key, value = heads(2, 4)

    def grouped(q, k, v):
        return nn.softmax(scores(q, repeated(k)) * 0.25) @ repeated(v)

    inputs = [query, key[:, :2].copy(), value[:, :2].copy()]
    check(grouped, inputs, 1)
    assert "tessel.take" not in tessel.compile(grouped, target="x86-64-v3").ir("fused", *inputs)


def test_a_query_that_may_attend_to_nothing_gets_zeros() -> None:
    """Where the formula gives NaN."""
    nothing = np.zeros((6, 7), bool)
    function = tessel.compile(
        lambda q, k, v: nn.softmax(np.where(nothing, scores(q, k), -np.inf)) @ v,
        target="x86-64-v3",
    )
    np.testing.assert_array_equal(function(*heads(2, 4)), np.zeros((2, 4, 6, 8), np.float32))


def test_dynamic_lengths():
    """One kernel for a model's heads, whatever the batch and the number of tokens."""

    def program(x, mask):
        heads = x.reshape(x.shape[0], x.shape[1], 2, 8).transpose(0, 2, 1, 3)
        weights = nn.softmax(scores(heads, heads) * 0.25 + mask)
        return (weights @ heads).transpose(0, 2, 1, 3)

    compiled = tessel.compile(program, dynamic=True)
    for batch, tokens in ((1, 1), (2, 7), (1, 70)):
        x = RNG.standard_normal((batch, tokens, 16)).astype(np.float32)
        mask = RNG.standard_normal((tokens, tokens)).astype(np.float32)
        assert 'template = "attention"' in compiled.ir("fused", x, mask)
        np.testing.assert_allclose(compiled(x, mask), program(x, mask), rtol=1e-4, atol=1e-5)
    assert compiled.stats.compiles == 1
