"""Winograd kernels equal float64: odd sizes, narrow panels, several images, chains, epilogues."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_levels import LEVELS
from layer_programs import check_layers
from sampling import BATCHED

import tessel
from tessel import nn

LAYERS = st.tuples(
    st.sampled_from([1, 2]),
    st.sampled_from([32, 33, 64]),
    st.sampled_from([32, 70, 128]),
    st.sampled_from([1, 2, 7, 14]),
    st.sampled_from([3, 8, 13]),
)
"""Images, their channels, those of the result, and its height and width."""


def weights(seed: int, channels: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """A kernel of 3 x 3 and a bias."""
    rng = np.random.default_rng(seed)
    kernel = rng.standard_normal((outputs, channels, 3, 3)) / (9 * channels) ** 0.5
    return kernel.astype(np.float32), rng.standard_normal(outputs).astype(np.float32)


def layer(kernel: np.ndarray, bias: np.ndarray, x: Any) -> Any:
    return nn.relu(nn.conv(x, kernel, bias, padding=1))


@pytest.mark.parametrize("level", LEVELS)
def test_equals_float64(level: str):
    @BATCHED
    @given(st.lists(LAYERS, min_size=4, max_size=4))
    def check(layers: list[tuple[int, ...]]):
        rng = np.random.default_rng(0)
        shapes = [(n, channels, height, width) for n, channels, _, height, width in layers]
        images = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        parameters = [weights(seed, one[1], one[2]) for seed, one in enumerate(layers)]
        applied = [partial(layer, *one) for one in parameters]
        check_layers(applied, images, level, "winograd")

    check()


def test_a_chain_with_residuals():
    """Each writes the zeros around the images of the next, and reads what is added."""
    parameters = [weights(seed, 64, 64) for seed in range(4)]

    def chain(x):
        for position, (kernel, bias) in enumerate(parameters):
            y = nn.conv(x, kernel, bias, padding=1)
            x = nn.relu(y + x) if position % 2 else nn.relu(y)
        return x

    rng = np.random.default_rng(1)
    images = rng.standard_normal((2, 64, 9, 12)).astype(np.float32)
    compiled = tessel.compile(chain)
    text = compiled.ir("fused", images).split("@main")[1]
    assert text.count("tessel.winograd_convolution") == 4
    assert text.count("tessel.fusion") == text.count("tessel.kernel")
    expected = chain(images.astype(np.float64))
    np.testing.assert_allclose(compiled(images), expected, rtol=1e-5, atol=2e-5)


def test_is_as_exact_as_the_sum():
    """The largest error is below three times that of NumPy's float32."""
    kernel, bias = weights(2, 256, 64)
    images = np.random.default_rng(3).standard_normal((1, 256, 14, 14)).astype(np.float32)

    def convolution(x):
        return nn.conv(x, kernel, bias, padding=1)

    exact = convolution(images.astype(np.float64))
    error = np.abs(tessel.compile(convolution)(images) - exact).max()
    assert error < 3 * np.abs(convolution(images) - exact).max()


@pytest.mark.parametrize(
    ("channels", "outputs", "size", "stride"), [(31, 64, 3, 1), (64, 31, 3, 1), (64, 64, 3, 2),
                                                (64, 64, 2, 1)]
)  # fmt: skip
def test_not_where_it_saves_nothing(channels: int, outputs: int, size: int, stride: int):
    rng = np.random.default_rng(4)
    kernel = rng.standard_normal((outputs, channels, size, size)).astype(np.float32)
    compiled = tessel.compile(lambda x: nn.conv(x, kernel, stride=stride, padding=1))
    text = compiled.ir("fused", np.zeros((1, channels, 8, 8), np.float32))
    assert "tessel.packed_convolution" in text
    assert "winograd" not in text
