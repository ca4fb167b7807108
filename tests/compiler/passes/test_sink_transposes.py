"""`tessel-sink-transposes` keeps results, and twice is once."""

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

FIRST = ["cse"]
PASSES = ["tessel-sink-transposes"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


RNG = np.random.default_rng(0)
FIRST_FILTERS = RNG.standard_normal((8, 3, 3, 3)).astype(np.float32)
LAST_FILTERS = RNG.standard_normal((16, 8, 3, 3)).astype(np.float32)

POOLS = {
    "max": lambda x: nn.max_pool(x, 3, stride=2, padding=1),
    "average": lambda x: nn.avg_pool(x, 2),
    "padded average": lambda x: nn.avg_pool(x, 3, stride=1, padding=1),
}


@pytest.mark.parametrize("name", POOLS)
def test_channels_stay_last_through_a_pool(name: str) -> None:
    """Between two convolutions nothing is transposed, and results are those of NumPy."""

    def network(x):
        pooled = POOLS[name](nn.relu(nn.conv(x, FIRST_FILTERS)))
        return nn.conv(pooled, LAST_FILTERS, padding=1)

    x = RNG.standard_normal((2, 3, 11, 13)).astype(np.float32)
    compiled = tessel.compile(network, target="x86-64-v3")
    np.testing.assert_allclose(compiled(x), network(x), rtol=2e-5, atol=2e-5)
    kernels = [line.split()[1] for line in compiled.explain(x).splitlines()[1:-1]]
    assert kernels.count("transpose") == 2
    assert "pool" in kernels
