"""Indexing compiled equals NumPy's, for reading and for in-place assignment."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 7))
V = RNG.standard_normal(7)
I = np.array([0, 3, -1])  # noqa: E741
MASK = np.array([True, False, True, False, True])

READS: dict[str, Callable[..., Any]] = {
    "integer": lambda x, v, i: x[1],
    "negative integer and slice": lambda x, v, i: x[-1, 2:5],
    "negative step": lambda x, v, i: x[::-1, ::2],
    "empty slice": lambda x, v, i: x[3:1],
    "new axis and ellipsis": lambda x, v, i: x[..., None, 0],
    "integer array": lambda x, v, i: x[i],
    "integer array at the second axis": lambda x, v, i: x[:, i],
    "integer array and slice": lambda x, v, i: x[i, 1:3],
    "two integer arrays": lambda x, v, i: x[i, i],
    "integer arrays that broadcast": lambda x, v, i: x[i[:, None], i],
    "integer arrays apart": lambda x, v, i: x.reshape(5, 7, 1)[i, :, [0, 0, 0]],
    "list after slice": lambda x, v, i: x[1:4][:, [0, 2]],
    "list with a traced number": lambda x, v, i: x[[i[1], 0]],
    "lists with traced numbers, of two axes": lambda x, v, i: x[[i[2], 1], [0, i[1]]],
    "lists in a list": lambda x, v, i: x[[[i[1], 0], [1, 2]]].sum(0),
    "list with a traced truth": lambda x, v, i: x[[i[1] > 2, False, True, False, True]].sum(0),
    "list with a size": lambda x, v, i: x[[0, x.shape[0] - 1]],
    "mask known when tracing": lambda x, v, i: x[MASK],
    "traced integer": lambda x, v, i: x[i[1] - 1],
    "negative traced integer": lambda x, v, i: x[i[2]],
    "traced bound": lambda x, v, i: x[i[0], : i[1] + 1].sum(),
    "mean of a masked selection": lambda x, v, i: x[x > 0].mean(),
    "transpose": lambda x, v, i: x.T[2],
}


def _assign(*steps: Callable[..., None]) -> Callable[..., Any]:
    def function(x, v, i):
        y = x.copy()
        for step in steps:
            step(y, v, i)
        return y

    return function


def _set(index: Callable[..., Any], value: Callable[..., Any]) -> Callable[..., None]:
    def step(y, v, i):
        y[index(y, i)] = value(y, v)

    return step


def _scale_in_place(y, v, i):
    y[1:3] *= 2
    row = y[0]
    row += v
    y.T[2] = 5
    y[i, i] += 1


AROUND = {
    "integer before a slice": lambda i: np.s_[0, :, i],
    "integer after a slice": lambda i: np.s_[:, i, :, 0],
    "integers on both sides": lambda i: np.s_[1, i, 2],
    "integer beside": lambda i: np.s_[:, 1, i],
    "array of no dimensions": lambda i: np.s_[:, np.array(1), :, i],
    "traced integer": lambda i: np.s_[i[0], :, i],
    "new axis between": lambda i: np.s_[0, None, i],
    "ellipsis for no axis": lambda i: np.s_[:, i, ..., :, 0],
    "ellipsis between": lambda i: np.s_[i, ..., 0],
    "new axis in front": lambda i: np.s_[None, :, 0, i, 1],
    "two arrays around an integer": lambda i: np.s_[i - 1, 1, :, i[:, None]],
}
"""Arrays and integers in one index: the integers count as arrays."""


@pytest.mark.parametrize("kind", ["read", "write", "add"])
def test_integers_beside_an_array_count_as_arrays(kind: str) -> None:
    indices = np.array([0, 1, 1])
    x = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)

    def function(x, i):
        results = {}
        for name, index in AROUND.items():
            y = x.copy()
            if kind == "write":
                y[index(i)] = y[index(i)] * 2 + 1
            elif kind == "add":
                y[index(i)] += 1
            results[name] = y[index(i)] if kind == "read" else y
        return results

    expected, results = function(x, indices), tessel.compile(function)(x, indices)
    for name in AROUND:
        np.testing.assert_array_equal(results[name], expected[name], err_msg=name, strict=True)


WRITES: dict[str, Callable[..., Any]] = {
    "slice": _assign(_set(lambda y, i: slice(1, 3), lambda y, v: v)),
    "strided slice": _assign(
        _set(lambda y, i: (slice(1, 3), slice(None, None, 2)), lambda y, v: 0)
    ),
    "negative step": _assign(_set(lambda y, i: slice(None, None, -2), lambda y, v: v)),
    "integer array": _assign(_set(lambda y, i: i, lambda y, v: v)),
    "two integer arrays": _assign(_set(lambda y, i: (i, i), lambda y, v: 7)),
    "traced integer": _assign(_set(lambda y, i: (slice(None), i[0]), lambda y, v: 1)),
    "mask": _assign(_set(lambda y, i: y > 0, lambda y, v: y[y > 0] ** 2)),
    "through views": _assign(_scale_in_place),
}


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """All cases as one program."""
    cases = {**READS, **WRITES}
    return tessel.compile(lambda x, v, i: {name: f(x, v, i) for name, f in cases.items()})(X, V, I)


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_equals_numpy(name: str, compiled: dict[str, Any]) -> None:
    """Values, shape and dtype of the result are NumPy's."""
    expected = np.asarray({**READS, **WRITES}[name](X.copy(), V.copy(), I))
    result = np.asarray(compiled[name])
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_an_element_that_was_read_is_a_value() -> None:
    """As NumPy's scalars: `a = x[0]; a += 1` leaves x alone."""

    def function(x):
        a = x[0]
        a += 1
        return x[0], a

    assert tessel.compile(function)(np.zeros(2)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("index", "kind", "message"),
    [
        (lambda x: x[5], IndexError, "index 5 is out of bounds for axis 0 with size 5"),
        (lambda x: x[0, 0, 0], IndexError, "3 indices for an array of rank 2"),
        (lambda x: x["a"], IndexError, "an index cannot be str 'a'"),
        (lambda x: x[x > 0], NotImplementedError, "its size depends on data; .*tessel.where"),
    ],
)
def test_bad_index_is_one_sentence(index: Any, kind: type[Exception], message: str) -> None:
    """A bad index is refused while tracing, with the user's line."""

    def function(x):
        return np.sort(index(x))

    with pytest.raises(kind, match=message):
        tessel.compile(function)(X)
