"""`tessel-form-persistent-kernels`: programs of kernels give what they gave, and twice is once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


@pytest.fixture(autouse=True)
def _two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there is one core: one thread has no worker to share with."""
    monkeypatch.setenv("TESSEL_THREADS", "2")


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


def both_products(x: Any) -> Any:
    y = x @ WEIGHTS[0]
    return nn.relu(y @ WEIGHTS[1]), np.expand_dims(y, 1)


def check(compiled: Callable[[Any], Any], function: Callable[[Any], Any], array: Any) -> None:
    """Results equal those of float64, one or several."""
    results, expected = compiled(array), function(array.astype(np.float64))
    if not isinstance(expected, tuple):
        results, expected = (results,), (expected,)
    for got, want in zip(results, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def is_persistent(text: str) -> bool:
    return '"util.func"' in text


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("function", "array"),
    [
        (layers(1), ROWS),
        (layers(6), ROWS),
        (layers(17), ROWS),  # more kernels than one should hold
        (two_results, ROWS),
        (lambda x: nn.softmax(nn.softmax(x) @ WEIGHTS[0]), ROWS),
        (lambda x: nn.conv(x, FILTERS, padding=1), IMAGE),
        (lambda x: nn.conv(x, FILTERS, padding=1).reshape(2, 24, 99), IMAGE),
        (lambda x: nn.softmax((x @ WEIGHTS[0])[20:50] @ WEIGHTS[1]), ROWS),  # a view of some rows
    ],
)
def test_equals_float64(function: Callable[[Any], Any], array: np.ndarray, level: str) -> None:
    compiled = tessel.compile(function, target=level)
    assert is_persistent(compiled.ir("linalg", array))
    check(compiled, function, array)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sort(x @ WEIGHTS[0]),  # a sort has no kernel
        lambda x: (x, x @ WEIGHTS[0]),  # an argument that is returned
        lambda x: (x @ WEIGHTS[0],) * 2,  # a result twice
        lambda x: (x @ WEIGHTS[0])[20:50],  # a part of what a kernel makes
    ],
)
def test_other_programs_are_left_alone(function: Callable[[Any], Any]) -> None:
    assert not is_persistent(tessel.compile(function).ir("linalg", ROWS))


def test_one_thread_shares_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSEL_THREADS", "1")
    compiled = tessel.compile(layers(6))
    assert not is_persistent(compiled.ir("linalg", ROWS))
    check(compiled, layers(6), ROWS)


@pytest.mark.parametrize("function", [layers(1), layers(6), layers(17), both_products])
def test_dynamic_sizes(function: Callable[[Any], Any]) -> None:
    compiled = tessel.compile(function, dynamic=True)
    assert is_persistent(compiled.ir("linalg", ROWS))
    for rows in (70, 0, 1, 13, 200, 13):
        check(compiled, function, RNG.standard_normal((rows, 96)).astype(np.float32))


def test_results_of_other_sizes_stay() -> None:
    """What a caller holds is not written by a call with larger arguments, nor by one like it."""
    compiled = tessel.compile(layers(6), dynamic=True)
    first = compiled(ROWS)
    kept = first.copy()
    for rows in (2 * len(ROWS), len(ROWS)):
        compiled(RNG.standard_normal((rows, 96)).astype(np.float32))
    np.testing.assert_array_equal(first, kept)


def test_out_of_dynamic_sizes() -> None:
    compiled = tessel.compile(layers(6), dynamic=True)
    out = np.empty_like(ROWS)
    assert compiled(ROWS, out=out) is out
    np.testing.assert_array_equal(out, compiled(ROWS))


def test_many_callers_of_many_kernels() -> None:
    """Each call counts for itself, and has memory between kernels of its own."""
    compiled = tessel.compile(layers(17))
    arrays = [ROWS + number for number in range(6)]
    expected = [compiled(one) for one in arrays]
    with ThreadPoolExecutor(3) as pool:
        for _ in range(20):
            for got, want in zip(pool.map(compiled, arrays), expected):
                np.testing.assert_array_equal(got, want)


def test_memory_is_used_again() -> None:
    """Of six layers no more than two results are alive at once."""
    memory = tessel.compile(layers(6)).memory(ROWS)
    assert memory.transients == 2 * ROWS.nbytes


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    first = ["tessel-attach-target{threads=2}", "tessel-decompose", "tessel-fuse-epilogues"]
    lower = ["tessel-select-kernels", "tessel-lower-kernels", "tessel-lower-to-linalg", "cse"]
    check_twice_is_once(name, [*first, *lower], ["tessel-form-persistent-kernels"])
