"""Python's `max` and `min` of traced numbers."""

from typing import Any

import numpy as np
import pytest

import tessel


def chosen(x: Any, k: Any) -> tuple[Any, ...]:
    most = max(float(x[0]), 1.0)
    total = 0.0
    for i in range(len(x)):
        total = max(total, x[i]) + min(i, 2)
    return (
        *(max(x[0], x[1]), min(x[0], x[1], x[2]), max(x[1], 0.0), min(k[0], k[1]), max(k[1], 7)),
        *(x / max(np.abs(x).max(), 1.0), x.astype(np.float32) * most, total),
        *(max(2, 3) * x, max([1, 5]) * x, min(len(x), 2) * x, max(x.shape) * x),
        *(max(range(3), key=lambda i: -i) * x, max(np.nan, x[0]), max(x[0], np.nan)),
    )


@pytest.mark.parametrize("dynamic", [False, True])
def test_equals_python(dynamic: bool) -> None:
    compiled = tessel.compile(chosen, dynamic=dynamic)
    k = np.array([3, 2])
    for x in (np.array([0.5, 2, -3]), np.array([7.0, 1, 4])):
        for index, (got, want) in enumerate(zip(compiled(x, k), chosen(x, k), strict=True)):
            np.testing.assert_allclose(got, want, rtol=1e-6, err_msg=str(index))
            assert np.asarray(got).dtype == np.asarray(want).dtype, index


def test_of_arrays() -> None:
    """Python asks whether an array is larger, which NumPy refuses, too."""
    with pytest.raises(TypeError, match=r"test_extrema\.py:\d+: if/while"):
        tessel.compile(lambda x: max(x, x + 1))(np.ones(3))
