"""Whether a program runs faster on the calling thread or on the pool: measured with real arguments.

Waking threads costs 10 to 50 us, which pays or not by how busy a machine is; the choice without
measuring (`analysis/cost.py`) waits for 200 us of work.
"""

import hashlib
import statistics
import time
from collections.abc import Sequence

import numpy as np

from tessel.compiler.targets.base import Target
from tessel.compiler.tuning.records import Record, Records
from tessel.runtime.executable import Executable

_DRIVERS = {1: "local-sync"}
"""Threads -> the driver; more than one are the pool."""

_CLEARLY_LONG = 5e-3
"""Seconds of a call from which the pool is taken without measuring."""

_ROUNDS, _BLOCK = 9, 3e-3
"""Rounds, and seconds of calls in a row in each."""

_GAIN = 0.95
"""Of the time before: what is less is worth another driver."""


def faster_driver(
    executable: Executable, arrays: Sequence[np.ndarray], target: Target, records: Records
) -> Executable:
    """`executable`, or the same program on the other driver where `records` say so.

    What they lack is measured with `arrays`, and added.
    """
    if target.threads == 1:
        return executable
    name = f"program {hashlib.sha256(executable.binary.code).hexdigest()[:16]}"
    if name not in records:
        records.add(_measure(name, executable, arrays, target))
    return _on(executable, records[name].tiles["threads"], target)


def _on(executable: Executable, threads: int, target: Target) -> Executable:
    driver = _DRIVERS.get(threads, "local-task")
    if driver == executable.binary.driver:
        return executable
    return executable.on_driver(driver, target.threads)


def _measure(
    name: str, executable: Executable, arrays: Sequence[np.ndarray], target: Target
) -> Record:
    counts = [target.threads, 1]
    if executable.binary.driver == _DRIVERS[1]:
        counts.reverse()
    default, other = (_on(executable, count, target) for count in counts)
    first = _seconds(default, arrays)
    if first > _CLEARLY_LONG:
        return _record(name, target, target.threads, first, first)
    samples = [(_block(default, arrays), _block(other, arrays)) for _ in range(_ROUNDS)]
    hot, others = (statistics.median(times) for times in zip(*samples))
    wins = sum(theirs < _GAIN * mine for mine, theirs in samples)
    if wins >= 0.8 * _ROUNDS:
        return _record(name, target, counts[1], others, hot)
    return _record(name, target, counts[0], hot, hot)


def _record(name: str, target: Target, threads: int, seconds: float, default: float) -> Record:
    taken, before = round(1e6 * seconds, 2), round(1e6 * default, 2)
    where = target.processor, target.threads
    return Record(name, *where, {"threads": threads}, taken, taken, before, before, 2)


def _seconds(executable: Executable, arrays: Sequence[np.ndarray]) -> float:
    executable(arrays)
    start = time.perf_counter()
    executable(arrays)
    return time.perf_counter() - start


def _block(executable: Executable, arrays: Sequence[np.ndarray]) -> float:
    """The median of calls in a row."""
    executable(arrays)
    end = time.perf_counter() + _BLOCK
    times = []
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        executable(arrays)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
