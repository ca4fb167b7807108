"""`tessel-fold-scales` keeps results, and twice is once."""

from typing import Any

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

FIRST = ["cse"]
PASSES = ["tessel-fold-scales"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def _parameters(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform(0.5, 1.5, shape).astype(np.float32) for shape in shapes]


W, A, B, C = _parameters((24, 32), (32,), (32,), (1, 32))
FILTERS, SCALE, BIAS, MEAN, VARIANCE = _parameters((16, 3, 3, 3), (16,), (16,), (16,), (16,))
EACH = _parameters((3, 1, 3, 3))[0]
CHANNELS = [one[:3] for one in (SCALE, BIAS, MEAN, VARIANCE)]


def scaled(x):
    """Every op, both sides of a difference, rows and numbers."""
    return np.maximum(A - ((x @ W + A) * B - C) / 3.0 * 2.0, 0.0)


def normalised(x):
    image = x.reshape(2, 3, 8, 8)
    result = nn.conv(image, FILTERS, padding=1)
    return nn.relu(nn.batch_norm(result, SCALE, BIAS, MEAN, VARIANCE))


def depthwise(x):
    image = x.reshape(2, 3, 8, 8)
    return nn.batch_norm(nn.conv(image, EACH, padding=1, groups=3), *CHANNELS)


@pytest.mark.parametrize(
    ("function", "shape"), [(scaled, (9, 24)), (normalised, (2, 192)), (depthwise, (2, 192))]
)
def test_one_sum_is_left(function: Any, shape: tuple[int, int]) -> None:
    """Results are those of NumPy; the kernel adds, and scales nothing."""
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    compiled = tessel.compile(function, target="x86-64-v3")
    np.testing.assert_allclose(compiled(x), function(x), rtol=2e-5, atol=2e-5)
    kernels = compiled.explain(x)
    assert "add" in kernels
    assert not any(name in kernels for name in ("subtract", "multiply", "divide"))
