"""Functions that are short programs of others give NumPy's values and dtypes."""

from typing import Any

import numpy as np
import pytest

import tessel

X = np.random.default_rng(0).standard_normal((3, 8))
V = np.array([1.0, np.nan, np.inf])
U = np.array([1.0 + 1e-9, np.nan, np.inf])
CASES = {
    "linspace": lambda x, v, u: np.linspace(x[0, 0], x[0, 1], 7),
    "linspace without its end": lambda x, v, u: np.linspace(x[0, 0], 2.0, 5, endpoint=False),
    "linspace of one": lambda x, v, u: np.linspace(x[0, 0], 2.0, 1),
    "hstack": lambda x, v, u: np.hstack((x, x[:, :1])),
    "hstack of vectors": lambda x, v, u: np.hstack((v, u)),
    "vstack": lambda x, v, u: np.vstack((v, u)),
    "isclose": lambda x, v, u: np.isclose(v, u),
    "isclose with NaN": lambda x, v, u: np.isclose(v, u, equal_nan=True),
    "allclose": lambda x, v, u: np.allclose(x, x * (1 + 1e-9)),
    "cov": lambda x, v, u: np.cov(x),
    "cov of columns": lambda x, v, u: np.cov(x, rowvar=False),
}


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """All cases as one program."""
    return tessel.compile(lambda x, v, u: {n: f(x, v, u) for n, f in CASES.items()})(X, V, U)


@pytest.mark.parametrize("name", CASES)
def test_equals_numpy(name: str, compiled: dict[str, Any]) -> None:
    """Values, shape and dtype of the result are NumPy's."""
    expected, result = np.asarray(CASES[name](X, V, U)), np.asarray(compiled[name])
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-15)
