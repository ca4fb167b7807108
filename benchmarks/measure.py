"""Times calls side by side, so that what slows the machine slows all of them.

Calls run in short blocks, one framework after the other, with a pause between: threads of one that
still spin would tax the next. Of a block what counts are runs of calls before and after which the
machine had all its cores.
"""

import statistics
import time
from dataclasses import dataclass
from itertools import chain

from benchmarks.peers import Call
from tessel.compiler.tuning.vcpu_contention import all_cores

_PAUSE = 0.06
"""Seconds before each run: by then threads that spun for more work sleep."""

_WARM, _RUN = 0.03, 0.05
"""Seconds of calls that do not count, which wake threads and fill caches, and of those that do."""

_BLOCK, _FEWEST = 0.15, 3
"""Seconds of calls that count in a block, and their number at least."""

_PATIENCE = 6.0
"""Seconds for a block; then what was not run on whole cores counts, too."""


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
            blocks[name].append(_block(call))
    return {name: _timing(times) for name, times in blocks.items()}


def _block(call: Call) -> list[float]:
    """The calls that count."""
    cores = all_cores()
    counted: list[float] = []
    disturbed: list[float] = []
    end = time.perf_counter() + _PATIENCE
    while sum(counted) < _BLOCK or len(counted) < _FEWEST:
        if time.perf_counter() > end:
            return [*counted, *disturbed]
        time.sleep(_PAUSE)
        whole_before = cores.are_whole()
        if not whole_before and disturbed:
            # One such run is enough, for a machine that is never whole.
            continue
        times = _run(call)
        time.sleep(_PAUSE)
        (counted if whole_before and cores.are_whole() else disturbed).extend(times)
    return counted


def _run(call: Call) -> list[float]:
    warm = time.perf_counter() + _WARM
    while time.perf_counter() < warm:
        call()
    times: list[float] = []
    end = time.perf_counter() + _RUN
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def _timing(blocks: list[list[float]]) -> Timing:
    medians = [statistics.median(block) for block in blocks]
    return Timing(statistics.median(chain(*blocks)), min(medians), max(medians))
