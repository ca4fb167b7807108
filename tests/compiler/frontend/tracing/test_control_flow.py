"""Windows at traced indices, in loops and scans, and scans over arrays that are not traced."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.pytree import flatten

SIGNAL = np.arange(64.0) % 7
ROWS = (np.arange(64 * 3.0) % 5).reshape(64, 3)
WEIGHTS = np.arange(12.0).reshape(4, 3)


def _sum_of_products(signal, rows):
    total = np.zeros((4, 3))
    for k in range(60):
        total = total + WEIGHTS @ rows[k : k + 3]
    return total


def _largest_of_reversed(signal, rows):
    largest = np.zeros(4)
    for k in range(58):
        largest = np.maximum(largest, WEIGHTS @ signal[k : k + 3][::-1])
    return largest


def _kept_products(signal, rows):
    kept = np.zeros((60, 4))
    for k in range(60):
        kept[k] = WEIGHTS @ signal[k : k + 3]
    return kept


def _written_where_they_are_read(signal, rows):
    written = signal.copy()
    for k in range(60):
        written[k : k + 3] = written[k : k + 3] / 2 + (WEIGHTS @ written[k : k + 3])[:3] / 64
    return written


def _scan_of_numbers(signal, rows):
    def step(carry, k):
        return carry + WEIGHTS @ signal[k : k + 3], carry[0]

    return tessel.scan(step, np.zeros(4), np.arange(50))


def _scan_of_a_tree(signal, rows):
    def step(carry, one):
        return carry + signal[one["index"]] * one["scale"], carry

    return tessel.scan(step, 0.0, {"index": np.array([3, 1, 2]), "scale": np.array([0.5, 2, 1])})


def _backward_scan_of_rows(signal, rows):
    return tessel.scan(lambda carry, row: (carry + row, row @ row), signal[:3], ROWS, reverse=True)


@pytest.mark.parametrize(
    "function",
    [
        _sum_of_products,
        _largest_of_reversed,
        _kept_products,
        _written_where_they_are_read,
        _scan_of_numbers,
        _scan_of_a_tree,
        _backward_scan_of_rows,
    ],
)
def test_equals_numpy(function: Callable[..., Any]) -> None:
    expected = function(SIGNAL.copy(), ROWS.copy())
    results = tessel.compile(function)(SIGNAL.copy(), ROWS.copy())
    if not isinstance(expected, tuple):
        expected, results = (expected,), (results,)
    for want, got in zip(expected, results, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12)


def _scan_writes_its_carry(signal, rows):
    def step(carry, row):
        carry["sum"][1:] += row[:2]
        row[0] = carry["sum"][2]
        return carry, row

    return tessel.scan(step, {"sum": signal[:3].copy()}, rows[:9].copy())


def _scan_writes_a_view(signal, rows):
    def step(carry, k):
        carry.T[0] = carry[:, 1] + k
        return carry, carry.sum()

    return tessel.scan(step, rows[:4].astype(np.float32), np.arange(5, dtype=np.float32))


def _while_writes_its_carry(signal, rows):
    def step(carried):
        k, x = carried
        x[k] = x[k + 1] * 2
        return k + 1, x

    return tessel.while_loop(lambda carried: carried[0] < 6, step, (np.int64(0), signal[:9].copy()))


def _fori_writes_its_carry(signal, rows):
    def step(k, x):
        x[k, 1:] -= x[k, 0]
        x += 1
        return x

    return tessel.fori_loop(0, 4, step, rows[:5].copy())


def _branches_write_what_they_take(signal, rows):
    def doubled(x):
        x[:2] *= 2
        return x

    def cleared(x):
        x[...] = 0
        return x

    results = [tessel.cond(signal[k] > 0, doubled, cleared, signal[k : k + 4] + 0) for k in (0, 1)]
    return tuple(results)


@pytest.mark.parametrize("dynamic", [False, True])
def test_bodies_that_write(dynamic: bool) -> None:
    """What they carry or take; as eagerly."""
    functions = [
        _scan_writes_its_carry,
        _scan_writes_a_view,
        _while_writes_its_carry,
        _fori_writes_its_carry,
        _branches_write_what_they_take,
    ]
    for function in functions:
        expected = flatten(function(SIGNAL.copy(), ROWS.copy()))[0]
        results = tessel.compile(function, dynamic=dynamic)(SIGNAL.copy(), ROWS.copy())
        for want, got in zip(expected, flatten(results)[0], strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-6, err_msg=function.__name__)
