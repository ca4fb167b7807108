"""Times calls side by side, so that what slows the machine slows all of them.

Calls run in short blocks, one framework after the other, with a pause between: threads of one that
still spin would tax the next.
"""

import statistics
import time
from dataclasses import dataclass
from itertools import chain

from benchmarks.peers import Call

_PAUSE = 0.06
"""Seconds between blocks."""

_BLOCK = 0.15
"""Seconds of a block, or three calls."""


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
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(_PAUSE)
            blocks[name].append(_block(call))
    return {name: _timing(times) for name, times in blocks.items()}


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
