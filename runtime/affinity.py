"""On which cores threads run: workers on cores of their own, callers on none of those.

Left to itself Linux sometimes lets a thread that wakes share a core with the one that woke it,
while another core is idle: 128x768x768 on 2 cores took 700 or 1340 us, for seconds at a time.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache

_HAS_AFFINITY = sys.platform == "linux"


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if _HAS_AFFINITY else os.cpu_count() or 1


def pinned_cores(threads: int) -> list[int]:
    """A core for each of `threads`; none where there are more cores, which others may use too."""
    if not _HAS_AFFINITY or threads != available_cores():
        return []
    return sorted(os.sched_getaffinity(0))


def leave(cores: frozenset[int]) -> None:
    """Moves the calling thread to another core where it is on one of `cores`.

    It may go where it likes again at once. Where the system does not allow it, the thread stays.
    """
    if not cores or _current_core()() not in cores:
        return
    allowed = os.sched_getaffinity(0)
    others = allowed - cores
    if others:
        try:
            os.sched_setaffinity(0, others)
            os.sched_setaffinity(0, allowed)
        except PermissionError:
            return


@cache
def _current_core() -> Callable[[], int]:
    """The C library's `sched_getcpu`, which takes 0.2 us; Python 3.11 has none."""
    return ctypes.CDLL(None).sched_getcpu
