"""Functions on parts of an array, subscripts as lists, traced shifts, complex numbers in order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

import tessel

X = np.random.default_rng(7).standard_normal((3, 4, 2))
K = np.array([2, 0, -3])


def _span(row: Any, scale: float = 1.0) -> Any:
    return (row.max() - row.min()) * scale


def _ends(row: Any) -> Any:
    return [row[0], row[-1]]


APPLIED: dict[str, Callable[[Any], Any]] = {
    "a function": lambda x: np.apply_along_axis(_span, 1, x),
    "with arguments": lambda x: np.apply_along_axis(_span, 0, x, 2.0),
    "with a keyword": lambda x: np.apply_along_axis(_span, -1, x, scale=3),
    "a list of numbers": lambda x: np.apply_along_axis(_ends, 1, x),
    "a matrix": lambda x: np.apply_along_axis(np.diag, 0, x),
    "an array": lambda x: np.apply_along_axis(lambda r: (r - r.mean()) / r.std(), 1, x),
    "one of NumPy's": lambda x: np.apply_along_axis(np.sum, 1, x),
    "an order": lambda x: np.apply_along_axis(np.sort, 0, x),
    "with an option": lambda x: np.apply_along_axis(np.var, 0, x, ddof=1),
    "without an axis of its own": lambda x: np.apply_along_axis(np.convolve, 1, x, [1.0, 2]),
    "rank 1": lambda x: np.apply_along_axis(np.cumsum, 0, x[0, :, 0]),
    "a sum over axes": lambda x: np.apply_over_axes(np.sum, x, [0, 2]),
    "a cumulative sum": lambda x: np.apply_over_axes(np.cumsum, x, 1),
}


def test_applied() -> None:
    cases: list[Any] = [(name, function, [X]) for name, function in APPLIED.items()]
    cases += [
        ("of nothing", lambda x: np.apply_along_axis(_span, 0, x[:, :0]), [X]),
        ("a wrong axis", lambda x: np.apply_along_axis(_span, 3, x), [X]),
        ("float32", lambda x: np.apply_along_axis(_span, 1, x.astype(np.float32)), [X]),
        ("integers", lambda k: np.apply_along_axis(lambda r: r.sum() / 2, 0, k), [K]),
    ]
    assert_same_as_numpy(cases, tolerance=1e-14)


PIECES: dict[str, Callable[[Any], Any]] = {
    "numbers": lambda x: np.piecewise(x, [x < 0, x >= 1], [-1, 1]),
    "functions": lambda x: np.piecewise(x, [x < 0, x >= 0], [np.abs, lambda v: v * v]),
    "otherwise": lambda x: np.piecewise(x, [x < 0, x > 1], [lambda v: -v, np.sqrt, 7]),
    "arguments": lambda x: np.piecewise(x, [x < 0], [lambda v, k: v * k, 0], 3),
    "of what is chosen": lambda x: np.piecewise(x, [x > 0], [lambda v: v - v.mean(), 0]),
    "one condition": lambda x: np.piecewise(x[0, 0], x[0, 0] < 0, [5.0, lambda v: v + 1]),
    "conditions as one array": lambda x: np.piecewise(x, x < 0, [5.0, 6.0, 7.0]),
    "rank 0": lambda x: np.piecewise(x[0, 0, 0], [x[0, 0, 0] > 0], [lambda v: v * 2, 9]),
    "integers": lambda x: np.piecewise((x * 4).astype(int), [x > 0], [lambda v: v // 2, 1.7]),
    "too few": lambda x: np.piecewise(x, [x < 0, x > 1, x == 0], [1]),
}


def test_pieces() -> None:
    assert_same_as_numpy([(name, one, [X]) for name, one in PIECES.items()], tolerance=1e-14)


SUBSCRIPTS: dict[str, Callable[[Any], Any]] = {
    "sums": lambda x: np.einsum(x, [0, 1, 2], [1]),
    "a product": lambda x: np.einsum(x, [0, 1, 2], x, [0, 3, 2], [1, 3]),
    "without a result": lambda x: np.einsum(x[0], [1, 0], x[1], [1, 2]),
    "an ellipsis": lambda x: np.einsum(x, [..., 0], x, [..., 0], [...]),
    "a diagonal": lambda x: np.einsum(x[:, :3, 0], [0, 0], [0]),
    "a trace": lambda x: np.einsum(x[:, :3, 0], [5, 5]),
    "an order of letters": lambda x: np.einsum(x[0], [30, 2]),
    "tuples": lambda x: np.einsum(x, (0, 1, 2), np.arange(4), (1,), (2, 0)),
    "what does not fit": lambda x: np.einsum(x, [0, 1], [0]),
    "a number beyond": lambda x: np.einsum(x, [0, 1, 52], [0]),
}


def test_einsum_of_lists() -> None:
    assert_same_as_numpy([(name, one, [X]) for name, one in SUBSCRIPTS.items()], tolerance=1e-14)


ROLLS: dict[str, Callable[[Any, Any], Any]] = {
    "flat": lambda x, k: np.roll(x, k[0]),
    "an axis": lambda x, k: np.roll(x, k[2], axis=1),
    "several": lambda x, k: np.roll(x, (k[0], 1), axis=(0, 1)),
    "one shift": lambda x, k: np.roll(x, k[0], axis=(0, -1)),
    "two of one axis": lambda x, k: np.roll(x, (k[0], k[2]), axis=1),
    "one axis twice": lambda x, k: np.roll(x, 1, axis=(0, 0)),
    "an array": lambda x, k: np.roll(x, k[:2], axis=(0, 1)),
    "known": lambda x, k: np.roll(x, np.array([1, 2]), axis=(0, 1)),
    "by a size": lambda x, k: np.roll(x, x.shape[1] // 2, axis=1),
    "nothing": lambda x, k: np.roll(x[:0], k[0], axis=0),
    "a position": lambda x, k: np.roll(x[0, :, 0], -np.argmax(x[0, :, 0])),
    "too many": lambda x, k: np.roll(x, (1, 2, 3), axis=(0, 1)),
    "no axis": lambda x, k: np.roll(x, k[0], axis=5),
}


def test_rolls() -> None:
    assert_same_as_numpy([(name, one, [X, K]) for name, one in ROLLS.items()])


COMPLEX = np.array(
    [[2 + 1j, 1 + 3j, 1 - 1j, 0, complex(np.nan, 1)], [1, complex(1, np.nan), 5j, -1, np.nan]]
)


def test_complex_numbers_in_order() -> None:
    cases: list[Any] = [
        ("sort", np.sort, [COMPLEX]),
        ("an axis", lambda z: np.sort(z, axis=0), [COMPLEX]),
        ("flat", lambda z: np.sort(z, axis=None), [COMPLEX[:1]]),
        ("argsort", lambda z: np.argsort(z, kind="stable"), [COMPLEX]),
        ("sort_complex", np.sort_complex, [COMPLEX]),
        ("of integers", lambda k: np.sort_complex(k.astype(np.int8)), [K]),
        ("of float32", lambda k: np.sort_complex(k.astype(np.float32)), [K]),
        ("nothing", lambda z: np.sort(z[:, :0]), [COMPLEX]),
    ]
    assert_same_as_numpy(cases)


@pytest.mark.parametrize("size", [4, 1])
def test_dynamic(size: int) -> None:
    def all_of_them(x: Any, k: Any) -> Any:
        return (
            np.apply_along_axis(_span, 1, x),
            np.piecewise(x, [x < 0], [np.abs, 0]),
            np.einsum(x, [0, 1], x, [0, 1], [1]),
            np.roll(x, k[0], axis=0),
            np.sort(x[0] + 1j * x[1]),
        )

    x = X[:, :size, 0]
    found = tessel.compile(all_of_them, dynamic=True)(x, K)
    for got, want in zip(found, all_of_them(x, K), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-14)
