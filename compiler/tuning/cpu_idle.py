"""Keeps the cores from falling asleep while something is measured.

A core of a virtual machine that sleeps is woken where its host finds room, and that is often the
other thread of the same physical core: on 2 cores of a Zen 4, after pauses of 60 ms, both were
whole at 5 to 30 % of looks, and at 80 to 99 % when what is idle polled instead. A physical core
wakes at a lower frequency.
"""

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LATENCY = "/dev/cpu_dma_latency"
"""Linux's interface: who holds it open says how many microseconds a core may take to wake up."""


@contextmanager
def cores_kept_awake() -> Iterator[bool]:
    """Whether the system was asked to: only Linux can be, and it listens to administrators.

    >>> with cores_kept_awake():
    ...     sum(range(10))
    45
    """
    try:
        held = os.open(_LATENCY, os.O_WRONLY) if sys.platform == "linux" else None
    except OSError:
        held = None
    if held is None:
        yield False
        return
    try:
        os.write(held, struct.pack("i", 0))
        yield True
    finally:
        os.close(held)
