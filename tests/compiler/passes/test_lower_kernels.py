"""`tessel-lower-kernels`: programs with kernels are right, and twice is once."""

import numpy as np
import pytest
from pass_programs import PROGRAMS, W, X, check_twice_is_once, traced

from tessel.compiler.driver import compile_module, run_until
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.interpreter import interpret

FIRST = ["tessel-attach-target", "tessel-decompose"]
PASSES = ["tessel-fuse-epilogues", "tessel-select-kernels", "tessel-lower-kernels"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_keeps_results(name: str) -> None:
    """Compiled with a weight that is part of the program, a program gives what it gave."""
    expected = interpret(traced(name), [X, W])
    module, target = traced(name), resolve_target("host")
    run_until(module, "fused", target)
    results = compile_module(module, target, begin="fused")([X, W])
    for want, got in zip(expected, results, strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    check_twice_is_once(name, FIRST, PASSES)
