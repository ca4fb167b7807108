"""What traced masks select: read, written, computed with, and indexed again, as in NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(1)
NUMBERS = RANDOM.standard_normal((6, 4))
LABELS = np.array([0, 1, 2, 1, 0, 1])
CUBE = RANDOM.standard_normal((3, 4, 5))


def reduced(x: Any, labels: Any) -> dict[str, Any]:
    """Reductions over the chosen axis, over others, and over all."""
    rows = x[labels == 1]
    return {
        "sum": [rows.sum(axis=0), rows.sum(), rows.sum(axis=0, keepdims=True)],
        "others": [rows.sum(axis=1).max(), rows.max(1).sum(), rows.mean(-1, keepdims=True).sum(0)],
        "mean": [rows.mean(0), np.mean(rows), x[x > 0].mean()],
    }


def extreme(x: Any, labels: Any) -> dict[str, Any]:
    """Extrema, conditions, spreads and products of what was chosen."""
    rows = x[labels == 1]
    return {
        "extrema": [rows.max(axis=0), np.min(rows), np.ptp(rows[:, 1]), np.amax(rows, 0)],
        "truth": [(rows > 0).any(axis=0), np.all(rows < 9), (rows > 0).all()],
        "spread": [rows.std(axis=0, ddof=1), np.var(x[x > 0]), x[x < 0].std()],
        "product": [np.prod(rows, axis=0), x[2, x[0] > 0].prod()],
    }


def ordered(x: Any, labels: Any) -> dict[str, Any]:
    """What needs the chosen elements in order."""
    rows = x[labels == 1]
    return {
        "median": [np.median(rows, axis=0), np.median(labels[x[:, 0] < 1])],
        "quantile": [np.percentile(rows[:, 0], 30), np.quantile(rows, [0.1, 0.9], axis=0)],
    }


def counted(x: Any, labels: Any) -> dict[str, Any]:
    """Indices, counts and norms of what was chosen."""
    rows = x[labels == 1]
    column = (labels == 1).astype(np.int8)
    return {
        "arg": [rows[:, 1].argmax(), np.argmin(rows, axis=0), np.argmax(rows)],
        "arg_of_the_least": column[labels == 0].argmax(),
        "counts": [np.count_nonzero(rows > 0), rows.shape[0], rows.size, np.size(rows, 1)],
        "norm": [np.linalg.norm(rows, axis=1).sum(), np.linalg.norm(rows)],
    }


def binned(x: Any, labels: Any) -> dict[str, Any]:
    """Averages, histograms and other functions of what was chosen."""
    rows = x[labels == 1]
    return {
        "average": np.average(rows, axis=0, weights=rows**2),
        "histogram": np.histogram(x[x > 0], bins=4, range=(0, 3))[0],
        "bincount": [
            np.bincount(labels[labels != 1], minlength=4),
            np.bincount(labels[labels != 1], x[labels != 1, 0], 4),
        ],
        "ufunc": [np.add.reduce(rows), np.maximum.reduce(rows, axis=1).sum()],
        "nan": np.nanmean(np.where(x > 1, np.nan, x)[labels == 1], axis=0),
    }


def among_others(x: Any, labels: Any) -> dict[str, Any]:
    """Masks beside integers, slices, new axes and index arrays."""
    mask, wide = labels == 1, x[0] > 0
    return {
        "column": [x[mask, 1].sum(), x[x[:, 0] > 0, -1].mean()],
        "row": [x[2, wide].sum(), x[:, wide].sum(1), x.T[:, mask].sum(1)],
        "new_axis": [x[None, mask].sum(1), x[mask, None].sum(0), x[1:, None][mask[1:]].sum(0)],
        "nonzero": [x[np.nonzero(mask)].sum(0), x[np.where(x > 0.5)].sum()],
        "indices": [x[mask, labels[mask]].sum(), x[np.flatnonzero(mask), labels[mask]].max()],
        "truth": [x[True], x[False], x[np.True_].shape[0], x[..., x[0, 0] > 0].sum()],
        "argwhere": np.argwhere(x > 0).sum(0),
        "extract": [np.extract(x > 0, x).sum(), np.compress(mask[:3], x, axis=0).sum(0)],
    }


def in_three(x: Any) -> dict[str, Any]:
    """The position of the chosen axis among those of an array of three."""
    first, last, plane = x[:, 0, 0] > -0.5, x[0, 0] > 0, x[0] > 0
    return {
        "front": x[first].sum(0),
        "middle": [x[:, x[0, :, 0] > 0].sum(1), x[0, x[0, :, 0] > 0].sum(0)],
        "last": [x[..., last].sum(-1), x[1, :, last].sum(0), x[1, ..., last].max(0)],
        "plane": [x[:, plane].sum(1), x[x > 1].sum(), x[x[:, :, 0] > 0].sum(0)],
        "apart": [x[first, :, 2].sum(0), x[:, x[0, :, 0] > 0, 2].sum(1), x[first, 1, 2].sum()],
    }


def computed(x: Any, labels: Any) -> dict[str, Any]:
    """Functions of selections, and selections indexed again."""
    rows = x[labels == 1]
    changed, copy = x[labels != 0] * 2, rows.copy()
    changed[:, 0] = 5
    changed[changed[:, 1] > 0] -= 1
    changed *= 3
    values, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return {
        "single": [rows[0], rows[-1], rows[1, 2], rows[np.array([2, 0, -1])]],
        "slices": [rows[1:].sum(0), rows[::2, 1:3].sum(), rows[::-1][0], rows[:-1].sum(0)],
        "again": [rows[rows[:, 0] > 0].sum(), rows[rows > 0].sum()],
        "product": [rows.T @ rows, (rows @ x.T).sum(0), np.dot(rows, x[0]).sum(), x[0] @ x.T @ x],
        "sorted": [np.sort(rows[:, 0])[0], rows[np.argsort(rows[:, 0])][0]],
        "cumulative": [np.cumsum(rows, axis=0)[-1], np.diff(rows, axis=0).sum(0)],
        "joined": np.concatenate([rows, x]).sum(0),
        "elementwise": [np.where(rows > 0, rows, 0).sum(0), np.clip(rows, 0, 1).sum()],
        "broadcast": [(rows - rows.mean(0)).max(0), (rows / rows.sum(1)[:, None]).sum(0)],
        "pairs": (rows[:, None, :] - x[None]).sum((0, 2)),
        "flat": [rows.reshape(-1).sum(), rows.ravel()[3], rows[:, 0].reshape(-1, 1).sum(0)],
        "changed": [changed.sum(0), copy.sum(0)],
        "unique": [values.sum(), inverse, counts.max(), values[np.argmax(counts)]],
        "sets": [np.union1d(labels, 7).sum(), np.intersect1d(labels, [1, 5])[0]],
        "differences": [np.setdiff1d(labels, [1]).sum(), np.setxor1d(labels, [1, 9]).sum()],
    }


def written(x: Any, labels: Any) -> dict[str, Any]:
    """Assignments through masks, also among other indices, and combined in place."""
    mask = labels == 1
    arrays = [x * 1 for _ in range(9)]
    arrays[0][mask, 1] = 7
    arrays[0][labels == 0] += 1
    arrays[1][1:, 2][mask[1:]] = -1
    arrays[2][x > 0] = arrays[2][x > 0] ** 2 + 1
    arrays[2][:, x[0] > 0] = 0
    arrays[3][mask] = arrays[3][mask] - arrays[3][mask].mean(axis=0)
    arrays[4][2, x[0] > 0] *= 9
    arrays[5][mask, labels[mask]] = arrays[5][mask, 0] + 1
    arrays[6][mask, labels[mask]] += 5
    arrays[7].T[:, mask] = x[0][:, None]
    arrays[8][np.nonzero(x < 0)] = 0
    vectors = x * 1
    vectors[mask, 2] = [10, 20, 30]
    vectors[labels == 0] = x[2:4]
    vectors[mask] += np.array([[1.0], [2.0], [3.0]])
    square = x @ x.T
    square[mask, :] = 0
    square[mask, mask] = 1
    square[np.ix_(mask, [0, 2])] += 3
    counts, placed = np.zeros(3), x * 1
    np.add.at(counts, labels[x[:, 0] > 0], 1)
    np.place(placed, x > 0, [1, 2, 3])
    filled = x * 1
    filled[True] = filled[0]
    filled[False] = 5
    return {
        "arrays": arrays,
        "counts": counts,
        "placed": placed,
        "filled": filled,
        "square": square,
    }


@pytest.mark.parametrize(
    "function", [reduced, extreme, ordered, counted, binned, among_others, computed, written]
)
def test_as_numpy(function: Any) -> None:
    """All results of a family have NumPy's dtype, shape and values."""
    check_as_numpy(function, NUMBERS, LABELS)


def test_in_three_dimensions() -> None:
    """The chosen axis is where NumPy puts it."""
    check_as_numpy(in_three, CUBE)


def test_index_arrays_around_slices() -> None:
    """A single integer counts among index arrays when it is said what is separated."""

    def function(x: Any, i: Any) -> dict[str, Any]:
        y = x * 1
        y[0, :, i] = 3
        return {"apart": x[0, :, i], "beside": x[:, 1, i], "first": x[i, 1], "written": y}

    check_as_numpy(function, CUBE, np.array([1, 2]))


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: x[x > 0], NotImplementedError, "cannot be returned"),
        (lambda x: len(x[x > 0]), NotImplementedError, "len.. needs x.mask.*shape.0."),
        (lambda x: np.fft.fft(x[x > 0]), NotImplementedError, "numpy.fft.fft needs"),
        (lambda x: x[x[:, :2] > 0].sum(), IndexError, "does not cover"),
        (lambda x: x[x > 0][:, 0], IndexError, "2 indices for an array of rank 1"),
        (lambda x: x[x[:, 0] > 0][:, x[0] > 0].sum(), NotImplementedError, "masks of other axes"),
        (lambda x: list(x[x > 0]), NotImplementedError, "iteration needs"),
        (lambda x: x[x > 0].sum(axis=1), IndexError, "axis 1 is out of range"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_masked_selection\.py:\d+: .*{message}"):
        tessel.compile(function)(NUMBERS)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: x[x[:, 0] > 9][0], IndexError, "index 0 is out of bounds"),
        (lambda x: x[x > 9].max(), ValueError, "numpy.max of no elements"),
        (lambda x: np.argmin(x[x > 9]), ValueError, "numpy.argmin of no elements"),
        (
            lambda x: (x[x[:, 0] > 9, 0] + np.ones(3)).sum(),
            ValueError,
            "of 0 chosen elements.*of 3",
        ),
    ],
)
def test_what_only_data_shows(function: Any, error: type, message: str) -> None:
    """A call raises, with the user's line, what NumPy raises; and not where there is enough."""
    compiled = tessel.compile(function)
    with pytest.raises(error, match=rf"test_masked_selection\.py:\d+: .*{message}"):
        compiled(NUMBERS)
    enough = NUMBERS.copy()
    enough[:3, 0] = 10
    np.testing.assert_allclose(compiled(enough), function(enough))


def _reverses(x: Any) -> Any:
    y, m = x[:, 0].copy(), x[:, 0] > 0
    y[m] = y[m][::-1]
    return y


def by_two_masks(x: Any) -> dict[str, Any]:
    """The first that one chooses beside the first that the other chooses, and so on."""
    first, m = x[:, 0], x[:, 0] > 0
    return {
        "reversed": _reverses(x),
        "product": np.sum(first[m] * first[m][::-1]),
        "neighbours": np.max(first[m][1:] - first[m][:-1]),
        "rows": np.sum(x[m] * x[m][::-1], axis=0),
        "of rank 2": np.sum(x[x > 0] * x[x > 0][::-1]),
        "one beside many": np.sum(first[m] - first[first == first.max()]),
    }


def of_arrays(x: Any) -> dict[str, Any]:
    """Index arrays at the other axes of what a mask chose."""
    rows = x[x[:, 0] > 0]
    return {
        "a list": rows[:, [0, 2]].sum(axis=0),
        "one": rows[:, [2]].mean(),
        "a matrix": rows[:, np.array([[0, 1], [2, 0]])].sum(axis=0),
        "in front": x[:, x[0] > 0][[0, 2]].sum(axis=1),
        "truth": rows[:, [True, False, True, False][: x.shape[1]]].sum(axis=0),
        "traced": rows[:, np.argsort(x[0])].sum(axis=0),
        "some rows": rows[1:, [0, 2]].sum(axis=0),
        "an integer": rows[::2, 1].sum(),
    }


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("function", [by_two_masks, of_arrays])
def test_beside_others(function: Callable[..., dict[str, Any]], dynamic: bool) -> None:
    found, expected = tessel.compile(function, dynamic=dynamic)(NUMBERS), function(NUMBERS)
    for name, want in expected.items():
        np.testing.assert_allclose(found[name], want, rtol=1e-12, err_msg=name)


def test_two_masks_that_choose_different_numbers() -> None:
    compiled = tessel.compile(lambda x, y: np.sum(x[x > 0] * y[y > 0]))
    x, y = np.array([1.0, -1, 2]), np.array([3.0, 4, -1])
    assert compiled(x, y) == 11
    with pytest.raises(ValueError, match=r"numpy\.multiply of 2 chosen elements and 3 others"):
        compiled(x, np.abs(y))
