"""Lists and tuples beside arrays, and those that hold traced numbers: values, dtypes, errors."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.linalg import norm

import tessel

Arguments = tuple[np.ndarray, np.float64, np.ndarray, np.ndarray, np.ndarray]


def _arguments() -> Arguments:
    return (
        np.array([1.5, -2.0, 3.0]),
        np.float64(0.5),
        np.arange(6.0).reshape(2, 3),
        np.array([1, 2, 3]),
        np.array([1.5, 2, 3], np.float32),
    )


def _operators(a, b, m, i, f):
    numbers, kept = [1, 2], [1, 2]
    kept += a[:2]
    scaled = np.array(2)
    return [
        a[:2] + numbers,
        numbers + a[:2],
        [1, 2] - a[0],
        a[:2] * [a[0], 2],
        (a[0], 2) * a[:2],
        a @ [1, 2, 3],
        [1, 2, 3] @ a,
        m @ [a[0], 1, b],
        a[:2] < [1, b],
        a == [a[0], 7, b],
        [a[0], 7, b] <= a,
        a[:2] // [2, 3],
        [2, 3] ** a[:2],
        *divmod(a[:2], [2, b]),
        i[:2] & [1, 2],
        i[:2] / [1, 2],
        f[:2] + numbers,
        f[:2] - [f[0], 1],
        f[:2] * [f[0], True],
        f + range(3),
        i * range(3),
        scaled * [1, 2],
        a[:2] * [[1, 2], [b, 4]],
        kept,
    ]


def _in_place(a, b, m, i, f):
    a[:2] += [1, b]
    a[2:] *= [a[0]]
    a[[0, 1]] = [a[1], 2]
    m[0] = [a[0], b, 1]
    return a, m


def _ufuncs(a, b, m, i, f):
    return [
        np.sqrt([a[0], 2.0]),
        np.sqrt([f[0], f[1]]),
        np.sqrt([f[0], 1], dtype=np.float32),
        np.sign((i[0], i[1])),
        np.add([a[0], 1], [2, b]),
        np.maximum([[a[0]], [1]], 0),
        np.minimum.reduce([a, a * b, a - 1]),
        np.logical_and.reduce([a > 0, a < 3]),
        np.add.reduce([a, f, i]),
        np.add.accumulate([a[0], 1, b]),
        np.add.outer([a[0], 1], [2, b]),
    ]


def _reductions(a, b, m, i, f):
    return [
        np.sum([a[0], a[1]]),
        np.sum([a, a * 2], axis=0),
        np.sum([[a[0], b], [1, 2]], axis=1, keepdims=True),
        np.max([a[0], b]),
        np.min((a[0], b, 3)),
        np.mean([f[0], f[1]]),
        np.mean([i[0], i[1]]),
        np.median([a[0], a[1], a[2]]),
        np.std([a[0], b, 2], ddof=1),
        np.any([a > 0, a < 2], axis=0),
        np.average([a[0], b], weights=[1, a[1] + 9]),
        np.argmax([a[0], b]),
        norm([a[0], a[1]]),
        np.linalg.det([[a[0], 1], [1, a[1]]]),
    ]


def _others(a, b, m, i, f):
    return [
        np.append(a, [a[0], 3]),
        np.concatenate([[a[0]], a]),
        np.concatenate(([b], [a[0]], [1])),
        np.vstack([[a[0], 1], [b, 2]]),
        np.interp(a, [0, 1], [a[0], 2]),
        np.polyval([a[0], 1], a),
        np.where(a > 0, [b, 1, 2], a),
        np.clip([a[0], b], [0, b], 5),
        np.dot([a[0], b], [1, 2]),
        np.einsum("ij,j->i", [[a[0], b], [1, 2]], [1, b]),
        np.diag([a[0], b]),
        np.tile([a[0], b], 2),
        np.take([a[0], b], [1, 0]),
        np.select([a > 0, [True, False, True]], [a, [b, 1, 2]]),
        *np.histogram(a, bins=[-5, a[0], 20]),
        a.dot([a[0], 1, b]),
        a.clip([b, 0, 0], 5),
        np.shape([a[0], b]),
    ]


@pytest.mark.parametrize("function", [_operators, _in_place, _ufuncs, _reductions, _others])
def test_equals_numpy(function: Callable[..., object]) -> None:
    expected, found = function(*_arguments()), tessel.compile(function)(*_arguments())
    assert len(found) == len(expected)
    for number, (one, other) in enumerate(zip(found, expected)):
        assert np.asarray(one).dtype == np.asarray(other).dtype, number
        np.testing.assert_allclose(one, other, rtol=1e-6, err_msg=str(number))
        assert np.shape(one) == np.shape(other), number


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (lambda a: a[0] * [1, 2], TypeError, "cannot be repeated"),
        (lambda a: a - [1, 2], ValueError, "do not broadcast"),
        (lambda a: a + {1: 2}, TypeError, "numpy.add is not defined for float64.3. and a dict"),
        (lambda a: np.sum([a[0], [a[1]]]), ValueError, "ranks 1 and 2 differ"),
        (lambda a: np.sum([a[0], 1], bogus=1), TypeError, "bogus"),
        (lambda a: np.sqrt([a[0], 1], bogus=1), TypeError, "bogus"),
    ],
)
def test_raises_what_numpy_raises(
    function: Callable[..., object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind):
        function(np.ones(3))
    with pytest.raises(kind, match=message):
        tessel.compile(function)(np.ones(3))
