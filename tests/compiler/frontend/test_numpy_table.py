"""NumPy's functions give the same compiled as NumPy gives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.array_api import manipulation, statistical

NUMBERS = np.random.default_rng(3).standard_normal((3, 4, 5)).astype(np.float32)
WHOLE = np.arange(-6, 6, dtype=np.int32).reshape(3, 4)


def reductions(x: Any, n: Any) -> dict[str, Any]:
    """Reductions over one axis, several and all, of floats and small integers."""
    return {
        "sum": np.sum(n, axis=0),
        "prod": np.prod(x, axis=(0, 2)),
        "max": np.max(x, axis=-1, keepdims=True),
        "min": np.min(x),
        "ptp": np.ptp(x, axis=1),
        "all": np.all(n, axis=1),
        "any": np.any(n > 4, axis=1),
        "count": np.count_nonzero(n, axis=0),
        "argmax": np.argmax(x, axis=1),
        "argmin": np.argmin(x),
        "mean": np.mean(n, axis=1),
        "variance": np.var(x, axis=(0, 1), ddof=1),
        "deviation": x.std(axis=2, keepdims=True),
        "method": x.sum(axis=1),
        "reduce": np.add.reduce(x, axis=1),
        "cumsum": np.cumsum(n, axis=1),
        "cumprod": np.cumprod(x, axis=0),
        "flat": np.cumsum(n),
    }


def manipulations(x: Any, n: Any) -> dict[str, Any]:
    """Functions that move elements."""
    return {
        "concatenate": np.concatenate([n, n[:1], n * 2.5]),
        "flat": np.concatenate([n, x], axis=None),
        "stack": np.stack([n, -n], axis=1),
        "flip": np.flip(x, axis=(0, 2)),
        "moveaxis": np.moveaxis(x, 0, -1),
        "moveaxes": np.moveaxis(x, (0, 1), (2, 0)),
        "swapaxes": x.swapaxes(0, 2),
        "ravel": np.ravel(n),
        "take": np.take(x, np.array([2, -1, 0]), axis=2),
        "take_along": np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
        "sort": np.sort(x, axis=0),
        "argsort": np.argsort(x, axis=-1),
        "searchsorted": np.searchsorted(n.ravel(), np.array([-7, 0, 9]), side="right"),
    }


def products(x: Any, n: Any) -> dict[str, Any]:
    """Sums of products."""
    m = n.astype(np.float32)
    return {
        "dot": np.dot(m, m.T),
        "dot_vector": np.dot(m, m[0]),
        "dot_many": np.dot(m, x),
        "inner": np.inner(m, m),
        "outer": np.outer(m[0], m[1]),
        "tensordot": np.tensordot(m, x, axes=([0, 1], [0, 1])),
        "tensordot_one": np.tensordot(m, x, axes=([1], [1])),
    }


@pytest.mark.parametrize("function", [reductions, manipulations, products])
def test_compiled_as_numpy(function: Callable[..., dict[str, Any]]) -> None:
    """All results of a family, from one program, have NumPy's dtype, shape and values."""
    expected = function(NUMBERS, WHOLE)
    actual = tessel.compile(function)(NUMBERS, WHOLE)
    for name, want in expected.items():
        assert actual[name].dtype == want.dtype, name
        assert actual[name].shape == want.shape, name
        np.testing.assert_allclose(actual[name], want, rtol=1e-5, atol=1e-6, err_msg=name)


def test_eager_as_numpy() -> None:
    """Outside a compiled function the functions compute at once."""
    np.testing.assert_allclose(statistical.var(NUMBERS, 1), NUMBERS.var(1), rtol=1e-5)
    np.testing.assert_array_equal(manipulation.sort(WHOLE, 0), np.sort(WHOLE, 0))


def test_data_dependent_size_is_refused() -> None:
    """A result whose size depends on data is refused, with what to use instead."""
    with pytest.raises(tessel.TesselError, match=r"numpy\.nonzero cannot be compiled; .*where"):
        tessel.compile(lambda x: np.nonzero(x))(WHOLE)
