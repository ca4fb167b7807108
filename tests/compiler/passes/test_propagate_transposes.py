"""`tessel-propagate-transposes` keeps results, and twice is once."""

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

FIRST = ["cse"]
PASSES = ["tessel-propagate-transposes"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


RNG = np.random.default_rng(0)
FIRST_FILTERS = RNG.standard_normal((8, 3, 3, 3)).astype(np.float32)
LAST_FILTERS = RNG.standard_normal((16, 8, 3, 3)).astype(np.float32)

POOLS = {
    "max": lambda x: nn.max_pool(x, 3, stride=2, padding=1),
    "average": lambda x: nn.avg_pool(x, 2),
    "padded average": lambda x: nn.avg_pool(x, 3, stride=1, padding=1),
}


def test_channels_stay_last_in_a_u_net():
    """Down, up by repeated pixels, beside what came before, normalised, with a residual."""
    joined = RNG.standard_normal((8, 24, 3, 3)).astype(np.float32)
    scale, shift = RNG.standard_normal((2, 8, 1, 1)).astype(np.float32)

    def block(x):
        high = nn.relu(nn.conv(x, FIRST_FILTERS, padding=1))
        low = nn.relu(nn.conv(nn.max_pool(high, 2, stride=2), LAST_FILTERS, padding=1))
        grown = np.repeat(np.repeat(low, 2, axis=2), 2, axis=3)
        made = nn.conv(np.concatenate([high, grown], axis=1), joined, padding=1)
        mean = made.mean(axis=(2, 3), keepdims=True)
        variance = ((made - mean) ** 2).mean(axis=(2, 3), keepdims=True)
        return high + scale * (made - mean) / np.sqrt(variance + 1e-5) + shift

    x = RNG.standard_normal((1, 3, 16, 20)).astype(np.float32)
    compiled = tessel.compile(block, target="x86-64-v3")
    np.testing.assert_allclose(compiled(x), block(x), rtol=1e-4, atol=1e-4)
    main = compiled.ir("fused", x).split("@main")[1]
    assert main.count("tessel.transpose") == 2


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
