"""`tessel-sink-weight-dequantization` keeps results, and twice is once."""

import numpy as np
from pass_programs import program_tests

import tessel
import tessel.numpy as tnp

test_keeps_results, test_twice_is_once = program_tests(
    ["cse"], ["tessel-sink-weight-dequantization"]
)


def test_scaled_weights_stay_int8():
    """Also where the scale comes first, and where the product is scaled again."""
    rng = np.random.default_rng(0)
    weight = rng.integers(-128, 128, (36, 40)).astype(np.int8)
    scale = rng.random((1, 40)).astype(np.float32)

    def layers(x):
        wide = tnp.asarray(weight).astype(np.float32)
        return x @ (wide * scale), (x @ (scale * wide)) * np.float32(0.5) + scale[0]

    x = rng.standard_normal((2, 36)).astype(np.float32)
    compiled = tessel.compile(layers)
    assert compiled.ir("fused", x).count("weight=int8") == 2
    expected = x.astype(np.float64) @ (weight * scale.astype(np.float64))
    for result, wanted in zip(compiled(x), (expected, expected * 0.5 + scale[0]), strict=True):
        np.testing.assert_allclose(result, wanted, rtol=2e-5, atol=1e-4)
