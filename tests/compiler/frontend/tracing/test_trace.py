"""What a trace leaves behind."""

import gc
import weakref
from contextlib import suppress
from queue import SimpleQueue

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.trace import current_trace


@pytest.mark.parametrize("ends", ["returns", "raises"])
def test_a_trace_that_has_ended_does_not_wait_for_the_collector_of_cycles(ends: str) -> None:
    """It holds MLIR's context: a thousand failed traces would keep a hundred megabytes."""
    # A list would be state, which gets back what it held.
    kept = SimpleQueue()

    def function(x):
        kept.put(weakref.ref(current_trace()))
        if ends == "raises":
            raise ValueError
        return np.sin(x)

    gc.collect()
    gc.disable()
    try:
        with suppress(ValueError):
            tessel.compile(function)(np.ones(3))
        assert not kept.empty()
        while not kept.empty():
            assert kept.get()() is None
    finally:
        gc.enable()
