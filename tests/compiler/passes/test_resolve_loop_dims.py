"""`tessel-resolve-loop-dims`: loops over arrays of dynamic sizes compute what NumPy does."""

import numpy as np
import pytest
from pass_programs import PROGRAMS, check_twice_is_once

import tessel

RANDOM = np.random.default_rng(3)


def triangle(size):
    return np.triu(RANDOM.standard_normal((size, size))) + 4 * np.eye(size)


def substitute(system):
    """The rows of a triangle from the last one: IREE wrote no result where the row is the first."""
    size = system.shape[0]
    scaled = system * 1.5
    matrix, x = scaled[:, :size], scaled[:, size:]
    rows = np.arange(size)[:, None]

    def step(index, x):
        row = size - 1 - index
        solved = x[row][None, :] / matrix[row, row]
        rest = x - matrix[:, row, None] * solved
        return np.where(rows == row, solved, np.where(rows < row, rest, x))

    return tessel.fori_loop(0, size, step, x)


def test_workgroups_of_loops_are_counted_by_sizes() -> None:
    compiled = tessel.compile(substitute, dynamic=True)
    for size in (4, 7, 1):
        system = np.c_[triangle(size), RANDOM.standard_normal((size, 2))]
        expected = np.linalg.solve(system[:, :size], system[:, size:])
        np.testing.assert_allclose(compiled(system), expected, rtol=1e-10)
    assert compiled.stats.compiles == 1


def test_several_arrays_that_a_loop_carries() -> None:
    """Their sizes become those of the call: IREE gives them the same memory."""

    def both(x, y):
        return tessel.fori_loop(
            0, 3, lambda _, state: (state[0] * 2 + state[1], state[1] + 1), (x, y)
        )

    compiled = tessel.compile(both, dynamic=True)
    for size in (3, 5):
        x, y = RANDOM.standard_normal((2, size))
        a, b = x, y
        for _ in range(3):
            a, b = a * 2 + b, b + 1
        for got, want in zip(compiled(x, y), (a, b)):
            np.testing.assert_allclose(got, want)


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    first = ["tessel-decompose", "tessel-lower-to-linalg"]
    check_twice_is_once(name, first, ["tessel-resolve-loop-dims"])
