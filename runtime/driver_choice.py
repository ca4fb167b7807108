"""Which driver runs a program of dynamic sizes: all threads, or the calling one.

How much work a call is depends on its sizes, which the compiler does not know. The first calls of
each order of magnitude are timed on either driver, in turns, and later ones take the faster:
handing work to other threads costs 10 to 50 us, and in a loop of small steps as much an iteration
(100 steps on 51 numbers, 2 cores of Zen 5: 4.5 ms on all threads, 0.24 ms on one).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

_ROUNDS = 4
"""Calls that are timed on each driver; the first on each finds nothing in the caches."""


Out = Sequence[np.ndarray | None] | None
"""Arrays that results are written into, where the caller has some."""

Run = Callable[[Sequence[np.ndarray], Out], list[np.ndarray]]


@dataclass
class _Times:
    """The least seconds on each driver, and how many calls were timed."""

    seconds: list[float] = field(default_factory=lambda: [float("inf")] * 2)
    calls: int = 0

    @property
    def settled(self) -> bool:
        return self.calls >= 2 * _ROUNDS

    @property
    def best(self) -> int:
        return int(self.seconds[1] < self.seconds[0])


@dataclass
class DriverChoice:
    """Of two drivers, the one for arguments of a size."""

    clock: Callable[[], float] = time.perf_counter
    _times: dict[int, _Times] = field(default_factory=dict)

    def run(
        self, runs: tuple[Run, Run], arrays: Sequence[np.ndarray], out: Out
    ) -> list[np.ndarray]:
        """What one of `runs` gives, which compute the same on different drivers."""
        size = sum([one.nbytes for one in arrays]).bit_length()
        times = self._times.get(size)
        if times is None:
            times = self._times[size] = _Times()
        if times.settled:
            return runs[times.best](arrays, out)
        number = times.calls % 2
        start = self.clock()
        results = runs[number](arrays, out)
        if times.calls >= 2:
            times.seconds[number] = min(times.seconds[number], self.clock() - start)
        times.calls += 1
        return results
