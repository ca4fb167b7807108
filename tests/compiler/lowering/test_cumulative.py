"""Compiled ops of `dialects/cumulative.py` equal their references, empty ones too."""

import numpy as np
from differential import Case, check_cases

from tessel.dialects import cumulative as ops

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def test_running_totals() -> None:
    """Along each axis, with NaN, of integers, of nothing."""
    kinds = (ops.CumulativeSum, ops.CumulativeProd, ops.CumulativeMax, ops.CumulativeMin)
    check_cases(
        [
            Case(op, [x], {"axis": axis}, dynamic=axis == 1)
            for op in kinds
            for x in (X, NANS, BYTES, X[:0], X[:, :0])
            for axis in (0, 1)
        ]
    )
