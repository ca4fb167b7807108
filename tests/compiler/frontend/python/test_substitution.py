"""Unmodified NumPy functions: creation inside, helpers, closures, recursion."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy import zeros
from scipy import sparse

import tessel

SCALE = 3.0


def _helper(n: int) -> np.ndarray:
    out = np.ones(n)
    out[0] = SCALE
    return out


def _fills(x):
    out = np.zeros((3, 2), dtype=x.dtype)
    for row in range(3):
        out[row] = x * row
    return out


def _imported_by_name(x):
    out = zeros(2)
    out[1] = x[0]
    return out


def _calls_a_helper(x):
    return _helper(2) + x


def _closes_over(x):
    def inner(y):
        out = np.empty(2)
        out[:] = y
        return out

    return inner(x)


def _recurses(x, depth=3):
    return x if depth == 0 else _recurses(x + np.full(2, depth), depth - 1)


def _makes_arrays(x):
    a = np.array([x[0], 1.0, x[1]])
    e = np.eye(2)
    e[0, 1] = x[0]
    return a, e, np.arange(3) * x[0], np.linspace(0, 1, 3)


@pytest.mark.parametrize(
    "function",
    [_fills, _imported_by_name, _calls_a_helper, _closes_over, _recurses, _makes_arrays],
)
def test_equals_numpy(function: Callable[..., object]) -> None:
    """The compiled function gives what the plain one gives."""
    x = np.array([1.5, 2.5])
    result, expected = tessel.compile(function)(x), function(x)
    for got, want in (
        zip(np.atleast_1d(result), np.atleast_1d(expected))
        if not isinstance(expected, tuple)
        else zip(result, expected)
    ):
        np.testing.assert_allclose(got, want)


def test_numpy_stays_as_it_is_elsewhere() -> None:
    """While one thread traces, NumPy in another makes NumPy's arrays."""
    kinds: list[type] = []

    def function(x):
        thread = threading.Thread(target=lambda: kinds.append(type(np.zeros(2))))
        thread.start()
        thread.join()
        return x

    tessel.compile(function)(np.ones(2))
    assert type(np.zeros(2)) is np.ndarray


def test_arrays_are_arrays() -> None:
    """`isinstance`, `asarray` and `ndarray` work inside as outside."""

    def scaled(x):
        y = np.asarray(x, np.float32)
        z = np.ndarray(3)
        z[:] = np.asarray([1, 2, 3])
        return y * 2 if isinstance(x, np.ndarray) else None, z, np.asarray(x)

    x = np.arange(3.0)
    for got, want in zip(tessel.compile(scaled)(x), scaled(x), strict=True):
        np.testing.assert_array_equal(got, want)
        assert got.dtype == want.dtype


def test_shape_cannot_be_assigned() -> None:
    """One sentence with the line, and what to write instead."""

    def reshapes(x):
        x.shape = (3, 1)
        return x

    with pytest.raises(tessel.TesselError, match=r"test_substitution\.py:\d+: .*reshape"):
        tessel.compile(reshapes)(np.arange(3.0))


def test_helpers_keep_their_annotations_and_docstrings() -> None:
    def helper(value: float) -> int:
        """Two words."""
        return value * helper.factor

    helper.factor = 3.0

    def function(x):
        words = len((helper.__doc__ or "").split())
        return helper(x) * len(helper.__annotations__) * words

    x = np.arange(3.0)
    np.testing.assert_array_equal(tessel.compile(function)(x), function(x))


def test_objects_of_scipy_compute_with_their_own_arrays() -> None:
    matrix = sparse.csr_matrix(np.array([[2.0, 1.0]]))

    def function(x):
        made = sparse.csr_matrix(np.array([[0.0, 5.0]]))
        return x * matrix.toarray()[0, 0] + made.toarray()[0, 1]

    x = np.arange(3.0)
    np.testing.assert_array_equal(tessel.compile(function)(x), function(x))
