"""Products that write zeros around their images: right, and without a kernel that copies them."""

import re

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel import nn
from tessel.compiler.emit.index import Index
from tessel.compiler.kernels.padding import ImagePadding


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("image", [(1, 5, 9, 7), (3, 16, 8, 5), (1, 64, 14, 14), (2, 5, 2, 3)])
def test_chains_of_convolutions(image: tuple[int, ...], level: str) -> None:
    """1x1 and windows, uneven padding, widths with tails, several images and blocks of rows."""
    channels = image[1]
    shapes = [(70, channels, 1, 1), (24, 70, 3, 3), (9, 24, 3, 3), (16, 9, 3, 3)]
    one, two, three, four, bias = arrays(*shapes, (70,))

    def network(x):
        y = nn.relu(nn.conv(x, one, bias))
        y = nn.relu(nn.conv(y, two, padding=1))
        return nn.conv(nn.conv(y, three, padding=(1, 2)), four, padding=1)

    (x,) = arrays(image)
    compiled = tessel.compile(network, target=level)
    kernels = compiled.explain(x)
    assert kernels.count(" + pad") == len(re.findall(r"\bpad\b", kernels)) == 3
    expected = network(x.astype(np.float64))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(compiled(x), expected, rtol=1e-4, atol=1e-5 * scale)


def test_indices_are_those_of_numpy() -> None:
    """Every pixel once, and around them every other index once."""
    padding = ImagePadding(2, 3, 4, (1, 2), (0, 3))
    numbers = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    padded = np.pad(numbers, ((0, 0), (1, 2), (0, 3)), constant_values=-1).reshape(-1)
    indices = [padding.padded_index(Index(row)).static for row in range(numbers.size)]
    assert (padded[indices] == np.arange(numbers.size)).all()
    assert padding.count * padding.size == padded.size
