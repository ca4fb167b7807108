"""Whether the machine's cores are cores at the moment.

The host of a virtual machine may run its cores as threads of one physical core, for a second or
minutes: every thread is busy all of the time, none is said to wait, and two do the work of one
(MiniLM in 26 ms instead of 14, each worker busy for 98 % of it). What is measured then says nothing
of how many threads a program should have.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from tessel.runtime.affinity import available_cores, pinned_cores

T = TypeVar("T")

_WORK = bytes(1 << 20)
"""What a thread hashes: about a millisecond, which leaves little of a core to another thread."""

_SHARED = 1.3
"""Times the fastest hash, from which cores are shared: two threads of one take 1.4 and more."""

_PAUSE = 0.02
"""Seconds between looks."""

_FIRST_LOOKS = 20
"""Looks after which one of them is taken to have found all cores."""


class Cores:
    """The seconds that all cores take for work at once, and the fewest that they ever took.

    >>> Cores(lambda: 1.0).are_whole()
    True
    """

    def __init__(self, seconds: Callable[[], float]):
        self._seconds = seconds
        self._fewest = min(self._seconds() for _ in range(_FIRST_LOOKS))

    def are_whole(self) -> bool:
        """Whether they are nearly as fast as ever."""
        seconds = self._seconds()
        self._fewest = min(self._fewest, seconds)
        return seconds < _SHARED * self._fewest

    def undisturbed(self, work: Callable[[], T], patience: float) -> tuple[T, float]:
        """What `work` returns, done while they are, and the seconds that this was waited for.

        It is done again where they were not whole before and after it, for `patience` seconds at
        most; then the next time counts, whatever they are.
        """
        begin = time.perf_counter()
        while (waited := time.perf_counter() - begin) < patience:
            if self.are_whole():
                result = work()
                if self.are_whole():
                    return result, waited
            time.sleep(_PAUSE)
        return work(), waited


@cache
def all_cores() -> Cores:
    """Those of this machine, by what the process has seen of them."""
    return Cores(_Hashes().seconds)


class _Hashes:
    """A thread for each core that hashes when all others do."""

    def __init__(self):
        count = available_cores()
        remaining = pinned_cores(count)
        self._begin = threading.Barrier(count)

        def pin() -> None:
            if remaining:
                os.sched_setaffinity(threading.get_native_id(), {remaining.pop()})

        self._pool = ThreadPoolExecutor(count, initializer=pin)

    def seconds(self) -> float:
        """Those of the slowest thread."""
        return max(self._pool.map(lambda _: self._hash(), range(self._begin.parties)))

    def _hash(self) -> float:
        self._begin.wait()
        start = time.perf_counter()
        hashlib.blake2b(_WORK).digest()
        return time.perf_counter() - start
