"""NumPy's functions give the same compiled as NumPy gives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.numpy.functions import manipulation
from tessel.compiler.frontend.numpy.functions.reductions import var

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
        "correction": np.std(x, axis=1, correction=1),
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


def einsums(x: Any, n: Any) -> dict[str, Any]:
    """Einstein sums: products, batches, diagonals and sums."""
    m = n.astype(np.float32)
    return {
        "matrix": np.einsum("ij,kj->ik", m, m),
        "batch": np.einsum("bij,bkj->bik", x, x),
        "three": np.einsum("ij,ijk,k->i", m, x, x[0, 0]),
        "implicit": np.einsum("ji", m),
        "trace": np.einsum("ii", m[:, :3]),
        "diagonal": np.einsum("ii->i", m[:, :3]),
        "outer": np.einsum("i,j->ji", m[0], m[1]),
        "whole": np.einsum("ij,kj->ik", n, n),
    }


def repetitions(x: Any, n: Any) -> dict[str, Any]:
    """Functions that split, repeat, shift and pad, and arrays made like others."""
    first, second = np.split(n, 2, axis=1)
    return {
        "split": first - second,
        "split_at": np.split(x, [1, 3], axis=1)[1],
        "repeat": np.repeat(n, 2, axis=1),
        "repeat_each": np.repeat(n, [1, 0, 2], axis=0),
        "tile": np.tile(n, (2, 1, 3)),
        "roll": np.roll(n, 5),
        "roll_axes": np.roll(x, (1, -2), axis=(0, 2)),
        "pad": np.pad(n, ((1, 2), (0, 3)), constant_values=7),
        "reflect": np.pad(x, 2, mode="reflect"),
        "diff": np.diff(n, 2, axis=1),
        "zeros": np.zeros_like(x),
        "full": np.full_like(n, 3, dtype=np.float64),
        "tril": np.tril(x, 1),
        "triu": np.triu(n, -1),
        "diagonal": np.diagonal(x, 1, 2, 1),
    }


@pytest.mark.parametrize("function", [reductions, manipulations, products, einsums, repetitions])
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
    np.testing.assert_allclose(var(NUMBERS, 1), NUMBERS.var(1), rtol=1e-5)
    np.testing.assert_array_equal(manipulation.sort(WHOLE, 0), np.sort(WHOLE, 0))


def test_data_dependent_size_is_refused() -> None:
    """A result whose size depends on data is refused, with what to use instead."""
    with pytest.raises(tessel.TesselError, match=r"cannot be returned: .*where"):
        tessel.compile(lambda x: np.nonzero(x))(WHOLE)
