"""`tessel-share-kernels`: programs of kernels give what they gave, and twice is once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernel_levels import LEVELS
from pass_programs import PROGRAMS, check_twice_is_once

import tessel
from tessel import nn

RNG = np.random.default_rng(0)
IMAGE = RNG.standard_normal((2, 12, 9, 11)).astype(np.float32)
FILTERS = RNG.standard_normal((24, 12, 3, 3)).astype(np.float32) / 12
ROWS = RNG.standard_normal((70, 96)).astype(np.float32)
WEIGHTS = [RNG.standard_normal((96, 96)).astype(np.float32) / 10 for _ in range(20)]


def layers(count: int) -> Callable[[Any], Any]:
    """As many products as kernels."""

    def function(x: Any) -> Any:
        for weight in WEIGHTS[:count]:
            x = nn.relu(x @ weight)
        return x

    return function


def two_results(x: Any) -> Any:
    y = x @ WEIGHTS[0]
    return nn.softmax(y).reshape(7, 10, 96), y, np.max(y @ WEIGHTS[1], axis=-1, keepdims=True)


def is_shared(text: str) -> bool:
    return '"util.func"' in text


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("function", "array"),
    [
        (layers(1), ROWS),
        (layers(6), ROWS),
        (two_results, ROWS),
        (lambda x: nn.softmax(nn.softmax(x) @ WEIGHTS[0]), ROWS),
        (lambda x: nn.conv(x, FILTERS, padding=1), IMAGE),
        (lambda x: nn.conv(x, FILTERS, padding=1).reshape(2, 24, 99), IMAGE),
    ],
)
def test_equals_float64(function: Callable[[Any], Any], array: np.ndarray, level: str) -> None:
    compiled = tessel.compile(function, target=level)
    assert is_shared(compiled.ir("linalg", array))
    results, expected = compiled(array), function(array.astype(np.float64))
    if not isinstance(expected, tuple):
        results, expected = (results,), (expected,)
    for got, want in zip(results, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "function",
    [
        layers(17),  # more kernels than one should hold
        lambda x: np.sort(x @ WEIGHTS[0]),  # a sort has no kernel
        lambda x: (x, x @ WEIGHTS[0]),  # an argument that is returned
        lambda x: (x @ WEIGHTS[0],) * 2,  # a result twice
    ],
)
def test_other_programs_are_left_alone(function: Callable[[Any], Any]) -> None:
    assert not is_shared(tessel.compile(function).ir("linalg", ROWS))


def test_memory_is_used_again() -> None:
    """Of six layers no more than two results are alive at once."""
    memory = tessel.compile(layers(6)).memory(ROWS)
    assert memory.transients == 2 * ROWS.nbytes


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    first = ["tessel-decompose", "tessel-fuse-epilogues", "tessel-select-kernels"]
    lower = ["tessel-lower-kernels", "tessel-lower-to-linalg", "cse"]
    check_twice_is_once(name, [*first, *lower], ["tessel-share-kernels"])
