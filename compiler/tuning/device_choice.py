"""Whether a program runs faster on the calling thread or on the pool: measured with real arguments.

Waking threads costs 10 to 50 us, which pays or not by how busy a machine is; the choice without
measuring (`analysis/cost.py`) waits for 200 us of work.
"""

import hashlib
import statistics
from collections.abc import Sequence
from functools import partial

import numpy as np

from tessel.compiler.kernels.problem_version import VERSION_WORD
from tessel.compiler.targets.base import Target
from tessel.compiler.tuning.timing import seconds_in_a_row, seconds_of
from tessel.compiler.tuning.tuning_records import Record, Records, microseconds
from tessel.compiler.tuning.vcpu_contention import all_cores
from tessel.runtime.executable import Executable

_THREADS = "threads"
"""What the record of a program holds as its configuration."""

_CLEARLY_LONG = 5e-3
"""Seconds of a call from which the pool is taken without measuring."""

_ROUNDS = 9
"""Blocks of calls on each driver."""

_PATIENCE = 5.0
"""Seconds that may be waited for all cores, in all: one thread wins where two have one core."""

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
    code = hashlib.sha256(executable.binary.code).hexdigest()[:16]
    name = f"program {code} {VERSION_WORD}"
    if name not in records or records[name].configuration.keys() != {_THREADS}:
        records.add(_measure(name, executable, arrays, target))
    return _on(executable, records[name].configuration[_THREADS], target)


def _on(executable: Executable, threads: int, target: Target) -> Executable:
    driver = "local-sync" if threads == 1 else "local-task"
    if driver == executable.binary.driver:
        return executable
    return executable.on_driver(driver, target.threads)


def _measure(
    name: str, executable: Executable, arrays: Sequence[np.ndarray], target: Target
) -> Record:
    is_single = executable.binary.driver == "local-sync"
    mine, other = (1, target.threads) if is_single else (target.threads, 1)
    here, there = (partial(_on(executable, count, target), arrays) for count in (mine, other))
    here()
    first = seconds_of(here)
    if first > _CLEARLY_LONG:
        return _record(name, target, target.threads, first, first)
    patience, samples = _PATIENCE, []
    for _ in range(_ROUNDS):
        sample, waited = all_cores().undisturbed(
            lambda: (seconds_in_a_row(here), seconds_in_a_row(there)), patience
        )
        samples.append(sample)
        patience -= waited
    default, rival = (statistics.median(times) for times in zip(*samples))
    wins = sum(theirs < _GAIN * ours for ours, theirs in samples)
    if wins >= 0.8 * _ROUNDS:
        return _record(name, target, other, rival, default)
    return _record(name, target, mine, default, default)


def _record(name: str, target: Target, threads: int, seconds: float, default: float) -> Record:
    taken, before = microseconds(seconds), microseconds(default)
    where = target.processor, target.threads
    return Record(name, *where, {_THREADS: threads}, taken, taken, before, before, 2)
