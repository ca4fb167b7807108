"""Compiled ops of `dialects/indexing.py` equal their references, empty ones too."""

import numpy as np
from differential import Case, check_cases

from tessel.dialects import indexing as ops

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def _int(value: int) -> np.ndarray:
    return np.array(value, np.int64)


def test_gathers() -> None:
    """Indices outside are clamped."""
    check_cases(
        [
            Case(ops.Take, [X, _ints(0, 3, 9, -1)], {"axis": 0}),
            Case(ops.Take, [X, _ints(0, 3, 1).reshape(3, 1)], {"axis": 1}, dynamic=True),
            Case(ops.Take, [X, _int(2)], {"axis": 1}),
            Case(ops.Take, [X, _ints()], {"axis": 1}),
            Case(ops.TakeAlongAxis, [X, _ints(0, 3, 1, 1, 1).reshape(5, 1)], {"axis": 1}),
            Case(ops.GatherNd, [X, _ints(0, 3, 1, 1, 1, 2).reshape(3, 2)]),
            Case(ops.GatherNd, [BYTES, _ints(0, 3, 1, 1, 1, 2).reshape(2, 3, 1)]),
            Case(ops.GatherNd, [X, _ints(1, 2)]),
        ]
    )


def test_scatters() -> None:
    """Duplicates in order; updates outside are dropped."""
    pairs, rows = _ints(0, 3, 1, 1, 1, 1).reshape(3, 2), _ints(0, 3, 4, 4, 9, -1).reshape(2, 3, 1)
    cases = [Case(ops.ScatterNd, [X, pairs, RNG.random(3)], {"kind": k}) for k in ops.SCATTER_KINDS]
    cases += [
        Case(ops.ScatterNd, [X, rows, RNG.random((2, 3, 7))], {"kind": k})
        for k in ops.SCATTER_KINDS
    ]
    cases.append(Case(ops.ScatterNd, [BYTES, rows[0], BYTES[:3]], {"kind": "set"}))
    check_cases(cases)


def test_search_sorted() -> None:
    """Both sides, one element, none, NaN as the largest."""
    special = [np.array([1.0, 2, np.nan, np.nan]), np.array([np.nan, 2.0])]
    arrays = [[np.sort(RNG.random(n)), RNG.random((3, 4))] for n in (0, 1, 5, 8, 33)]
    check_cases(
        [
            Case(ops.SearchSorted, list(pair), {"side": side}, dynamic=pair is special)
            for pair in (*arrays, [_ints(1, 2, 2, 3), _ints(2, 0, 9)], special)
            for side in ("left", "right")
        ]
    )
