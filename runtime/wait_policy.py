"""Waits for IREE's threads without taking the core from the one that finishes.

IREE 3.13 wakes who waits for a program from inside a callback, and who wakes spins until the
callback ends. Linux often wakes a thread on the core of its waker and lets it run first: then the
callback waits for the core on which it is waited for, until the next tick, up to 4 ms later
(MobileNetV2 on 2 cores: calls of 3.7 ms took 4 to 8). A thread of the policy SCHED_BATCH preempts
nobody when it wakes, so that is what the caller is while it waits.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_HAS_POLICIES = sys.platform == "linux"


@contextmanager
def patient_thread() -> Iterator[None]:
    """While it lasts, the calling thread does not preempt those that wake it.

    A thread to which somebody gave a policy of its own is left alone, and so is every thread where
    the system does not allow a change.
    """
    changed = _HAS_POLICIES and os.sched_getscheduler(0) == os.SCHED_OTHER and _set("SCHED_BATCH")
    try:
        yield
    finally:
        if changed:
            _set("SCHED_OTHER")


def _set(policy: str) -> bool:
    """Whether the calling thread has `policy` now; a sandbox may refuse."""
    try:
        os.sched_setscheduler(0, getattr(os, policy), os.sched_param(0))
    except PermissionError:
        return False
    return True
