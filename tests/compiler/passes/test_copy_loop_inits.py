"""`tessel-copy-loop-inits`: what a loop begins with may be used elsewhere, and twice is once."""

import numpy as np
import pytest
from pass_programs import PROGRAMS, check_twice_is_once

import tessel

X = np.random.default_rng(0).random((7, 5))


def sorts(x):
    y = np.exp(x)
    return np.sort(y, axis=1), np.cumsum(y, axis=1), y


def carries(x):
    y = np.exp(x)
    z = y
    for _ in range(9):
        z = z * 0.5 + z[::-1]
    return z, y + 1, y


def writes(x):
    y = np.exp(x)
    z, w = y.copy(), y.copy()
    for i in range(7):
        z[i] = w[6 - i]
        w[i] = i
    return z, w, y


def nests(x):
    y = np.exp(x)
    z = y.copy()
    for _ in range(7):
        w = z * 0.5
        v = w
        for j in range(6):
            v = v + w[::-1]
            v[j] = 0
        z = z + v + w
    return z, y


def sorts_a_view(x):
    y = np.exp(x.reshape(7, 1, 5))
    return np.sort(y.reshape(7, 5), axis=0), y.swapaxes(0, 2).copy()


def test_results() -> None:
    """IREE alone refuses these."""
    functions = [sorts, carries, writes, nests, sorts_a_view]
    compiled = tessel.compile(lambda x: [one(x) for one in functions])(X)
    for function, results in zip(functions, compiled, strict=True):
        for got, want in zip(results, function(X), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12, err_msg=function.__name__)


def counts_apart(x):
    """The step reads neither the flag nor the number that it replaces."""

    def step(carried):
        _, _, at, y = carried
        return (at < 3).astype(np.int64), x[at, 0] * 2, at + 1, y + 1

    init = (np.int64(1), 0.0, (x[0, 0] < 9).astype(np.int64), x[:3])
    return tessel.while_loop(lambda carried: carried[0] > 0, step, init)


def test_step_that_does_not_use_all() -> None:
    """IREE alone crashes, or refuses them."""
    for function in (counts_apart, lambda x: counts_apart(x)[2:]):
        for got, want in zip(tessel.compile(function)(X), function(X), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    first = ["tessel-decompose", "tessel-lower-to-linalg"]
    check_twice_is_once(name, first, ["tessel-copy-loop-inits"])
