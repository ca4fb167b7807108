"""`tessel-fuse-reductions` keeps results, twice is once, and each fusion is one kernel."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

FIRST = ["tessel-decompose", "tessel-canonicalize", "cse"]
PASSES = ["tessel-fuse-reductions"]
RNG = np.random.default_rng(0)
X = RNG.standard_normal((64, 96)).astype(np.float32)
W = RNG.standard_normal((96, 96)).astype(np.float32)


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def variance(x, w):
    centered = x - x.mean(1, keepdims=True)
    return (centered * centered).sum(1) / 95, centered


def several_results(x, w):
    largest = x.max(1)
    return largest[::-1], np.exp(x - largest[:, None]).sum(1), (x * 2).sum(1)


def columns(x, w):
    return (x - x.min(0)) / (x.max(0) - x.min(0) + 1)


def half(x, w):
    return nn.softmax(x.astype(np.float16) * 2)


def integers(x, w):
    n = (x * 100).astype(np.int32)
    return (n - n.sum(1, keepdims=True)).max(1), (n > 5).any(1)


def whole(x, w):
    return np.sqrt(np.mean((x - x.mean()) ** 2))


def softmax(x, w):
    return nn.softmax(x * 0.5)


def layer_norm(x, w):
    return nn.layer_norm(x, w[0], w[1])


def log_softmax(x, w):
    return nn.log_softmax(x)


def rms_norm(x, w):
    return nn.rms_norm(x, w[0])


def epilogue(x, w):
    return nn.gelu(x @ w + w[0])


ONE_KERNEL = [softmax, layer_norm, log_softmax, rms_norm, epilogue]
FUNCTIONS = [variance, several_results, columns, half, integers, whole, *ONE_KERNEL]


def test_compiled_results() -> None:
    """Fused programs, compiled together, give what NumPy gives."""
    compiled = tessel.compile(lambda x, w: [one(x, w) for one in FUNCTIONS])(X, W)
    for function, got in zip(FUNCTIONS, compiled, strict=True):
        want = function(X, W)
        pairs = zip(want, got, strict=True) if isinstance(want, tuple) else [(want, got)]
        for expected, result in pairs:
            tolerance = 2e-3 if expected.dtype == np.float16 else 1e-5
            np.testing.assert_allclose(
                result, expected, rtol=tolerance, atol=tolerance, err_msg=function.__name__
            )


@pytest.mark.parametrize("function", ONE_KERNEL)
def test_one_kernel(function: Callable[..., Any]) -> None:
    """IREE makes one dispatch of it."""
    stage = tessel.compile(function).ir("iree", X, W)
    assert len(re.findall("cmd.dispatch|flow.dispatch @|async.dispatch", stage)) == 1


def test_kernels_of_many_arrays() -> None:
    """A softmax of what forty arrays lead to is several kernels, and right."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 64)).astype(np.float32)
    biases = [rng.standard_normal(64).astype(np.float32) for _ in range(40)]

    def chain(x, biases):
        for bias in biases:
            x = np.tanh(x + bias)
        return nn.softmax(x)

    result = tessel.compile(chain)(x, biases)
    np.testing.assert_allclose(result, chain(x.astype(np.float64), biases), rtol=1e-5, atol=1e-6)
