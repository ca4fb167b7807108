"""Convolution kernels equal the op's reference: windows, strides, padding, groups, chains."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_levels import LEVELS
from sampling import BATCHED

import tessel
from tessel import nn


@dataclass(frozen=True)
class Layer:
    """A convolution of one or two images with bias, and relu."""

    images: int
    channels: int
    size: tuple[int, int]
    outputs: int
    kernel: tuple[int, int]
    stride: int
    padding: int
    depthwise: bool

    @property
    def groups(self) -> int:
        return self.channels if self.depthwise else 1

    def arrays(self, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Image, weight and bias."""
        rng = np.random.default_rng(seed)
        outputs = self.channels if self.depthwise else self.outputs
        shapes = [
            (self.images, self.channels, *self.size),
            (outputs, self.channels // self.groups, *self.kernel),
            (outputs,),
        ]
        image, weight, bias = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
        return image, weight, bias

    def apply(self, image: Any, weight: Any, bias: Any) -> Any:
        options = {"stride": self.stride, "padding": self.padding, "groups": self.groups}
        return nn.relu(nn.conv(image, weight, bias, **options))


LAYERS = st.builds(
    Layer,
    st.sampled_from([1, 2]),
    st.sampled_from([1, 3, 16, 20, 33]),
    st.tuples(st.sampled_from([5, 7, 12, 14]), st.sampled_from([5, 6, 13, 28])),
    st.sampled_from([1, 8, 20, 64, 70]),
    st.tuples(st.sampled_from([1, 2, 3, 5]), st.sampled_from([1, 3, 4])),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([0, 1, 2]),
    st.booleans(),
)


@pytest.mark.parametrize("level", LEVELS)
def test_equals_float64(level: str):
    @BATCHED
    @given(st.lists(LAYERS, min_size=10, max_size=10))
    def check(layers: list[Layer]):
        arrays = [layer.arrays(seed) for seed, layer in enumerate(layers)]

        def all_layers(images):
            pairs = zip(layers, images, arrays)
            return tuple(layer.apply(image, *rest) for layer, image, (_, *rest) in pairs)

        images = [one[0] for one in arrays]
        compiled = tessel.compile(all_layers, target=level)
        for layer, one, result in zip(layers, arrays, compiled(images)):
            expected = layer.apply(*(array.astype(np.float64) for array in one))
            np.testing.assert_allclose(result, expected, rtol=2e-5, atol=1e-4, err_msg=str(layer))

    check()


def test_deep_windows_are_cut():
    """K of 4608 is summed in parts, of whole runs."""
    layer = Layer(1, 512, (7, 7), 64, (3, 3), 2, 1, depthwise=False)
    image, weight, bias = layer.arrays(1)
    compiled = tessel.compile(lambda x: layer.apply(x, weight, bias))
    assert "block_k = 1536" in compiled.ir("fused", image)
    expected = layer.apply(*(one.astype(np.float64) for one in (image, weight, bias)))
    np.testing.assert_allclose(compiled(image), expected, rtol=2e-5, atol=5e-4)


def test_a_residual_block_is_transposed_at_its_edges():
    """Three convolutions with batch norm and a residual: channels stay last in between."""
    rng = np.random.default_rng(2)
    shapes = [(16, 64, 1, 1), (16, 16, 3, 3), (64, 16, 1, 1)]
    weights = [rng.standard_normal(shape).astype(np.float32) / 8 for shape in shapes]
    norms = [rng.random((4, shape[0])).astype(np.float32) + 0.5 for shape in shapes]

    def block(x):
        y = x
        for position, (weight, norm) in enumerate(zip(weights, norms)):
            y = nn.batch_norm(nn.conv(y, weight, padding=weight.shape[2] // 2), *norm)
            y = nn.relu(y) if position < 2 else y
        return nn.relu(x + y)

    def two_blocks(x):
        return block(block(nn.relu(nn.conv(x, weights[2][:, :8]))))

    x = rng.standard_normal((1, 8, 10, 12)).astype(np.float32)
    compiled = tessel.compile(two_blocks)
    text = compiled.ir("fused", x).split("@main")[1]
    assert text.count("tessel.transpose") == 2
    assert text.count("tessel.fusion") == text.count("tessel.kernel") == 7 + 2
    expected = two_blocks(x.astype(np.float64))
    np.testing.assert_allclose(compiled(x), expected, rtol=1e-4, atol=1e-4)
