"""`tessel-fuse-epilogues` keeps results, and twice is once."""

import numpy as np
from pass_programs import program_tests

import tessel

FIRST = ["tessel-decompose", "cse"]
PASSES = ["tessel-fuse-epilogues"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def test_kernels_of_many_arrays() -> None:
    """An epilogue of forty biases is several kernels, and right."""
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in ((16, 32), (32, 64)))
    biases = [rng.standard_normal(64).astype(np.float32) for _ in range(40)]

    def layer(x, biases):
        y = x @ w
        for bias in biases:
            y = np.maximum(y + bias, 0)
        return y

    result = tessel.compile(layer)(x, biases)
    np.testing.assert_allclose(result, layer(x.astype(np.float64), biases), rtol=1e-5, atol=1e-4)
