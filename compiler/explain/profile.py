"""`profile`: each kernel of a program alone, timed, as a share of what the machine can do."""

import itertools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from tqdm import tqdm

from tessel.compiler.constant_evaluation import evaluate_constants
from tessel.compiler.driver import run_until
from tessel.compiler.explain.bottlenecks import LOW, Run, reasons
from tessel.compiler.explain.costs import number_text
from tessel.compiler.explain.isolated_kernels import IsolatedKernel, build_isolated
from tessel.compiler.explain.kernels import FusedKernel, Values, fused_kernels_of
from tessel.compiler.explain.random_inputs import random_arguments
from tessel.compiler.explain.roofline import is_parameter, roof_of
from tessel.compiler.targets.base import Target
from tessel.compiler.text_table import text_table
from tessel.compiler.tuning.machine_peaks import Machine, measure_again, this_machine
from tessel.compiler.tuning.timing import seconds_in_a_row
from tessel.dialects.interpreter import interpret_all
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType
from tessel.runtime.executable import Executable

_ROUNDS = 5
"""Blocks of calls of each kernel, between those of the others."""

_IMPOSSIBLE = 1.1
"""A share that shows that a limit is too low."""


@dataclass(frozen=True)
class KernelProfile:
    """One kernel: `seconds` beyond those of a call without work, None where it was not measured.

    `share` is that of the least time possible, `limit` the rate that makes it the least; None, and
    empty, where they are not known. `why` says what keeps the share low.
    """

    name: str
    template: str
    result: str
    flops: int | None
    bytes: int | None
    seconds: float | None
    share: float | None
    limit: str
    why: str
    lines: str


@dataclass(frozen=True)
class Profile:
    """The kernels of a program in order; printed, a table.

    `program` are the seconds of a call of it all, `call` those of one without work.
    """

    kernels: tuple[KernelProfile, ...]
    program: float
    call: float
    threads: int
    machine: Machine | None

    @property
    def total(self) -> float:
        """Seconds of all kernels that were measured."""
        return sum(one.seconds or 0 for one in self.kernels)

    @property
    def exceeds_limits(self) -> bool:
        """Whether a kernel is faster than the limits allow, which are too low then."""
        return any((one.share or 0) > _IMPOSSIBLE for one in self.kernels)

    def __str__(self) -> str:
        head = ("#", "kernel", "template", "result", "FLOPs", "bytes", "us", "share", "limit")
        rows = [_cells(number, one) for number, one in enumerate(self.kernels, 1)]
        return "\n".join((text_table([(*head, "why", "from"), *rows]), *self._foot()))

    def _foot(self) -> list[str]:
        rest = self.program - self.call - self.total
        left_out = sum(one.seconds is None for one in self.kernels)
        but = f" (without {left_out} in loops and branches)" if left_out else ""
        lines = [
            f"{len(self.kernels)} kernels take {_microseconds(self.total)} us alone{but}; the "
            f"program {_microseconds(self.program)} us on {self.threads} threads, of which a call "
            f"is {_microseconds(self.call)} us and {_microseconds(rest)} us are the difference"
        ]
        if self.machine is None:
            return [*lines, "limits of this processor are not known"]
        rates = ", ".join(f"{name} {rate:.0f}" for name, rate in self.machine.rates.items())
        lines.append(f"limits of {self.machine.threads} threads (GFLOP/s, GB/s): {rates}")
        if self.exceeds_limits:
            lines.append("above 100 %: the limits were measured while the machine was busy")
        return lines


def profile_module(
    module: ir.Module,
    parameters: dict[str, np.ndarray],
    executable: Executable,
    arrays: Sequence[np.ndarray],
    target: Target,
) -> Profile:
    """Times the kernels of a traced `module`, and all of it, which is `executable`, on `arrays`.

    Lowers `module` in place. Kernels run on random numbers, on the driver that the program uses.
    """
    machine = this_machine()
    run_until(module, target.pipeline.optimized, target)
    folded = evaluate_constants(module, parameters)
    kernels = fused_kernels_of(module)
    values = _values(module, kernels, arrays, folded)
    driver = executable.binary.driver
    isolated, nothing = build_isolated(module, kernels, target, driver)
    threads = 1 if driver == "local-sync" else target.threads
    weights = sum(one.nbytes for one in folded.values())
    calls = _calls(isolated, values, weights, target.threads)
    calls[""] = partial(Executable(nothing, {}, target.threads), [np.ones(1, np.float32)])
    calls["main"] = partial(executable, arrays)
    seconds = _measure(calls)
    sized = [kernel.sized(values) for kernel in kernels]
    times = [None if one is None else seconds[one.binary.function] for one in isolated]
    workgroups = [None if one is None else one.workgroups for one in isolated]

    def against(machine: Machine | None) -> Profile:
        profiles = [
            _profile(*one, seconds[""], threads, weights, machine)
            for one in zip(sized, workgroups, times)
        ]
        return Profile(tuple(profiles), seconds["main"], seconds[""], threads, machine)

    profile = against(machine)
    if machine is not None and profile.exceeds_limits:
        return against(measure_again(machine))
    return profile


def _values(
    module: ir.Module,
    kernels: Sequence[FusedKernel],
    arrays: Sequence[np.ndarray],
    parameters: dict[str, np.ndarray],
) -> Values:
    """What a run with `arrays` computes, where types do not say all sizes."""
    types = [ArrayType.of(value) for kernel in kernels for value in kernel.inputs]
    types += [kernel.result for kernel in kernels]
    if all(one.is_static for one in types):
        return {}
    return interpret_all(module, arrays, parameters)


def _calls(
    isolated: Sequence[IsolatedKernel | None], values: Values, weights: int, threads: int
) -> dict[str, Callable[[], object]]:
    """A call of each function, by name."""
    different = {one.binary.function: one for one in isolated if one is not None}
    arguments = random_arguments(
        [one.inputs for one in different.values()], values, is_parameter, weights
    )
    return {
        name: _rotating(Executable(one.binary, {}, threads), turns)
        for (name, one), turns in zip(different.items(), arguments)
    }


def _rotating(
    executable: Executable, turns: Sequence[Sequence[np.ndarray]]
) -> Callable[[], object]:
    """A call that takes the next of `turns` each time."""
    remaining = itertools.cycle(turns)
    return lambda: executable(next(remaining))


def _measure(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median over rounds; each round has a block of calls of each."""
    samples: dict[str, list[float]] = {name: [] for name in calls}
    steps = [name for _ in range(_ROUNDS) for name in calls]
    for name in tqdm(steps, desc="measures kernels", disable=None, leave=False):
        samples[name].append(seconds_in_a_row(calls[name]))
    return {name: statistics.median(times) for name, times in samples.items()}


def _profile(
    kernel: FusedKernel,
    workgroups: int | None,
    taken: float | None,
    call: float,
    threads: int,
    weights: int,
    machine: Machine | None,
) -> KernelProfile:
    share, limit, why = None, "", ""
    seconds = None if taken is None else max(taken - call, 0.0)
    roof = None if machine is None else roof_of(kernel, weights, machine)
    if taken is None or seconds is None:
        why = "in a loop or branch: not measured"
    elif seconds < call:
        why = f"shorter than a call ({_microseconds(call)} us)"
    elif roof is not None and machine is not None:
        share, limit = roof.seconds / seconds, roof.rate
        if share < LOW:
            run = Run(workgroups, threads, machine.threads, roof.seconds, call)
            why = reasons(kernel, run) or "no reason is known"
    return KernelProfile(
        kernel.name,
        kernel.template,
        str(kernel.result),
        kernel.flops,
        kernel.traffic,
        seconds,
        share,
        limit,
        why,
        kernel.lines,
    )


def _cells(number: int, one: KernelProfile) -> tuple[str, ...]:
    return (
        str(number),
        one.name,
        one.template,
        one.result,
        number_text(one.flops),
        number_text(one.bytes),
        "" if one.seconds is None else _microseconds(one.seconds),
        "" if one.share is None else f"{one.share:.0%}",
        one.limit,
        one.why,
        one.lines,
    )


def _microseconds(seconds: float) -> str:
    return f"{1e6 * seconds:,.1f}"
