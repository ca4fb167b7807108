"""Windows at traced places, in loops and scans, and scans over arrays that are not traced."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel

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
        return carry + signal[one["place"]] * one["scale"], carry

    return tessel.scan(step, 0.0, {"place": np.array([3, 1, 2]), "scale": np.array([0.5, 2, 1])})


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
