"""Stances: what a compiled function does where a program would have to be compiled."""

import logging
import threading
import time

import numpy as np
import pytest

import tessel
from tessel.compiler.diagnostics import ArgumentError, CompilationError


def marked():
    """A compiled function, and what ran in each call: "eager" or "program"."""
    runs: list[str] = []

    @tessel.compile(dynamic=False)
    def function(x):
        runs.append("eager" if type(x) is np.ndarray else "program")
        return x + 1

    return function, runs


def test_each_stance_with_and_without_a_program() -> None:
    function, runs = marked()
    x, longer = np.ones(3), np.ones(5)
    with tessel.stance("eager"):
        function(x)
    with tessel.stance("eager-on-recompile"):
        function(x)
    assert runs == ["eager", "eager"]
    with tessel.stance("fail-on-recompile"), pytest.raises(CompilationError, match="first call"):
        function(x)
    function(x)
    function(x)
    assert runs[2:] == ["program", "program"]
    runs.clear()
    with tessel.stance("eager-on-recompile"):
        function(x)
        function(longer)
    with tessel.stance("fail-on-recompile"):
        np.testing.assert_array_equal(function(x), [2, 2, 2])
        with pytest.raises(CompilationError, match=r"x.shape\[0\] is 5, was 3.*fail-on-recompile"):
            function(longer)
    with tessel.stance("eager"):
        function(x)
    assert runs == ["program", "eager", "program", "eager"]
    assert function.stats.compiles == 1


def test_function_context_manager_and_decorator() -> None:
    function, runs = marked()

    @tessel.stance("eager")
    def decorated(x):
        return function(x)

    decorated(np.ones(2))
    tessel.stance("eager")
    try:
        function(np.ones(2))
        with tessel.stance("default"):
            function(np.ones(2))
        function(np.ones(2))
    finally:
        tessel.stance("default")
    assert runs == ["eager", "eager", "program", "eager"]


def test_a_stance_is_one_of_its_thread() -> None:
    function, runs = marked()
    with tessel.stance("eager"):
        other = threading.Thread(target=function, args=(np.ones(2),))
        other.start()
        other.join()
    assert runs == ["program"]


def test_wrong_names_and_stances_inside_a_trace() -> None:
    with pytest.raises(ArgumentError, match="unknown stance 'lazy'; stances: default, eager"):
        tessel.stance("lazy")

    @tessel.compile
    def function(x):
        with tessel.stance("eager"):
            return x + 1

    with pytest.raises(ArgumentError, match=r"test_stances.py:\d+: stance\(\) changes nothing"):
        function(np.ones(2))


def _until(holds) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_eager_at_once_and_compiled_later() -> None:
    function, runs = marked()
    x = np.ones(3)
    with tessel.stance("eager-then-compile"):
        np.testing.assert_array_equal(function(x), [2, 2, 2])
        assert runs[0] == "eager"
        _until(lambda: function._entries)
        runs.clear()
        np.testing.assert_array_equal(function(x), [2, 2, 2])
    assert runs == ["program"]
    assert function.stats.compiles == 1


def test_what_cannot_be_compiled_stays_eager(caplog) -> None:
    @tessel.compile
    def function(x):
        return x + 1 if x.sum() > 0 else x

    with caplog.at_level(logging.WARNING), tessel.stance("eager-then-compile"):
        np.testing.assert_array_equal(function(np.ones(2)), [2, 2])
        _until(lambda: "function() stays eager" in caplog.text)
        np.testing.assert_array_equal(function(np.ones(2)), [2, 2])
    assert caplog.text.count("stays eager") == 1


def test_out_and_methods_in_an_eager_stance() -> None:
    class Scaled:
        @tessel.compile
        def scale(self, x):
            return x * 3

    out = np.empty(3)
    with tessel.stance("eager"):
        assert Scaled().scale(np.ones(3), out=out) is out
        with pytest.raises(ValueError, match="out= of scale"):
            Scaled().scale(np.ones(3), out=np.empty(4))
        with pytest.raises(TypeError, match="out= of scale.*is a int, and must be an array"):
            Scaled().scale(np.ones(3), out=3)
    np.testing.assert_array_equal(out, [3, 3, 3])
