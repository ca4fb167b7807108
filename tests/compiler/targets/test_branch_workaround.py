"""Loops and branches that carry several arrays, which share one buffer, hand on all of them."""

import numpy as np
import pytest

import tessel
from tessel.compiler.targets import branch_workaround as branches

INDICES = np.arange(60) % 47


def two_nests(i, x, y):
    """The check of the index is the second array of these."""
    for q in range(9):
        for k in range(60):
            x[0] += i[i[k]] * i[q]
    for q in range(9):
        for k in range(60):
            x[1] += i[i[k]] - i[q]
    return y


def nests_of_one_loop(i, x, y):
    for p in range(9):
        for q in range(9):
            for k in range(12):
                x[p] += i[p] * i[q] + k
                y[q] = p + k
        for q in range(9):
            for k in range(12):
                x[p] += i[k] + y[q]
                y[q] = y[p] * k
    return x, y


def three_of_a_loop(i, x, y):
    z = i[:7]
    for _ in range(20):
        for q in range(20):
            for k in range(4):
                x, y, z = x + y[k], y + z[q % 7], z * 3 + x[0]
            for k in range(20):
                x, y, z = x * y[1], y - z[k % 7], z + k
    return x, y, z


def branches_of_a_loop(i, x, y):
    def step(carried, k):
        a, b = tessel.cond(k % 2 > 0, lambda a, b: (a + b[0], b * 2), lambda a, b: (a, b), *carried)
        for p in range(30):
            a, b = a + b[p % 9], b * a[0]
        return (a, b), a

    for _ in range(30):
        (x, y), all_x = tessel.scan(step, (x, y), i)
    return x, y, all_x


FUNCTIONS = [two_nests, nests_of_one_loop, three_of_a_loop, branches_of_a_loop]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_results(function) -> None:
    """IREE alone hands on a buffer that is null, and refuses to run with it."""
    arguments = [INDICES, np.arange(9), np.arange(11)]
    expected = [one.copy() for one in arguments]
    wanted = function(*expected)
    results = tessel.compile(function)(*arguments)
    for got, want in zip([*results, *arguments], [*wanted, *expected], strict=True):
        np.testing.assert_array_equal(got, want)


def test_which_programs() -> None:
    """Those without loops and branches are not stopped on the way."""
    straight = tessel.compile(lambda x: x + 1).ir("linalg", INDICES)
    assert not branches.has_branches(straight.encode())
    assert branches.has_branches(
        tessel.compile(three_of_a_loop).ir("linalg", INDICES, INDICES, INDICES).encode()
    )
