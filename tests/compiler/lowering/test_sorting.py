"""Compiled ops of `dialects/sorting.py` equal their references, empty ones too."""

import numpy as np
from differential import Case, check_cases

from tessel.dialects import sorting as ops

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def test_sorts() -> None:
    """Stable, NaN last, along each axis and both ways."""
    check_cases(
        [
            Case(op, [x], {"axis": axis, "descending": descending})
            for op in (ops.Sort, ops.Argsort)
            for x in (X, NANS, BYTES // 50, BYTES > 100, X[:0], X[:1, :1])
            for axis in (0, 1)
            for descending in (False, True)
        ]
    )


def test_sort_of_dynamic_size() -> None:
    """One program sorts every size."""
    check_cases([Case(ops.Argsort, [NANS], {"axis": 1, "descending": False}, dynamic=True)])


def test_largest() -> None:
    """Values and indices, also none of them."""
    cases = [
        Case(ops.TopK, [NANS], {"k": 3, "axis": 1}),
        Case(ops.TopK, [BYTES], {"k": 0, "axis": 0}),
    ]
    check_cases(cases)
