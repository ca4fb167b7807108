"""Sums, means, variances and norms are as exact as NumPy's, which adds halves of halves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel


def normalized(x: Any) -> Any:
    """Far from zero, so that the mean's error shows."""
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True))


def moments(x: Any) -> Any:
    weights = x * x
    return (
        x.sum(-1),
        x.mean(-1),
        x.var(-1),
        x.std(),
        x.sum(0),
        x.mean(),
        x.mean(0),
        np.linalg.norm(x, axis=-1),
        np.linalg.norm(x),
        np.average(x, axis=-1, weights=weights),
        (x * x).sum(),
        np.exp(x - x.max(-1, keepdims=True)).sum(-1),
    )


SHAPES = [(4, 20000), (3, 10007), (1000, 300), (1, 100000), (20000, 4), (100003,), (1,), (17,)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_far_from_zero(dtype: type, shape: tuple[int, ...]) -> None:
    x = (1000 + np.random.default_rng(1).standard_normal(shape)).astype(dtype)
    check(moments, x)


def test_normalization_far_from_zero() -> None:
    x = (1000 + np.random.default_rng(2).standard_normal((4, 20000))).astype(np.float32)
    exact = normalized(x.astype(np.float64))
    error = np.abs(tessel.compile(normalized)(x) - exact).max()
    assert error < 1.5 * np.abs(normalized(x) - exact).max()


def test_missing_numbers() -> None:
    x = (1000 + np.random.default_rng(3).standard_normal((4, 20000))).astype(np.float32)
    x[:, ::7] = np.nan
    check(lambda x: (np.nanmean(x, -1), np.nansum(x, -1), np.nanvar(x, -1)), x)


def test_dynamic_sizes() -> None:
    x = (1000 + np.random.default_rng(4).standard_normal((4, 20000))).astype(np.float32)
    check(lambda x: (x.sum(-1), x.mean(-1), x.var(-1), np.linalg.norm(x, axis=-1)), x, True)


def test_half_precision() -> None:
    """Sums of them are kept in float32 and rounded once."""
    x = (1 + np.random.default_rng(5).standard_normal((4, 5000)) / 8).astype(np.float16)
    mean = tessel.compile(lambda x: x.mean(-1))(x)
    np.testing.assert_array_equal(mean, x.astype(np.float64).mean(-1).astype(np.float16))


def check(function: Callable[..., Any], x: np.ndarray, dynamic: bool = False) -> None:
    """Asserts that no error is more than twice NumPy's, or two ulps."""
    with np.errstate(all="ignore"):
        exact, right = function(x.astype(np.longdouble)), function(x)
    got = tessel.compile(function, dynamic=dynamic)(x)
    smallest = 2 * np.finfo(x.dtype).eps
    for row, (mine, numpys, true) in enumerate(zip(got, right, exact, strict=True)):
        size = np.maximum(np.abs(true), np.finfo(x.dtype).tiny)
        error, allowed = (np.max(np.abs(one - true) / size) for one in (mine, numpys))
        assert error <= max(2 * allowed, smallest) or np.isnan(true).all(), (row, error, allowed)
