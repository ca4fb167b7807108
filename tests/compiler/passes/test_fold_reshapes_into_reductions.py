"""`tessel-fold-reshapes-into-reductions`: statistics that a reshape puts back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pass_programs import program_tests

import tessel

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 64)).astype(np.float32)

test_keeps_results, test_twice_is_once = program_tests([], ["tessel-fold-reshapes-into-reductions"])

KEPT: dict[str, Callable[[Any], Any]] = {
    "mean": lambda x: x - x.mean(-1)[:, None],
    "maximum": lambda x: x - np.max(x, axis=1).reshape(24, 1),
    "expand_dims": lambda x: x - np.expand_dims(np.sum(x, axis=-1), -1),
    "norm": lambda x: x / np.linalg.norm(x, axis=1)[:, None],
    "a chain": lambda x: x * np.sqrt(np.sum(x * x, -1) / 64 + 1e-3)[:, None],
    "one after the other": lambda x: x * np.sum(np.abs(x - np.max(x, -1)[:, None]), -1)[:, None],
    "the same twice": lambda x: x * (lambda s: s * s)(np.sum(x, -1))[:, None],
}

LEFT: dict[str, Callable[[Any], Any]] = {
    "another shape": lambda x: np.sum(x, axis=-1).reshape(4, 6) * 2.0,
    "another axis": lambda x: x[:, :24] - np.sum(x, axis=-1)[None, :],
    "also returned": lambda x: (lambda s: (x - s[:, None], s))(np.sum(x, axis=-1)),
    "a sum of everything": lambda x: x - np.sqrt(np.sum(x * x)).reshape(1, 1),
    "no statistic": lambda x: x - np.sqrt(x[:, 0] * x[:, 0])[:, None],
    "with another array": lambda x: x * (np.sum(x, -1) * x[:, 3])[:, None],
}


def text_of(function: Callable[[Any], Any]) -> str:
    got, want = tessel.compile(function)(X), function(X)
    for one, other in zip(*(r if isinstance(r, tuple) else (r,) for r in (got, want)), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)
    return tessel.compile(function, target="x86-64-v3").ir("fused", X)


@pytest.mark.parametrize("name", KEPT)
def test_nothing_lies_between(name: str) -> None:
    text = text_of(KEPT[name])
    assert text.count("tessel.fusion") == 1
    assert "tessel.reshape" not in text
    assert "keepdims = false" not in text


@pytest.mark.parametrize("name", LEFT)
def test_others_are_left_alone(name: str) -> None:
    text = text_of(LEFT[name])
    assert "tessel.reshape" in text


def test_dynamic_sizes_are_left_alone() -> None:
    compiled = tessel.compile(KEPT["mean"], dynamic=True)
    np.testing.assert_allclose(compiled(X), KEPT["mean"](X), rtol=2e-5, atol=2e-5)
