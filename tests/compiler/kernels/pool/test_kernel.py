"""Pool kernels equal NumPy: kinds, strides, dilation, padding, tails, epilogues, NaN."""

from dataclasses import dataclass
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

WEIGHT = np.eye(40, dtype=np.float32)[:, :, None, None]


@dataclass(frozen=True)
class Layer:
    """A pool of NHWC images, since a convolution of 1 x 1 made them."""

    kind: str
    shape: tuple[int, int, int, int]
    window: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: int

    def apply(self, x: Any) -> Any:
        channels = self.shape[1]
        images = nn.conv(x, WEIGHT[:channels, :channels])
        options = {"stride": self.stride, "padding": self.padding}
        if self.kind == "max":
            pooled = nn.max_pool(images, self.window, dilation=self.dilation, **options)
        else:
            pooled = nn.avg_pool(images, self.window, **options)
        return nn.relu(pooled + 1)


@st.composite
def layers(draw: Any) -> Layer:
    """Windows that fit, with padding of half of one at most."""
    window = draw(st.tuples(*[st.sampled_from([1, 2, 3, 5])] * 2))
    padding = tuple(draw(st.integers(0, size // 2)) for size in window)
    kind = draw(st.sampled_from(["max", "average"]))
    dilation = draw(st.sampled_from([1, 2])) if kind == "max" else 1
    count, channels = draw(st.sampled_from([1, 3])), draw(st.sampled_from([2, 16, 24, 40]))
    spatial = [(size - 1) * dilation + 1 + draw(st.sampled_from([0, 1, 6])) for size in window]
    stride = draw(st.tuples(*[st.sampled_from([1, 2, 3])] * 2))
    return Layer(kind, (count, channels, *spatial), window, stride, padding, dilation)


@pytest.mark.parametrize("level", LEVELS)
def test_equals_numpy(level: str):
    @BATCHED
    @given(st.lists(layers(), min_size=8, max_size=8))
    def check(chosen: list[Layer]):
        rng = np.random.default_rng(0)
        images = [rng.standard_normal(layer.shape).astype(np.float32) for layer in chosen]
        check_layers([layer.apply for layer in chosen], images, level, "pool")

    check()


def test_nan_wins():
    images = np.zeros((1, 16, 6, 6), np.float32)
    images[0, 3, 2, 2] = np.nan
    layer = Layer("max", images.shape, (3, 3), (2, 2), (1, 1), 1)
    result = tessel.compile(lambda x: layer.apply(np.maximum(x, -1)))(images)
    expected = layer.apply(images)
    assert np.isnan(result[0, 3]).any()
    # The convolution, a product, spreads the NaN over all channels of a pixel.
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))


def test_averages_of_what_is_in_the_image_have_no_kernel():
    """They are right all the same."""
    images = np.random.default_rng(1).standard_normal((1, 16, 6, 6)).astype(np.float32)

    options = {"count_include_padding": False}

    def function(x):
        return nn.avg_pool(nn.conv(x, WEIGHT[:16, :16]), 3, stride=2, padding=1, **options)

    compiled = tessel.compile(function)
    assert 'template = "pool"' not in compiled.ir("fused", images)
    np.testing.assert_allclose(compiled(images), function(images), rtol=1e-5, atol=1e-5)
