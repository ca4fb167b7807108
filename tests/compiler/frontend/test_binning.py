"""Elements counted in bins whose number is known, as in NumPy."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(4)
POINTS = RANDOM.standard_normal((40, 3))
LABELS = RANDOM.integers(0, 5, 40)


def counted(x: Any, labels: Any) -> dict[str, Any]:
    """Counts, sums of weights, and counts in boxes."""
    narrow = labels.astype(np.uint8)
    edges = np.array([-3.0, -1, 0, 0.5, 4])
    ranges = [[-1, 3], [-1, 1], [0, 2]]
    x[0] = [3, 1, 2]  # the last edges, which belong to the last bins
    return {
        "bincount": [np.bincount(labels, minlength=5), np.bincount(narrow, minlength=7)],
        "weights": np.bincount(labels, weights=x[:, 0], minlength=6),
        "whole_weights": np.bincount(labels, labels, 5),
        "nothing": np.bincount(labels[:0], minlength=3),
        "known": np.bincount(np.array([1, 5]), weights=x[:2, 0]),
        "pair": np.histogram2d(x[:, 0], x[:, 1], bins=(5, 4), range=ranges[:2]),
        "edges": np.histogram2d(x[:, 0], x[:, 1], bins=[edges, 3]),
        "one_for_both": np.histogram2d(x[:, 0], x[:, 1], bins=edges, density=True),
        "columns": np.histogramdd(x, bins=3),
        "listed": np.histogramdd([x[:, 0], x[:, 2]], bins=(2, edges), weights=x[:, 1]),
        "density": np.histogramdd(x, bins=(2, 3, 4), range=ranges, density=True),
        "narrow": np.histogram2d(x[:, 0].astype(np.float32), labels, bins=3),
        "narrow_columns": np.histogramdd(x.astype(np.float32), bins=2),
    }


def test_as_numpy() -> None:
    """All results have NumPy's dtype, shape and values."""
    check_as_numpy(counted, POINTS, LABELS)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda n: np.bincount(n), NotImplementedError, "bincount has a size.*give minlength="),
        (lambda n: np.bincount(n, minlength=-1), ValueError, "must not be negative"),
        (lambda n: np.bincount(n / 2, minlength=9), TypeError, "bincount of float64"),
        (lambda n: np.bincount(n, minlength=4), ValueError, "bincount of 4, .*minlength=4"),
        (lambda n: np.bincount(n - 1, minlength=9), ValueError, "bincount of -1, .*negative"),
        (lambda n: np.histogramdd(n, bins=(2, 3)), ValueError, "of 1 dimensions needs bins"),
        (lambda n: np.histogram2d(n, n, bins="auto"), NotImplementedError, "bins='auto'"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be, while tracing or by data, is one sentence with the user's line."""
    with pytest.raises(error, match=rf"test_binning\.py:\d+: .*{message}"):
        tessel.compile(function)(LABELS)
