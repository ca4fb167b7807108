"""`tessel.nn` and `tessel.random` give the same eagerly and compiled, and what they say."""

from typing import Any

import numpy as np
import pytest

import tessel
from tessel import nn, random

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 6)).astype(np.float32)
W = RNG.standard_normal((6, 6)).astype(np.float32)
Q = RNG.standard_normal((1, 4, 5, 8)).astype(np.float32)
K = RNG.standard_normal((1, 2, 5, 8)).astype(np.float32)
KEY = random.key(7)

CASES = {
    "linear": lambda x, w, q, k, key: nn.linear(x, w, w[0]),
    "embedding": lambda x, w, q, k, key: nn.embedding(np.array([0, 5, 2]), w),
    "one_hot": lambda x, w, q, k, key: nn.one_hot(np.array([0, 2]), 3),
    "layer_norm": lambda x, w, q, k, key: nn.layer_norm(x, w[0], w[1]),
    "rms_norm": lambda x, w, q, k, key: nn.rms_norm(x),
    "softmax": lambda x, w, q, k, key: nn.softmax(x),
    "gelu": lambda x, w, q, k, key: nn.gelu(x),
    "attention": lambda x, w, q, k, key: nn.scaled_dot_product_attention(q, k, k, causal=True),
    "dropout of integers": lambda x, w, q, k, key: nn.dropout(np.arange(64), 0.5, key) + x[0, 0],
    "uniform": lambda x, w, q, k, key: random.uniform(key, (3, 4)),
    "normal": lambda x, w, q, k, key: random.normal(key, (3, 4)),
    "randint": lambda x, w, q, k, key: random.randint(key, 2, 9, (50,)),
    "permutation": lambda x, w, q, k, key: random.permutation(key, np.int64(10)),
    "split": lambda x, w, q, k, key: random.split(key, 3),
}


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """All cases as one program."""

    def program(*arrays):
        return {name: case(*arrays) for name, case in CASES.items()}

    return tessel.compile(program)(X, W, Q, K, KEY)


@pytest.mark.parametrize("name", CASES)
def test_eager_equals_compiled(name: str, compiled: dict[str, Any]) -> None:
    """Values, shape and dtype."""
    eager = np.asarray(CASES[name](X, W, Q, K, KEY))
    assert compiled[name].dtype == eager.dtype
    np.testing.assert_allclose(compiled[name], eager, rtol=2e-5, atol=1e-6)


def test_random_numbers_are_what_they_say() -> None:
    """Uniform in [0, 1), normal with mean 0 and deviation 1, a permutation of all."""
    drawn = random.uniform(KEY, (10_000,))
    assert 0 <= drawn.min() < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 0.02
    normal = random.normal(KEY, (10_000,))
    assert abs(normal.mean()) < 0.05
    assert abs(normal.std() - 1) < 0.05
    np.testing.assert_array_equal(np.sort(random.permutation(KEY, 10)), np.arange(10))
    assert not np.array_equal(random.uniform(random.key(8), (4,)), random.uniform(KEY, (4,)))


def test_dropout_scales_what_stays() -> None:
    """Half of the elements are 0, the others doubled, also for integers."""
    dropped = nn.dropout(np.ones(10_000, np.int64), 0.5, KEY)
    assert set(np.unique(dropped)) == {0.0, 2.0}
