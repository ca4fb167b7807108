"""Stacks of threads."""

import threading

import numpy as np
import pytest

import tessel
from tessel.runtime.stack import stack_size


def in_thread(size: int, function):
    """What `function` returns in a thread with a stack of `size` bytes, or its error."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(function())
        except tessel.TesselError as error:
            found.append(error)

    before = threading.stack_size(size)
    thread = threading.Thread(target=run)
    try:
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    return found[0]


@pytest.mark.parametrize("size", [64 << 10, 256 << 10, 4 << 20])
def test_size_is_what_the_thread_was_given(size: int) -> None:
    """Or more."""
    found = in_thread(size, stack_size)
    assert isinstance(found, int)
    assert size <= found  # glibc gives stacks of ended threads again
    assert stack_size() is None


def test_a_small_stack_is_refused() -> None:
    """In one sentence; a larger one compiles."""
    solve = tessel.compile(lambda x: np.linalg.inv(x) @ x + np.tanh(x))
    x = np.eye(4) * 3
    error = in_thread(64 << 10, lambda: solve(x))
    assert isinstance(error, RuntimeError)
    assert "KiB with threading.stack_size" in str(error)
    np.testing.assert_allclose(in_thread(2 << 20, lambda: solve(x)), np.eye(4) + np.tanh(x))
