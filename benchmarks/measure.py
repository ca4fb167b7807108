"""Times calls side by side, so that what slows the machine slows all of them.

Calls run in short blocks, one framework after the other, with a pause between: threads of one that
still spin would tax the next. A block counts when the machine had all its cores before and after.
"""

import statistics
import time
from dataclasses import dataclass
from itertools import chain

from benchmarks.cores import Cores
from benchmarks.peers import Call

_PAUSE = 0.06
"""Seconds between blocks."""

_BLOCK = 0.15
"""Seconds of a block, or three calls."""

_ATTEMPTS = 12
"""Blocks that are run for one that counts; the last counts in any case."""


@dataclass(frozen=True)
class Timing:
    """Seconds a call: the median of all calls, and the medians of the fastest and slowest block."""

    median: float
    lowest: float
    highest: float


def measure(calls: dict[str, Call], rounds: int = 5) -> dict[str, Timing]:
    """Times each call over `rounds` blocks, interleaved, after a warm-up."""
    for call in calls.values():
        for _ in range(3):
            call()
    blocks: dict[str, list[list[float]]] = {name: [] for name in calls}
    cores = Cores()
    for _ in range(rounds):
        for name, call in calls.items():
            blocks[name].append(_undisturbed(call, cores))
    return {name: _timing(times) for name, times in blocks.items()}


def _undisturbed(call: Call, cores: Cores) -> list[float]:
    """A block while the machine has all its cores."""
    times: list[float] = []
    for _ in range(_ATTEMPTS):
        time.sleep(_PAUSE)
        if not cores.are_whole():
            continue
        times = _block(call)
        time.sleep(_PAUSE)
        if cores.are_whole():
            return times
    return times or _block(call)


def _block(call: Call) -> list[float]:
    # The first calls of a block wake the threads and refill the caches.
    warm = time.perf_counter() + _BLOCK / 5
    call()
    while time.perf_counter() < warm:
        call()
    times: list[float] = []
    end = time.perf_counter() + _BLOCK
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def _timing(blocks: list[list[float]]) -> Timing:
    medians = [statistics.median(block) for block in blocks]
    return Timing(statistics.median(chain(*blocks)), min(medians), max(medians))
