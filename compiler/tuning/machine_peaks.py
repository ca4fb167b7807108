"""What the machine can do, measured once and kept: what a kernel's time is a share of.

    {"processor": "znver4", "threads": 2, "rates": {"fma": 233.1, ...}, "caches": [[65536, ...]]}

A line of JSON for each processor and number of threads, of which the last counts, in `limits.jsonl`
beside the file that `TESSEL_TUNING_FILE` names. Who deletes them has the machine measured again.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from tessel.compiler import settings
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.tuning.cpu_idle import cores_kept_awake
from tessel.compiler.tuning.json_lines import append_line, read_lines
from tessel.compiler.tuning.microbenchmarks import CACHED, cache_limits, limits

_MOST_TIMES = 3
"""Measurements of a machine."""


@dataclass(frozen=True)
class Machine:
    """Limits of all threads together.

    `rates` are those of `limits()`: GFLOP/s of arithmetic, GB/s of the memory. `caches` are arrays
    of so many bytes in all, and the GB/s with which they are read and copied. Each is the best of
    `times` that the machine was measured.
    """

    processor: str
    threads: int
    rates: dict[str, float]
    caches: list[tuple[int, float, float]]
    times: int = 1

    def flops(self, kind: str) -> float:
        """Operations a second: `kind` as `limits()` names it, multiply-adds of float32 else."""
        return 1e9 * self.rates.get(kind, self.rates["fma"])

    def read(self, size: int) -> float:
        """Bytes a second of arrays that have `size` bytes in all and are read again and again."""
        return self._bandwidth(size, [one for _, one, _ in self.caches], self.rates["read"])

    def copy(self, size: int) -> float:
        """The same, half of them written."""
        return self._bandwidth(size, [one for _, _, one in self.caches], self.rates["copy"])

    def is_whole(self) -> bool:
        """Whether it has all that shares are computed from; a file may hold anything."""
        numbers = [*self.rates.values(), *(one for cache in self.caches for one in cache)]
        sizes = [size for size, _, _ in self.caches]
        named = bool(sizes) and {"fma", "read", "copy"} <= self.rates.keys()
        return named and sizes == sorted(sizes) and all(number > 0 for number in numbers)

    def _bandwidth(self, size: int, cached: list[float], memory: float) -> float:
        if size > self.caches[-1][0]:
            return 1e9 * memory
        # What holds more is not faster: where it was, something disturbed the smaller one.
        rates = np.maximum.accumulate([memory, *reversed(cached)])[:0:-1]
        log_sizes = [math.log2(one) for one, _, _ in self.caches]
        return 1e9 * float(np.interp(math.log2(max(size, 1)), log_sizes, rates))


def this_machine() -> Machine | None:
    """What the file says of this machine, or else what is measured now, in about ten seconds.

    None for a processor whose limits cannot be measured, as no kernels are written for it.
    """
    host = resolve_target("host")
    if instruction_set_of(host.processor) is None:
        return None
    file = limits_file()
    known = [
        one
        for one in read_lines(file, Machine)
        if (one.processor, one.threads) == (host.processor, host.threads) and one.is_whole()
    ]
    if known:
        return known[-1]
    machine = _measure(host.processor, host.threads)
    append_line(file, machine)
    return machine


def measure_again(machine: Machine) -> Machine:
    """The higher of what is known and of what is measured now: nothing is faster than it can be.

    For limits that a kernel exceeds, since the machine was busy when they were measured. What three
    measurements did not find stays, such as instructions that they do not use.
    """
    if machine.times >= _MOST_TIMES:
        return machine
    new = _measure(machine.processor, machine.threads)
    rates = {name: max(rate, machine.rates.get(name, rate)) for name, rate in new.rates.items()}
    caches = [
        (size, max(mine[1], read), max(mine[2], copy))
        for mine, (size, read, copy) in zip(machine.caches, new.caches)
    ]
    better = Machine(machine.processor, machine.threads, rates, caches, machine.times + 1)
    append_line(limits_file(), better)
    return better


def limits_file() -> Path | None:
    """Where limits are kept; None where nothing is kept."""
    tuning = settings.TUNING_FILE.get()
    return None if tuning is None else tuning.parent / "limits.jsonl"


def _measure(processor: str, threads: int) -> Machine:
    """Shows its progress on a terminal."""
    steps = 1 + len(CACHED)
    with (
        cores_kept_awake(),
        tqdm(total=steps, desc="measures the machine", disable=None, leave=False) as progress,
    ):
        rates = {name: round(rate, 2) for name, rate in limits().items()}
        caches: list[tuple[int, float, float]] = []
        for size in CACHED:
            progress.update()
            read, copy = cache_limits(size)
            caches.append((size, round(read, 2), round(copy, 2)))
    return Machine(processor, threads, rates, caches)
