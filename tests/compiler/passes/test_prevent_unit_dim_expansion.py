"""`tessel-prevent-unit-dim-expansion`: parts of one element gain dimensions, and twice is once."""

from typing import Any

import numpy as np
import pytest
from pass_programs import PROGRAMS, check_twice_is_once

import tessel

X = np.random.default_rng(0).random((4, 3))


def picks(x):
    return x[:, 0][np.array([[[0]]])].reshape(1)


def sorts(x):
    y = x.ravel()[np.array([[0]])]
    y.sort(0)
    return y.ravel()


def mirrors(x):
    y = np.flip(x[:1, 0][None, None], 0)
    return np.einsum("iji->ij", y), y.ravel()


def takes_parts(x):
    part = x[1:, 1][::3][None]
    return part.ravel(), x[::4][:, :1][None].reshape(1, 1) + 1


def test_results() -> None:
    """IREE alone refuses the first three."""
    functions = [picks, sorts, mirrors, takes_parts]
    compiled = tessel.compile(lambda x: [one(x) for one in functions])(X)
    for function, results in zip(functions, compiled, strict=True):
        for got, want in zip(_listed(results), _listed(function(X)), strict=True):
            np.testing.assert_array_equal(got, want, err_msg=function.__name__)


def _listed(results: Any) -> list[np.ndarray]:
    return list(results) if isinstance(results, tuple) else [results]


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    first = ["tessel-decompose", "tessel-lower-to-linalg"]
    check_twice_is_once(name, first, ["tessel-prevent-unit-dim-expansion"])
