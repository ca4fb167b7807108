"""Children of `fork`: they call and exit after their parent has used threads."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import tessel

PATIENCE = 100.0
"""Seconds after which a child that has not ended never will."""

X = np.linspace(0, 1, 40_000)


@tessel.compile
def curve(x):
    return np.exp(x) * 2 - 1


@tessel.compile(mode="default")
def product(x, y):
    return x @ y


def work(size: int) -> float:
    """Calls a program that the parent loaded, and compiles another."""
    expected = np.exp(X) * 2 - 1
    np.testing.assert_allclose(curve(X), expected)
    np.testing.assert_allclose(product(np.ones((size, 300)), np.ones((300, 200))), 300)
    return float(curve(X[:size])[0])


def end_of_child(child: Callable[[], object]) -> int | None:
    """The exit code of a child that runs `child` and leaves as a program does; None if it hangs."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            child()
            code = 3
        finally:
            os._exit(code)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


PROGRAM = """
import os, sys
import numpy as np
import tessel

f = tessel.compile(lambda x, y: np.tanh(x @ y))
x = np.ones((200, 200), np.float32)
f(x, x)
child = os.fork() == 0
if child and sys.argv[1] == "calls":
    assert np.allclose(f(x, x), 1)
if child:
    sys.exit(5)
_, status = os.wait()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.parametrize("what", ["calls", "only exits"])
def test_a_child_exits_as_a_program_does(what: str) -> None:
    """With its own exit code, and nothing on stderr."""
    command = [sys.executable, "-c", PROGRAM, what]
    reader, writer = os.pipe()
    pid = os.posix_spawn(
        sys.executable, command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writer, 2)]
    )
    os.close(writer)
    with os.fdopen(reader) as errors:
        told = errors.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5, told
    assert told == ""


def test_a_child_calls() -> None:
    """What was compiled before the fork, and what was not."""
    work(10)
    assert end_of_child(lambda: work(11)) == 3
    work(12)


def test_a_child_of_a_parent_whose_threads_call() -> None:
    """Whatever they do at that moment."""
    work(10)
    ended = threading.Event()

    def calls() -> None:
        while not ended.is_set():
            curve(X)

    threads = [threading.Thread(target=calls) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        assert [end_of_child(lambda: curve(X)) for _ in range(3)] == [3, 3, 3]
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_a_pool_of_processes(method: str) -> None:
    """As data loaders use it."""
    work(10)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(work, [20, 21], timeout=PATIENCE)) == [1.0, 1.0]
