"""Times programs side by side; runs in a worker process, which nothing else disturbs."""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import ml_dtypes  # noqa: F401  (NumPy learns the names of its dtypes)
import numpy as np

from tessel.runtime.executable import Binary, Executable

_BLOCK = 0.004
"""Seconds of calls in a row, or two calls."""

_LARGER_THAN_CACHES = 64 << 20
"""Bytes that are written to empty the caches."""

Described = tuple[str, tuple[int, ...]]
"""dtype and shape of an array."""


@dataclass(frozen=True)
class TimedProgram:
    """Code, and the arrays that it takes: only their types matter."""

    binary: Binary
    arguments: list[Described]
    parameters: dict[str, Described]


@dataclass(frozen=True)
class Sample:
    """Seconds of a call in one round: the median of many in a row, and of one on cold caches."""

    hot: float
    cold: float


def time_programs(
    programs: Sequence[TimedProgram], threads: int, rounds: int
) -> list[list[Sample]]:
    """A sample of each program in each round; in each, the programs run in another order."""
    rng = random.Random(0)
    runners = [_Runner(program, threads) for program in programs]
    flush = np.zeros(_LARGER_THAN_CACHES // 4, np.float32)
    samples: list[list[Sample]] = [[] for _ in programs]
    for _ in range(rounds):
        order = list(range(len(runners)))
        rng.shuffle(order)
        for which in order:
            np.add(flush, 1, out=flush)
            cold = runners[which].seconds()
            samples[which].append(Sample(runners[which].block(), cold))
    return samples


class _Runner:
    """A loaded program with arrays to call it with."""

    def __init__(self, program: TimedProgram, threads: int):
        parameters = {key: _array(*one) for key, one in program.parameters.items()}
        self._program = Executable(program.binary, parameters, threads)
        self._arguments = [_array(*one) for one in program.arguments]
        self.seconds()

    def seconds(self) -> float:
        """One call."""
        start = time.perf_counter()
        self._program(self._arguments)
        return time.perf_counter() - start

    def block(self) -> float:
        """The median of calls in a row, after one that warms up."""
        self.seconds()
        end = time.perf_counter() + _BLOCK
        times = [self.seconds(), self.seconds()]
        while time.perf_counter() < end:
            times.append(self.seconds())
        return statistics.median(times)


def _array(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, 0.5, np.dtype(dtype))
