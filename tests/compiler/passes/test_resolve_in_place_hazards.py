"""`tessel-resolve-in-place-hazards`: compiled programs are right, and twice is once."""

import numpy as np
import pytest
from pass_programs import PROGRAMS, W, X, check_twice_is_once, traced

import tessel
from tessel.compiler.driver import compile_module
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.interpreter import interpret

FIRST = ["tessel-decompose", "tessel-lower-to-linalg"]
PASSES = ["tessel-resolve-in-place-hazards"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_keeps_results(name: str) -> None:
    """Lowered and run, a program gives what the interpreter gives."""
    expected = interpret(traced(name), [X, W])
    results = compile_module(traced(name), resolve_target("host"))([X, W])
    for want, got in zip(expected, results, strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    check_twice_is_once(name, FIRST, PASSES)


def test_updates_that_read_their_array() -> None:
    """IREE alone computes these in place, and wrongly."""
    rng = np.random.default_rng(0)

    def stencil(x):
        y = np.exp(x)
        y[1:-1] = y[:-2] + y[2:]
        return y

    def backwards(x):
        y = np.cumsum(x)
        y[:9] = np.flip(y[:9]) * 2 + 1
        return y

    def growing(x):
        y = np.zeros_like(x)
        for k in range(1, x.shape[0]):
            y[:k] += x[0] * np.flip(y[:k]) + 1
            y[k] = 3
        return y

    def columns(x):
        y = np.zeros((19, 4)) + x[:, None]
        for i in range(2, -1, -1):
            y[:, i] = y[::-1, i + 1] * 0.3 + x
        return y

    functions = [stencil, backwards, growing, columns]
    x = rng.uniform(0, 0.1, 19)
    results = tessel.compile(lambda x: [one(x) for one in functions])(x)
    for function, result in zip(functions, results, strict=True):
        np.testing.assert_allclose(result, function(x), rtol=1e-12)


def test_parts_written_onto_themselves() -> None:
    """IREE alone copies them onto themselves, which its runtime refuses."""

    def returned(x):
        y = (x[:, None] + 3).reshape(2, 1).copy()
        y[1:2][None].sort(0)
        return y

    def argument(x):
        y = x[:, None]
        y += 3
        x[1:2][None].sort(0)

    x, other = np.ones((2, 1)), np.ones((2, 1))
    got, _ = tessel.compile(lambda x, y: (returned(x), argument(y)))(x, other)
    np.testing.assert_array_equal(got, x + 3)
    np.testing.assert_array_equal(other, x + 3)


def test_moved_parts_have_memory_of_their_own() -> None:
    """IREE alone moves parts of all of these into one empty array."""
    rng = np.random.default_rng(1)

    def solved_twice(x, b):
        return np.linalg.solve(x, b), np.linalg.solve(x, b * 2)

    def joined_again(x, b):
        first = tessel.fori_loop(0, 3, lambda k, c: c * 2 + k, np.concatenate([x, b], 1))
        second = np.concatenate([x, first[:, :2]], 1)
        return first, tessel.fori_loop(0, 3, lambda k, c: c * 2 + k, second)

    for function in (solved_twice, joined_again):
        compiled = tessel.compile(function, dynamic=True)
        for size in (3, 5):
            x = rng.standard_normal((size, size)) + 4 * np.eye(size)
            b = rng.standard_normal((size, 2))
            for got, want in zip(compiled(x, b), function(x, b)):
                np.testing.assert_allclose(got, want, rtol=1e-9)
