"""Times programs side by side; runs in a worker process, which nothing else disturbs."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import ml_dtypes  # noqa: F401  (NumPy learns the names of its dtypes)
import numpy as np

from tessel.compiler.tuning.vcpu_contention import all_cores
from tessel.runtime.artifact import CompiledArtifact
from tessel.runtime.executable import Executable
from tessel.runtime.parameters import align_parameters

_BLOCK = 0.004
"""Seconds of calls in a row, or two calls."""

_PATIENCE = 10.0
"""Seconds that may be waited for all cores, in all."""

_LARGER_THAN_CACHES = 64 << 20
"""Bytes that are written to empty the caches."""

Described = tuple[str, tuple[int, ...]]
"""dtype and shape of an array."""


@dataclass(frozen=True)
class TimedProgram:
    """Code, and the arrays that it takes: only their types matter."""

    binary: CompiledArtifact
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
    """A sample of each program in each round; in each, the programs run in another order.

    For several threads while the machine has all its cores, as far as patience reaches.
    """
    rng = random.Random(0)
    patience = _PATIENCE if threads > 1 else 0.0
    calls = [_loaded(program, threads) for program in programs]
    flush = np.zeros(_LARGER_THAN_CACHES // 4, np.float32)
    samples: list[list[Sample]] = [[] for _ in programs]
    for _ in range(rounds):
        order = list(range(len(calls)))
        rng.shuffle(order)
        for which in order:
            take = partial(_sample, calls[which], flush)
            sample, waited = all_cores().undisturbed(take, patience)
            patience -= waited
            samples[which].append(sample)
    return samples


def seconds_of(call: Callable[[], object]) -> float:
    """One call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def seconds_in_a_row(call: Callable[[], object]) -> float:
    """The median of calls in a row, after one that warms up."""
    call()
    end = time.perf_counter() + _BLOCK
    times = [seconds_of(call), seconds_of(call)]
    while time.perf_counter() < end:
        times.append(seconds_of(call))
    return statistics.median(times)


def _sample(call: Callable[[], object], flush: np.ndarray) -> Sample:
    """One round of a program, before which `flush` empties the caches."""
    np.add(flush, 1, out=flush)
    cold = seconds_of(call)
    return Sample(seconds_in_a_row(call), cold)


def _loaded(program: TimedProgram, threads: int) -> Callable[[], object]:
    """A call of the program, which has run once."""
    parameters = {key: _array(*one) for key, one in program.parameters.items()}
    executable = Executable(program.binary, align_parameters(parameters), threads)
    arguments = [_array(*one) for one in program.arguments]
    executable(arguments)
    return lambda: executable(arguments)


def _array(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, 0.5, np.dtype(dtype))
