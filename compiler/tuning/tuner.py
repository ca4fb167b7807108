"""Looks for the best configuration: from the default to a better neighbour, and on from there.

Candidates are compiled in worker processes and timed side by side in one of their own, so that one
which crashes costs nothing. Another must be faster in nearly every round, and again in each of two
more processes, with its arrays at other addresses; else the default stays. All candidates give the
same results, bit for bit, so that what is measured changes speed alone.
"""

import logging
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from tessel.compiler import settings
from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.tuning.candidates import build_candidate
from tessel.compiler.tuning.timing import Sample, TimedProgram, time_programs
from tessel.compiler.tuning.tuning_records import Record, microseconds
from tessel.compiler.worker import Limits, WorkerDeath, Workers, compile_with

_log = logging.getLogger("tessel.tuning")

_ROUNDS, _PROOF_ROUNDS = 5, 9
"""Rounds of a search, and of a comparison that decides in the end."""

_GAIN = 0.98
"""Of the time before: what is less is faster, and not noise."""

_MOST_MOVES = 3
"""Neighbours that a search moves on to."""


@dataclass(frozen=True)
class Candidate:
    """A configuration, and its samples of one round each."""

    configuration: Any
    samples: list[Sample]

    @property
    def hot(self) -> float:
        return statistics.median(one.hot for one in self.samples)

    @property
    def cold(self) -> float:
        return statistics.median(one.cold for one in self.samples)

    def ratio(self, other: "Candidate") -> float:
        """Time of `other`, as a share: the geometric mean of that on hot and on cold caches."""
        return statistics.median(_ratios(self, other))

    def is_faster(self, other: "Candidate") -> bool:
        """Whether it is faster by more than noise, and slower neither hot nor cold."""
        ratios = _ratios(self, other)
        wins = sum(one < 1 for one in ratios)
        no_loss = self.hot <= 1.005 * other.hot and self.cold <= 1.02 * other.cold
        return self.ratio(other) < _GAIN and no_loss and wins >= 0.8 * len(ratios)


@dataclass(frozen=True)
class Tuner:
    """Tunes for one target; `note` is told, for people, what is being done."""

    target: Target
    workers: Workers
    note: Callable[[str], None] = lambda text: None

    def tune(self, problem: KernelProblem) -> Record:
        """Measures until no neighbour is faster. Raises what compiling the default raises."""
        instructions = instruction_set_of(self.target.processor)
        assert instructions is not None, "a module of another processor has no kernels"
        hardware = Hardware(instructions, self.target.threads)
        default = problem.default_configuration(hardware)
        programs = {default: self._build(problem, default)}
        best, moves = default, 0
        while True:
            around = [one for one in problem.neighbours(best, hardware) if one not in programs]
            programs |= self._build_all(problem, around)
            known = [best, *(one for one in around if one in programs)]
            self.note(f"times {len(known)} candidates of {problem.name}")
            current, *others = self._time({one: programs[one] for one in known}, _ROUNDS)
            _log.info("%s", table(problem, current, others))
            moves += 1
            faster = [one for one in others if one.is_faster(current)]
            if faster:
                best = min(faster, key=partial(Candidate.ratio, other=current)).configuration
            if not faster or moves == _MOST_MOVES:
                break
        count = len(programs)
        if best == default:
            return self._record(problem, current, current, count)
        # Twice more, with arrays at other addresses: with one comparison, of 50 products one got a
        # configuration that was 5 % slower.
        compared = {one: programs[one] for one in (default, best)}
        first, other = self._time(compared, _PROOF_ROUNDS)
        if other.is_faster(first):
            first, other = self._time(compared, _PROOF_ROUNDS)
        return self._record(problem, first, other if other.is_faster(first) else first, count)

    def _record(
        self, problem: KernelProblem, default: Candidate, winner: Candidate, count: int
    ) -> Record:
        return Record(
            problem=problem.name,
            processor=self.target.processor,
            threads=self.target.threads,
            configuration=asdict(winner.configuration),
            hot=microseconds(winner.hot),
            cold=microseconds(winner.cold),
            default_hot=microseconds(default.hot),
            default_cold=microseconds(default.cold),
            candidates=count,
        )

    def _build_all(
        self, problem: KernelProblem, configurations: Sequence[Any]
    ) -> dict[Any, TimedProgram]:
        """The candidates that compile."""
        self.note(f"compiles {len(configurations)} candidates of {problem.name}")
        with ThreadPoolExecutor(self.target.threads) as pool:
            built = list(pool.map(partial(self._built_or_none, problem), configurations))
        return {one: program for one, program in zip(configurations, built) if program is not None}

    def _built_or_none(self, problem: KernelProblem, configuration: Any) -> TimedProgram | None:
        try:
            return self._build(problem, configuration)
        except CompilationError as error:
            _log.warning("%s with %s is left out: %s", problem.name, configuration, error)
            return None

    def _build(self, problem: KernelProblem, configuration: Any) -> TimedProgram:
        def compiler(source: bytes, target: Target) -> bytes:
            return compile_with(self.workers, source, target, Limits.of_settings())

        return build_candidate(problem, asdict(configuration), self.target, compiler)

    def _time(self, programs: dict[Any, TimedProgram], rounds: int) -> list[Candidate]:
        """Samples of each program, in a process that ends with them."""
        timer = Workers()
        try:
            arguments = list(programs.values()), self.target.threads, rounds
            limits = Limits(settings.COMPILE_TIMEOUT.get())
            samples = timer.run(time_programs, *arguments, limits=limits)
        except WorkerDeath as death:
            raise CompilationError(f"measuring {death.reason}", hint=death.hint) from None
        finally:
            timer.close()
        return [Candidate(one, list(taken)) for one, taken in zip(programs, samples)]


def table(problem: KernelProblem, first: Candidate, others: Sequence[Candidate]) -> str:
    """Candidates from the fastest on, as people read them.

    A configuration stands with what differs from the one it is compared with.
    """
    ordered = sorted([first, *others], key=lambda one: one.ratio(first))
    head = f"AUTOTUNE {problem.name}"
    lines = [
        f"  {1e6 * one.hot:10.1f} us  {1e6 * one.cold:10.1f} us cold  {one.ratio(first):6.1%}  "
        + _difference(one.configuration, first.configuration)
        for one in ordered
    ]
    return "\n".join([head, *lines])


def _difference(configuration: Any, other: Any) -> str:
    mine, theirs = asdict(configuration), asdict(other)
    changed = {name: number for name, number in mine.items() if number != theirs[name]}
    shown = " ".join(f"{name}={number}" for name, number in (changed or mine).items())
    return shown if changed else f"{shown} (compared with)"


def _ratios(one: Candidate, other: Candidate) -> list[float]:
    """Round by round, so that what slows the machine for a while slows both."""
    pairs = zip(one.samples, other.samples)
    return [((mine.hot * mine.cold) / (its.hot * its.cold)) ** 0.5 for mine, its in pairs]
