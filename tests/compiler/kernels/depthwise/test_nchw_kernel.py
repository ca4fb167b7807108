"""Depthwise convolutions with channels first equal float64, at odd sizes, windows and strides."""

from typing import Any

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel import nn

RNG = np.random.default_rng(0)

CASES = [
    # channels, height, width, window, stride, padding
    (5, 33, 31, (3, 3), (1, 1), (1, 1)),
    (17, 14, 14, (3, 3), (1, 1), (1, 1)),
    (3, 40, 67, (3, 3), (2, 2), (1, 1)),
    (4, 21, 40, (5, 5), (2, 2), (2, 2)),
    (4, 19, 24, (5, 3), (1, 2), (0, 1)),
    (3, 19, 24, (1, 7), (2, 1), (0, 3)),
    (2, 9, 16, (4, 4), (3, 2), (0, 0)),
    (7, 8, 17, (2, 2), (1, 2), (2, 3)),
    (2, 8, 65, (9, 2), (1, 1), (3, 0)),
]


@pytest.mark.parametrize("level", LEVELS)
def test_equals_float64(level: str) -> None:
    """All in one program, with a bias and an activation."""
    images = [RNG.standard_normal((1, c, h, w)).astype(np.float32) for c, h, w, *_ in CASES]
    weights = [
        RNG.standard_normal((c, 1, *window)).astype(np.float32) for c, _, _, window, *_ in CASES
    ]
    biases = [RNG.standard_normal(c).astype(np.float32) for c, *_ in CASES]

    def layers(images: Any) -> Any:
        made = [
            nn.conv(x, weight, bias, stride=stride, padding=padding, groups=c)
            for x, weight, bias, (c, _, _, _, stride, padding) in zip(
                images, weights, biases, CASES
            )
        ]
        return [nn.relu(one) for one in made]

    compiled = tessel.compile(layers, target=level)
    text = compiled.ir("fused", images)
    assert text.count('template = "depthwise_nchw"') == len(CASES)
    assert "tessel.transpose" not in text[text.index("func.func @main") :]
    expected = layers([x.astype(np.float64) for x in images])
    for got, want in zip(compiled(images), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "stride"),
    [
        ((1, 3, 200, 300), 1),  # a plane larger than the stack
        ((2, 3, 20, 20), 1),  # several images
        ((1, 3, 30, 30), 3),  # a stride that the kernel does not know
        ((1, 3, 7, 3), 1),  # rows shorter than half a vector
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_others_keep_channels_last(level: str, shape: tuple[int, ...], stride: int) -> None:
    weight = RNG.standard_normal((3, 1, 3, 3)).astype(np.float32)
    x = RNG.standard_normal(shape).astype(np.float32)

    def layer(x: Any) -> Any:
        return nn.conv(x, weight, stride=stride, padding=1, groups=3)

    compiled = tessel.compile(layer, target=level)
    text = compiled.ir("fused", x)
    assert 'template = "depthwise"' in text
    np.testing.assert_allclose(compiled(x), layer(x.astype(np.float64)), rtol=1e-5, atol=1e-5)
