"""What a child of `fork` makes of what its parent had: the same objects, begun anew.

A child has none of its parent's threads, and locks stay as they were held at the fork. A device of
IREE's would wait for its threads for ever, at a call as when it is destroyed. So a child touches
what its parent made of IREE's never again: it keeps that as it is, and makes its own when needed.
Its compiler, too, has threads that are gone: a child compiles in a process of its own.
"""

import atexit
import ctypes
import os
import sys
import weakref
from typing import Protocol


class Forkable(Protocol):
    """What holds locks or threads."""

    def after_fork(self) -> None:
        """Called in a child of `fork`, where only the calling thread goes on."""


_FORKABLE: "weakref.WeakSet[Forkable]" = weakref.WeakSet()
"""Those that this process has."""

_IMPORTED_IN = os.getpid()


def tell_after_fork(one: Forkable) -> None:
    """From here on `one` is told, in each child of `fork`, for as long as it lives."""
    _FORKABLE.add(one)


def is_forked() -> bool:
    """Whether this process was forked from one that may have used IREE."""
    return os.getpid() != _IMPORTED_IN


def keep_forever(one: object) -> None:
    """Makes an object outlive the interpreter, so that its destructor never runs."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))


def _after_fork() -> None:
    for one in list(_FORKABLE):
        one.after_fork()
    # The destructors of IREE's compiler join threads, too. What `on_exit` is given last runs first,
    # with the exit status; the interpreter has flushed all by then.
    libc = ctypes.CDLL(None)
    if hasattr(libc, "on_exit"):
        libc.on_exit(libc._exit, None)


def _before_exit() -> None:
    """Has nanobind not list, on stderr, what a child keeps for ever."""
    if is_forked() and sys.stderr is not None:
        sys.stderr.flush()
        # Python's own messages still go where they went.
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
    atexit.register(_before_exit)
