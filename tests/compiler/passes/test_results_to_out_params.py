"""`tessel-results-to-out-params`: compiled programs are right, and twice is once."""

import numpy as np
import pytest
from pass_programs import PROGRAMS, W, X, check_twice_is_once, traced

from tessel.compiler.driver import compile_module
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.interpreter import interpret

FIRST = ["tessel-decompose", "tessel-lower-to-linalg"]
PASSES = ["tessel-results-to-out-params"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_keeps_results(name: str) -> None:
    """Lowered and run, a program gives what the interpreter gives."""
    expected = interpret(traced(name), [X, W])
    results = compile_module(traced(name), resolve_target("host"))([X, W])
    for want, got in zip(expected, results, strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    check_twice_is_once(name, FIRST, PASSES)
