"""Gathers of what is computed from a slice, which IREE 3.13 would fuse with it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel

X = (np.arange(3 * 4 * 5 * 6) % 97).reshape(3, 4, 5, 6)
I = np.array([1, 3])  # noqa: E741

COMPUTED: dict[str, Callable[..., Any]] = {
    "transposed": lambda part: part.transpose(1, 0, 2),
    "wider": lambda part: part.astype(np.float64),
    "wider, of a transposition": lambda part: part.T.astype(np.float64),
    "wider, between transpositions": lambda part: part.T.astype(np.float64).T,
    "wider, of a reshape": lambda part: part.reshape(-1, 3).astype(np.float64),
    "wider, of a computed part": lambda part: np.sqrt(part).astype(np.float64),
    "flipped": lambda part: part[::-1, ::-1],
    "gathered": lambda part: part[:, I - 1],
    "a sum": lambda part: part.sum(0),
}


@pytest.mark.parametrize("kind", ["known", "traced"])
def test_gather_of_what_reads_a_slice(kind: str) -> None:
    """A part with a fixed or a traced start, computed on, then indexed by an array at each axis."""
    x = X.astype(np.float32)

    def function(x, i):
        start = 1 if kind == "known" else i[0]
        results = {}
        for name, compute in COMPUTED.items():
            moved = compute(x[:, :, start : start + 3, 0] if kind == "known" else x[:, start, 1:4])
            for axis in range(moved.ndim):
                results[name, axis] = np.take(moved, i % moved.shape[axis], axis)
        return results

    expected, results = function(x, I), tessel.compile(function)(x, I)
    assert expected.keys() == results.keys()
    for name in expected:
        np.testing.assert_allclose(results[name], expected[name], 1e-6, 0, err_msg=str(name))
