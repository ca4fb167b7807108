"""Networks of random layers have the results that they have in float64.

`python tests/fuzz_networks.py` tries as many as one likes.
"""

import numpy as np
import pytest
from kernel_levels import LEVELS
from random_networks import random_network


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(3))
def test_equals_float64(level: str, seed: int):
    network = random_network(np.random.default_rng([2026, seed]), 24)
    assert network.difference(keep=8, target=level) == ""
