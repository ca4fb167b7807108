"""`numpy.r_`, `c_`, `mgrid` and `ogrid` of traced arrays and sizes."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

VECTOR, MATRIX = np.linspace(0, 3, 4), np.arange(12.0).reshape(3, 4)


def joined(x: Any, m: Any, whole: Any) -> dict[str, Any]:
    """Arrays, numbers, lists and ranges one after the other, in NumPy's dtypes."""
    return {
        "rows": np.r_[x, x],
        "numbers": np.r_[0, x, 1.5],
        "range": np.r_[0:3, x, 9:2:-2],
        "counted": np.r_[0 : x[1] : 5j, x],
        "lists": np.r_[[1, 2], x, x[0]],
        "narrow": np.r_[1, x.astype(np.float32)],
        "wider": np.r_[np.float64(1), x.astype(np.float32)],
        "truth": np.r_[True, x[0] > 0, x > 1],
        "whole": np.r_[whole, 2],
        "first_axis": np.r_[m, m],
        "last_axis": np.r_["-1", m, m],
        "raised": np.r_["0,2", x, x],
        "placed": np.r_["1,3,0", x, x],
        "placed_last": np.r_["0,3,-1", x, [1, 2, 3, 4]],
        "one": np.r_[x],
        "columns": np.c_[x, x, whole],
        "matrices": np.c_[m, 2 * m],
        "beside": np.c_[np.ones(3), m, 0:3],
        "column_of_numbers": np.c_[x[:1], 2, 3.0],
    }


def test_joined() -> None:
    """`r_` and `c_` with traced parts."""
    check_as_numpy(joined, VECTOR, MATRIX, np.arange(4, dtype=np.int16))


def grids(m: Any) -> dict[str, Any]:
    """Grids over sizes and between traced numbers, which can be written to."""
    rows, columns = m.shape
    made = np.mgrid[:rows, 0:columns]
    made[0] += 1
    return {
        "made": made,
        "open": np.ogrid[0:rows, 1:columns:2],
        "one": np.mgrid[2:rows],
        "counted": np.mgrid[0 : m[1, 1] : 3j, 0:2],
        "range": np.r_[:rows],
        "index": m[np.s_[1:rows]],
        "known": np.mgrid[0:2, 0:3] * m[0, 0],
    }


def test_grids() -> None:
    """Sizes known and unknown."""
    check_as_numpy(grids, MATRIX)
    compiled = tessel.compile(
        lambda m: (np.ogrid[: len(m), : m.shape[1]], np.c_[m, m]), dynamic=True
    )
    for shape in ((3, 4), (2, 5), (3, 1)):
        m = np.ones(shape)
        (rows, columns), beside = compiled(m)
        np.testing.assert_array_equal(rows, np.arange(shape[0])[:, None])
        np.testing.assert_array_equal(columns, np.arange(shape[1])[None])
        np.testing.assert_array_equal(beside, np.c_[m, m])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: np.r_["nothing", x], ValueError, "unknown special directive 'nothing'"),
        (lambda x: np.r_[x, "0,2"], ValueError, "must be the first entry"),
        (
            lambda x: np.r_["c", x],
            NotImplementedError,
            "numpy.matrix, which cannot be compiled",
        ),
        (lambda x: np.r_[x[0] :], ValueError, "needs an end"),
        (lambda x: np.r_[x, [[1.0]]], ValueError, "concatenate"),
    ],
)
def test_mistakes(call: Any, kind: type, message: str) -> None:
    """One sentence each."""
    with pytest.raises(kind, match=message):
        tessel.compile(call)(VECTOR)
