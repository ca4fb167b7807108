"""`numpy.lib.stride_tricks.as_strided` of what stays inside the array, and `ndarray.strides`."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

as_strided = np.lib.stride_tricks.as_strided


def views(x: Any, m: Any) -> dict[str, Any]:
    """Windows, blocks, diagonals, repeated and no elements; and one that follows the array."""
    step, (down, right) = x.strides[0], m.strides
    followed = as_strided(x, (2, 2), (step, step))
    x[0] = 9
    return {
        "windows": as_strided(x, (len(x) - 2, 3), (step, step)),
        "blocks": as_strided(m, (2, 2, 2), (down, 2 * right, right)),
        "diagonal": as_strided(m, (3,), (down + right,)),
        "repeated": as_strided(x, shape=(2, 3), strides=(0, step)),
        "cut": as_strided(m[1:], (2, 2), m[1:].strides),
        "nothing": as_strided(x, (0, 3), (step, step)),
        "shape_alone": as_strided(x, (3,)),
        "followed": followed,
        "strides": np.array([*m.T.strides, *m[:, ::2].strides, *m[::-1].strides]) + 0 * x[0],
    }


def test_views() -> None:
    """NumPy's elements, whatever happens to the array later."""
    check_as_numpy(views, np.arange(6.0), np.arange(12, dtype=np.float32).reshape(3, 4))


def test_dynamic_sizes() -> None:
    """A program for each size."""
    compiled = tessel.compile(lambda m: as_strided(m, (2, 2), m.strides), dynamic=True)
    for shape in ((3, 4), (2, 7)):
        m = np.arange(28.0)[: shape[0] * shape[1]].reshape(shape)
        np.testing.assert_array_equal(compiled(m), m[:2, :2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: as_strided(m, (20,), (8,)), "leaves the elements of float64.3, 4."),
        (lambda m: as_strided(m, (2,), (-8,)), "leaves the elements"),
        (lambda m: as_strided(m, (2,), (4,)), "strides are bytes"),
        (lambda m: as_strided(m, (2, 2), (8,)), "with 1 strides; give one stride an axis"),
        (lambda m: as_strided(m.T, (2,), (8,)), "not in row-major order .*ascontiguousarray"),
        (lambda m: as_strided(m, (2,), (8,)).__setitem__(0, 1.0), "read-only"),
    ],
)
def test_refused(call: Any, message: str) -> None:
    """What leaves the array, or is not known to stay inside, in one sentence."""
    with pytest.raises(tessel.TesselError, match=message):
        tessel.compile(call)(np.zeros((3, 4)))
