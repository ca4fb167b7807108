"""Programs that every pass is tried on, and what it means that a pass keeps results."""

from collections.abc import Callable

import numpy as np
import pytest

import tessel
from tessel import dialects, nn
from tessel.compiler.driver import run_passes
from tessel.dialects.interpreter import interpret
from tessel.dialects.mlir import ir

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 6)).astype(np.float32)
W = RNG.standard_normal((6, 6)).astype(np.float32)


def _layer(x, w):
    return nn.gelu(nn.layer_norm(x @ w, w[0], w[1]) * 1 + 0)


def _attention(x, w):
    scores = nn.softmax((x @ w).T.T * 2.0 / 3.0)
    return np.where(scores > 0.1, scores, -scores).reshape(2, 12).reshape(4, 6)


def _integers(x, w):
    n = (x * 10).astype(np.int32)
    return (n * 2 + 1) // 3 - (n & 7), np.concatenate([n, n[::-1]], axis=0)


PROGRAMS = {"layer": _layer, "attention": _attention, "integers": _integers}


def traced(name: str) -> ir.Module:
    """The program as it was traced, in a context of its own."""
    text = tessel.compile(PROGRAMS[name]).ir("trace", X, W)
    with dialects.new_context(), ir.Location.unknown():
        return ir.Module.parse(text)


def program_tests(first: list[str], passes: list[str]) -> tuple[Callable, Callable]:
    """`test_keeps_results` and `test_twice_is_once` for `passes`, which follow `first`."""

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_keeps_results(name: str) -> None:
        """The interpreter gives the same before and after."""
        module = traced(name)
        before = interpret(module, [X, W])
        run_passes(module, [*first, *passes])
        assert module.operation.verify()
        for old, new in zip(before, interpret(module, [X, W]), strict=True):
            np.testing.assert_allclose(new, old, rtol=2e-5, atol=1e-6)

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_twice_is_once(name: str) -> None:
        """A second run changes nothing."""
        check_twice_is_once(name, first, passes)

    return test_keeps_results, test_twice_is_once


def check_twice_is_once(name: str, first: list[str], passes: list[str]) -> None:
    """After `first`, running `passes` a second time changes nothing."""
    module = traced(name)
    run_passes(module, [*first, *passes])
    once = str(module)
    run_passes(module, passes)
    assert str(module) == once
