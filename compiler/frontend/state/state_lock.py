"""One lock for what puts traced values into the user's objects, and for what reads and writes them.

A trace of any function may reach the objects of another one: calls that assign state, and traces,
take turns in all threads. Programs that assign nothing run beside them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tessel.runtime.forking import tell_after_fork

_PATIENCE = 20.0
"""Seconds after which one goes on: the thread that holds the lock may wait for this one."""


class StateChanged(Exception):
    """Another thread has changed the state while a function was traced: look again."""


class StateLock:
    """A lock that a thread may take again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        tell_after_fork(self)

    def after_fork(self) -> None:
        """A lock that another thread of the parent held stays held in a child of `fork`."""
        self._lock = threading.RLock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds it for a while."""
        lock = self._lock
        is_held = lock.acquire(timeout=_PATIENCE)
        try:
            yield
        finally:
            if is_held:
                lock.release()


STATE_LOCK = StateLock()
"""That of the process."""
