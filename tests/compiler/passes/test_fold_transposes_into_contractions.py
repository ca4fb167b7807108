"""`tessel-fold-transposes-into-contractions` keeps results, and twice is once."""

import numpy as np
from pass_programs import program_tests

import tessel
from tessel import nn

test_keeps_results, test_twice_is_once = program_tests(
    ["tessel-attach-target", "cse"], ["tessel-fold-transposes-into-contractions"]
)


def test_a_1x1_convolution_moves_no_image():
    """With a norm, a bias and an activation, at odd sizes."""
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((13, 7, 1, 1)).astype(np.float32)
    scale, bias, mean, variance = rng.uniform(0.5, 1.5, (4, 13)).astype(np.float32)

    def layer(x):
        return nn.relu(nn.batch_norm(nn.conv(x, weight, bias), scale, bias, mean, variance))

    x = rng.standard_normal((1, 7, 9, 7)).astype(np.float32)
    compiled = tessel.compile(layer)
    text = compiled.ir("fused", x)
    main = text[text.index("func.func @main") :]
    assert "tessel.transpose" not in main
    assert "layout=plain" in main
    np.testing.assert_allclose(compiled(x), layer(x), rtol=2e-5, atol=2e-5)


def test_a_pool_between_stays_channels_last():
    """What it reads is reshaped, an op with a list of operands."""
    rng = np.random.default_rng(1)
    weight = rng.standard_normal((16, 8, 1, 1)).astype(np.float32)

    def layer(x):
        return nn.max_pool(nn.conv(x, weight), 2)

    x = rng.standard_normal((1, 8, 9, 7)).astype(np.float32)
    np.testing.assert_allclose(tessel.compile(layer)(x), layer(x), rtol=2e-5, atol=2e-5)
