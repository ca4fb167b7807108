"""Threads leave cores that are not for them, and may come back."""

import os
import sys

import pytest

from tessel.runtime.affinity import available_cores, leave, pinned_cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for cores")


@pytest.fixture(autouse=True)
def _as_before():
    allowed = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, allowed)


def test_a_thread_leaves_and_may_come_back():
    allowed = os.sched_getaffinity(0)
    for core in sorted(allowed) * 3:
        leave(frozenset({core}))
        assert os.sched_getaffinity(0) == allowed


def test_a_thread_that_may_run_nowhere_else_stays():
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    leave(frozenset({core}))
    assert os.sched_getaffinity(0) == {core}


def test_no_cores_to_leave():
    leave(frozenset())


def test_threads_have_cores_of_their_own_where_all_are_used():
    assert pinned_cores(available_cores()) == sorted(os.sched_getaffinity(0))
    assert pinned_cores(available_cores() + 1) == []
