"""Functions raise for data what NumPy raises for it: the same kind of error, with its words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel

X = np.arange(12.0).reshape(3, 4) + 0.5
V = np.arange(5.0)
INDICES, FAR, BEHIND = np.array([0, 2, -3]), np.array([0, 3, 1]), np.array([1, -4])
INDICES_OF_V = np.arange(5)
SINGULAR = np.array([[[2.0, 1.0], [0.0, 3.0]], [[1.0, 2.0], [2.0, 4.0]]])
NAN = np.array([[1.0, np.nan], [np.nan, np.nan]])
Function = Callable[..., Any]


def _written(write: Function) -> Function:
    def function(*arrays):
        x = arrays[0].copy()
        write(x, *arrays[1:])
        return x

    return function


def _set_rows(x, i):
    x[i] = 0


def _set_pairs(x, i, j):
    x[i, j] = V[:3]


def _set_element(x, i):
    x[1, i] = 7


def _set_view(x, i):
    y = x.T[1:]
    y[i] = 1


def _added_at(x, i):
    x[i] += 1


def _looped(x, i):
    total = np.zeros(4)
    for k in range(40):
        total = total + x[i[k]]
    return total


def _looped_write(x, i):
    for k in range(40):
        x[i[k], 1] = k


FORTY = np.arange(40) % 3
FORTY_BAD = np.where(np.arange(40) == 20, 3, FORTY)

CASES: dict[str, tuple[Function, tuple[Any, ...], tuple[Any, ...]]] = {
    "rows": (lambda x, i: x[i], (X, INDICES), (X, FAR)),
    "rows counted from behind": (lambda x, i: x[i], (X, INDICES), (X, BEHIND)),
    "columns": (lambda x, i: x[:, i], (X, FAR), (X, FAR + 1)),
    "int8 rows": (lambda x, i: x[i], (X, INDICES.astype("i1")), (X, FAR.astype("i1"))),
    "uint8 rows": (lambda x, i: x[i], (X, FAR.astype("u1") % 3), (X, FAR.astype("u1"))),
    "uint64 rows": (lambda x, i: x[i], (X, FAR.astype("u8") % 3), (X, np.uint64([0, 2**63 + 1]))),
    "pairs": (lambda x, i, j: x[i, j], (X, INDICES, FAR), (X, INDICES, FAR + 1)),
    "first of pairs": (lambda x, i, j: x[i, j], (X, INDICES, FAR), (X, FAR, FAR)),
    "around a slice": (lambda x, i: x[None, :, 1:][0, i], (X, INDICES), (X, FAR)),
    "integer and rows": (lambda x, i: x[0, :, i], (X[None], FAR), (X[None], FAR + 1)),
    "element": (lambda x, i: x[1, i], (X, np.int64(-4)), (X, np.int64(-5))),
    "int32 element": (lambda x, i: x[i], (X, np.int32(2)), (X, np.int32(3))),
    "elements of a view": (lambda x, i: x.T[::2][i], (X, FAR % 2), (X, FAR)),
    "set rows": (_written(_set_rows), (X, INDICES), (X, FAR)),
    "set pairs": (_written(_set_pairs), (X, INDICES, FAR), (X, FAR, FAR)),
    "set an element": (_written(_set_element), (X, np.int64(3)), (X, np.int64(4))),
    "set through a view": (_written(_set_view), (X, INDICES), (X, FAR)),
    "add to rows": (_written(_added_at), (X, INDICES), (X, BEHIND)),
    "add.at": (_written(lambda x, i: np.add.at(x, i, 2)), (V, FAR), (V, FAR + 2)),
    "maximum.at": (_written(lambda x, i: np.maximum.at(x, i, 2)), (V, FAR), (V, FAR - 6)),
    "loop": (_looped, (X, FORTY), (X, FORTY_BAD)),
    "loop that writes": (_written(_looped_write), (X, FORTY), (X, FORTY_BAD)),
    "take": (lambda x, i: np.take(x, i, axis=0), (X, INDICES), (X, FAR)),
    "take of all": (lambda x, i: np.take(x, i), (X, FAR * 4 - 1), (X, FAR * 4)),
    "take as a method": (lambda x, i: x.take(i, axis=1), (X, FAR), (X, FAR + 1)),
    "take_along_axis": (
        lambda x, i: np.take_along_axis(x, i[None], axis=0),
        (X, FORTY[:4]),
        (X, FORTY_BAD[17:21]),
    ),
    "put": (_written(lambda x, i: np.put(x, i, [1, 2])), (X, INDICES * 4), (X, FAR * 4)),
    "put_along_axis": (
        _written(lambda x, i: np.put_along_axis(x, i[:, None], 5, axis=1)),
        (X, FAR),
        (X, FAR + 1),
    ),
    "choose": (lambda i, x: np.choose(i, [x[0], x[1]]), (FORTY[:4] % 2, X), (FORTY[:4], X)),
    "choose from behind": (lambda i: np.choose(i, [5, 6]), (FORTY % 2,), (-FORTY,)),
    "power": (lambda x, y: x**y, (FAR, FORTY[:3]), (FAR + 1, -FORTY[:3])),
    "power of int8": (
        lambda x, y: np.power(x, y),
        (FAR[:2], np.int8([1, 2])),
        (FAR[:2], np.int8([-1, 2])),
    ),
    "power in place": (_written(lambda x, y: x.__ipow__(y)), (FAR, FAR), (FAR, FAR - 1)),
    "nanargmax": (lambda x: np.nanargmax(x, axis=1), (NAN[:1],), (NAN[1:],)),
    "nanargmin": (lambda x: np.nanargmin(x), (NAN,), (NAN * np.nan,)),
    "nanargmax of float32": (
        lambda x: np.nanargmax(x.astype(np.float32)[None], axis=-1, keepdims=True),
        (NAN[:1],),
        (NAN,),
    ),
    "nanargmin in a loop": (
        lambda x: tessel.fori_loop(0, 4, lambda k, c: c + np.nanargmin(x[k % 2] + c), np.int64(0)),
        (NAN[[0, 0]],),
        (NAN,),
    ),
    "nanargmin of columns": (
        lambda x: np.nanargmin(x, axis=0),
        (NAN[:, :1],),
        (NAN,),
    ),
    "unravel_index": (lambda i: np.unravel_index(i, (4, 5)), (FAR * 6,), (FAR * 6 + 2,)),
    "unravel_index below 0": (lambda i: np.unravel_index(i, (4, 5)), (FAR,), (FAR - 1,)),
    "ravel_multi_index": (
        lambda i, j: np.ravel_multi_index((i, j), (4, 3), order="F"),
        (FAR, FAR % 3),
        (FAR, FAR),
    ),
    "ravel_multi_index of modes": (
        lambda i, j: np.ravel_multi_index((i, j), (4, 3), mode=("raise", "wrap")),
        (FAR, FAR + 9),
        (FAR + 1, FAR),
    ),
    "sorter": (
        lambda x, i: np.searchsorted(x, [1.5], sorter=i),
        (V, INDICES_OF_V),
        (V, INDICES_OF_V + 5),
    ),
    "inv": (np.linalg.inv, (SINGULAR[:1],), (SINGULAR[1:],)),
    "solve": (np.linalg.solve, (SINGULAR[0], V[:2]), (SINGULAR[1], V[:2])),
    "negative matrix_power": (
        lambda x: np.linalg.matrix_power(x, -2),
        (X[:2, :2],),
        (X[:2, :2] * 0,),
    ),
    "cholesky": (np.linalg.cholesky, (np.eye(3)[None] * 2,), (-np.eye(3)[None],)),
    "cholesky of a singular one": (np.linalg.cholesky, (np.eye(3),), (np.ones((3, 3)),)),
    "average": (lambda x, w: np.average(x, 0, w), (X, X), (X, X * [1, 1, 0, 1])),
    "quantile": (np.quantile, (V, np.float64(0.25)), (V, np.float64(-0.1))),
    "percentiles": (np.percentile, (V, np.array([0.0, 99.0])), (V, np.array([0.0, 101.0]))),
    "histogram": (lambda x: np.histogram(x, 3)[0], (V,), (NAN,)),
    "edges": (lambda x, e: np.histogram(x, e)[0], (V, V), (V, V[::-1])),
    "digitize": (np.digitize, (V, -V), (V, np.array([1.0, 3.0, 2.0, 4.0, 5.0]))),
}

OUR_WORDS = {"quantile", "percentiles", "histogram"}
"""Whose messages have other words than NumPy's."""


def _outcome(function: Function, arguments: tuple[Any, ...]) -> Any:
    return function(*[np.copy(one) if np.ndim(one) else one for one in arguments])


def _error(function: Function, arguments: tuple[Any, ...]) -> Exception:
    try:
        _outcome(function, arguments)
    except (IndexError, ValueError, ZeroDivisionError) as error:
        return error
    raise AssertionError("NumPy raises nothing")


@pytest.mark.parametrize("name", CASES)
def test_as_numpy(name: str) -> None:
    """Good data gives NumPy's result, before and after bad data, which raises NumPy's error."""
    function, good, bad = CASES[name]
    compiled = tessel.compile(function)
    theirs = _error(function, bad)
    expected = _outcome(function, good)
    for _ in range(2):
        with pytest.raises(type(theirs)) as ours:
            _outcome(compiled, bad)
        if name not in OUR_WORDS:
            assert str(theirs) in str(ours.value)
        assert __file__ in str(ours.value)
        result = _outcome(compiled, good)
        for one, other in zip(np.atleast_1d(result), np.atleast_1d(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def test_modes() -> None:
    """Where indices out of range mean others, nothing fails."""

    def function(x, i):
        y, z = x.copy(), x.copy()
        np.put(y, i, [1.0, 2.0, 3.0], mode="wrap")
        np.put(z, i, 4.0, mode="clip")
        chosen = [np.choose(i, [x[0], 7.0, 8.0], mode=mode) for mode in ("wrap", "clip")]
        flat = [np.ravel_multi_index((i, i), (3, 4), mode=mode) for mode in ("wrap", "clip")]
        taken = [np.take(x, i, axis=1, mode=mode) for mode in ("wrap", "clip")]
        return y, z, *chosen, *flat, *taken

    compiled = tessel.compile(function)
    for indices in (np.array([-7, 2, 9, 3]), np.array([2**12, -(2**12), 0, 1])):
        for got, want in zip(compiled(X, indices), function(X, indices), strict=True):
            np.testing.assert_array_equal(got, want)
    with pytest.raises(ValueError, match="clipmode must be one of 'clip', 'raise', or 'wrap'"):
        tessel.compile(lambda x: np.take(x, [0], mode="other"))(X)


def test_nothing_to_check() -> None:
    """Indices that a program shows to be inside are not checked, and neither are known ones."""

    def inside(x, v, i):
        order = np.argsort(x, axis=1)
        wide = np.concatenate([v] * 60)
        total = np.take_along_axis(x, order, 1) + x[i % 3] + x[np.clip(i, -2, 1)] + x[[0, -3, 1]]
        for k in range(3):
            total = total + x[k] + x[-k - 1] + x[2 - k]
        total = tessel.fori_loop(0, 3, lambda k, one: one + x[k], total)
        found = np.minimum(np.searchsorted(v, x), 4)
        return total + v[found] + x[np.argmax(v) // 2] + wide[i.astype(np.uint8)][:, None]

    def scanned(x, v, i):
        return tessel.scan(lambda c, row: (c + row[np.argmax(row)], row), v[0], x)[0]

    def statistics(x, v, i):
        return np.median(x), np.interp(x, v, v), np.linalg.det(x[:, :3]), np.lexsort((v, v))

    for function in (inside, scanned, statistics):
        text = tessel.compile(function).ir("trace", X, V, INDICES)
        assert "tessel.check" not in text, function.__name__


def test_checked_once() -> None:
    """The same check is not made twice in one body, nor in a branch after it was made."""

    def function(x, i):
        x[i] = x[i] * 2
        x[i] += x[i]
        return tessel.cond(x[0, 0] > 0, lambda: x[i] + x[i], lambda: x[0])

    assert tessel.compile(function).ir("trace", X, np.int64(1)).count("tessel.check_indices") == 1


def test_empty() -> None:
    """Nothing is read where nothing is asked for; an axis of size 0 has no index."""
    nothing, empty = np.empty((0, 1), np.int64), np.empty((0, 4))

    def function(x, i, j):
        return x[i, j], x[i]

    compiled = tessel.compile(function)
    for got, want in zip(compiled(X, nothing, FAR), function(X, nothing, FAR), strict=True):
        assert got.shape == want.shape
    for read in (lambda x, i: x[i], lambda x, i: np.take(x, i, 0), lambda x, i: x[i[0]]):
        with pytest.raises(IndexError, match="out of bounds for axis 0 with size 0"):
            tessel.compile(read)(empty, FAR)
    everywhere = tessel.compile(lambda x, i: x[i], dynamic=True)
    assert everywhere(X, FAR % 3).shape == (3, 4)
    with pytest.raises(IndexError, match="out of bounds for axis 0 with size 0"):
        everywhere(empty, FAR)


def test_eager() -> None:
    """Outside of a program functions raise the same errors at once."""
    xp = tessel.numpy
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        xp.take(X, FAR, axis=0)
    with pytest.raises(IndexError, match="index -4 is out of bounds for axis 0 with size 3"):
        xp.take_along_axis(X, BEHIND[None], axis=0)
    with pytest.raises(ValueError, match="Integers to negative integer powers are not allowed"):
        xp.pow(FAR, FAR - 2)
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        xp.linalg.inv(SINGULAR)


def test_probabilities() -> None:
    """Of a random choice they are not negative, and sum to 1."""
    choose = tessel.compile(lambda key, p: tessel.random.choice(key, 3, (4,), probabilities=p))
    key = tessel.random.key(0)
    assert choose(key, np.array([0.5, 0.25, 0.25])).shape == (4,)
    with pytest.raises(ValueError, match="probabilities do not sum to 1"):
        choose(key, np.array([0.5, 0.25, 0.5]))
    with pytest.raises(ValueError, match="probabilities are not non-negative"):
        choose(key, np.array([0.5, -0.25, 0.75]))


def test_condition_number_of_a_singular_matrix() -> None:
    """Is infinite, as in NumPy, which does not raise."""
    with np.errstate(all="ignore"):
        assert np.isinf(tessel.compile(lambda x: np.linalg.cond(x, 1))(X[:2, :2] * 0))
