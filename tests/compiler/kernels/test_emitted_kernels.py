"""Fusions that are alike call one kernel; those that differ in anything do not."""

import re

import numpy as np
import pytest

import tessel
from tessel import nn

RNG = np.random.default_rng(0)
X = RNG.standard_normal((16, 64)).astype(np.float32)
WEIGHTS = [RNG.standard_normal((64, 64)).astype(np.float32) / 8 for _ in range(24)]


def layers(count: int, x):
    for weight in WEIGHTS[:count]:
        x = nn.relu(x @ weight) + x
    return x


def executables(function, *arrays, target="host", **options) -> list[str]:
    text = tessel.compile(function, target=target, **options).ir("linalg", *arrays)
    return re.findall(r'"stream\.executable"\(\) <\{sym_name = "(\w+)"', text)


@pytest.mark.parametrize("dynamic", [False, True])
def test_layers_that_are_alike_have_one_kernel(dynamic):
    """Also where there are too many for one persistent kernel: then the first layer, which reads an
    argument, the last, which writes the result, and all between have one each."""
    few = executables(lambda x: layers(3, x), X, dynamic=dynamic)
    many = executables(lambda x: layers(18, x), X, dynamic=dynamic)
    more = executables(lambda x: layers(24, x), X, dynamic=dynamic)
    assert len(few) == 1
    assert many == more
    assert len(more) <= 4


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("count", [3, 20])
def test_equals_numpy(count, dynamic):
    expected = X
    for weight in WEIGHTS[:count]:
        expected = np.maximum(expected @ weight, 0) + expected
    got = tessel.compile(lambda x: layers(count, x), dynamic=dynamic)(X)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (lambda y: nn.relu(y), lambda y: nn.gelu(y)),
        (lambda y: y * 2.0, lambda y: y * 3.0),
        (lambda y: y - X, lambda y: X - y),
        (lambda y: y + y, lambda y: y + X),
    ],
    ids=["op", "constant", "order", "twice"],
)
def test_others_have_another(first, second):
    """The epilogue's ops, its constants, the order of operands, and which of them are the same."""

    def function(x):
        return first(x @ WEIGHTS[0]), second(x @ WEIGHTS[1])

    one, other = WEIGHTS[0], WEIGHTS[1]
    alone = tessel.compile(function, target="host")
    got = alone(X)
    for result, expected in zip(got, (first(X @ one), second(X @ other)), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


def test_operands_that_are_the_same_are_part_of_a_kernel():
    """y @ w + y reads one array, y @ w + z two: the same ops and types."""

    def function(x, z):
        return x @ WEIGHTS[0] + x, x @ WEIGHTS[1] + z, z @ WEIGHTS[2] + x

    x, z = X, X[::-1].copy()
    got = tessel.compile(function)(x, z)
    expected = x @ WEIGHTS[0] + x, x @ WEIGHTS[1] + z, z @ WEIGHTS[2] + x
    for result, wanted in zip(got, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-4)


def test_lines_are_those_of_each_call():
    """A call that repeats another's ops has its own line."""

    def function(x):
        y = x @ WEIGHTS[0]
        return y @ WEIGHTS[1]

    lines = re.findall(r"test_emitted_kernels.py:(\d+)", str(tessel.compile(function).profile(X)))
    assert len(set(lines)) == 2


def test_fusions_of_other_numbers_have_kernels_of_their_own():
    """Numbers stand before a fusion, and are part of its kernel's code."""

    def function(x):
        return np.sum(x * 2.5 + 1, -1), np.sum(x * 1.5 + 2, -1), np.sum(x * 2.5 + 2, -1)

    for result, expected in zip(tessel.compile(function)(X), function(X)):
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-4)
