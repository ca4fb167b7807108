"""Stacks of threads."""

import resource
import subprocess
import sys
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


def test_the_size_of_the_main_thread_is_the_limit_of_the_process() -> None:
    limit = resource.getrlimit(resource.RLIMIT_STACK)[0]
    assert stack_size() == (None if limit == resource.RLIM_INFINITY else limit)


def test_a_small_stack_is_refused() -> None:
    """In one sentence; a larger one compiles."""
    solve = tessel.compile(lambda x: np.linalg.inv(x) @ x + np.tanh(x))
    x = np.eye(4) * 3
    error = in_thread(64 << 10, lambda: solve(x))
    assert isinstance(error, RuntimeError)
    assert "KiB with threading.stack_size" in str(error)
    np.testing.assert_allclose(in_thread(2 << 20, lambda: solve(x)), np.eye(4) + np.tanh(x))


@pytest.mark.parametrize("start", ["import tessel", "import tessel.dialects.shape"])
def test_a_small_stack_of_the_process_is_refused(start: str) -> None:
    """When Tessel is imported, by a sentence and no crash."""
    command = f"ulimit -s 256; exec {sys.executable} -c '{start}'"
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    last = found.stderr.splitlines()[-1]
    assert "tessel is imported in a process with a stack of 256 KiB" in last
    assert "1024 KiB with `ulimit -s`" in last
