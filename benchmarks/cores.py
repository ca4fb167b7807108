"""Whether the machine's cores are cores at the moment.

The host of a virtual machine may run its cores as threads of one physical core, for a second or
minutes: every thread is busy all of the time, none is said to wait, and two do the work of one
(MiniLM in 26 ms instead of 14, each worker busy for 98 % of it).
"""

import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

_WORK = bytes(1 << 20)
"""What a thread hashes: about a millisecond, which leaves little of a core to another thread."""

_SHARED = 1.3
"""Times the fastest hash, from which cores are shared: two threads of one take 1.4 and more."""


class Cores:
    """A thread for each core, and the fastest that all of them together have been."""

    def __init__(self):
        remaining = sorted(os.sched_getaffinity(0))
        self._count = len(remaining)
        self._begin = threading.Barrier(self._count)
        self._pool = ThreadPoolExecutor(
            self._count,
            initializer=lambda: os.sched_setaffinity(threading.get_native_id(), {remaining.pop()}),
        )
        self._fastest = min(self._seconds() for _ in range(20))

    def are_whole(self) -> bool:
        """Whether all threads at once are nearly as fast as they have ever been."""
        seconds = self._seconds()
        self._fastest = min(self._fastest, seconds)
        return seconds < _SHARED * self._fastest

    def _seconds(self) -> float:
        return max(self._pool.map(lambda _: self._hash(), range(self._count)))

    def _hash(self) -> float:
        self._begin.wait()
        start = time.perf_counter()
        hashlib.blake2b(_WORK).digest()
        return time.perf_counter() - start
