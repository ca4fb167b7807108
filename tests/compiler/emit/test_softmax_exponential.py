"""2 to the power of vectors, for each level, against NumPy."""

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel


@pytest.mark.parametrize("level", LEVELS)
def test_relative_error(level: str):
    """Of weights of a softmax, which are 2 to the power of what `exp2` is given."""
    x = np.zeros((16, 4001), np.float32)
    x[:, 1:] = -np.random.default_rng(0).uniform(0, 1, (16, 4000))

    def weights(x):
        return np.exp(x - np.max(x, axis=-1, keepdims=True)), np.max(x, axis=-1)

    compiled = tessel.compile(weights, target=level)
    assert 'template = "rows"' in compiled.ir("fused", x)
    np.testing.assert_allclose(compiled(x)[0], np.exp(x.astype(np.float64)), rtol=3.5e-7)
