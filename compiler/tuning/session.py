"""Tunes what a program needs and nobody has measured yet: what `mode="max-autotune"` does first."""

from collections.abc import Sequence

from tqdm import tqdm

from tessel.compiler import settings
from tessel.compiler.driver import run_until
from tessel.compiler.kernels.config import problem_name
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.registry import parse_problem
from tessel.compiler.kernels.target_attributes import attach_tuned_configurations
from tessel.compiler.targets.base import Target
from tessel.compiler.text_table import text_table
from tessel.compiler.tuning.candidates import is_tunable
from tessel.compiler.tuning.cpu_idle import cores_kept_awake
from tessel.compiler.tuning.tuner import Tuner
from tessel.compiler.tuning.tuning_records import Record, Records
from tessel.compiler.worker import Workers
from tessel.dialects.control_flow import fusions_of
from tessel.dialects.mlir import ir


def records_for(target: Target) -> Records:
    """What has been measured for `target`, from the file that `TESSEL_TUNING_FILE` names."""
    return Records(settings.TUNING_FILE.get(), target.processor, target.threads)


def tune_module(module: ir.Module, target: Target, records: Records) -> None:
    """Measures what `module`, as it was traced, needs; writes the best configurations into it."""
    tune_problems(problems_of(module, target), target, records)
    attach_tuned_configurations(module.operation, records.configurations())


def problems_of(module: ir.Module, target: Target) -> list[KernelProblem]:
    """The problems of a program that can be tuned, each once; `module` stays as it is."""
    with module.context:
        copy = ir.Module.parse(module.operation.get_asm())
        run_until(copy, target.pipeline.optimized, target)
        names = [problem_name(fusion) for fusion in fusions_of(copy.operation)]
    problems = [parse_problem(name) for name in dict.fromkeys(names) if name is not None]
    return [one for one in problems if is_tunable(one)]


def tune_problems(
    problems: Sequence[KernelProblem], target: Target, records: Records
) -> list[Record]:
    """Measures those that `records` lacks, and adds them; shows its progress on a terminal."""
    missing = [one for one in problems if one.name not in records] if target.processor else []
    if missing:
        workers = Workers()
        try:
            with (
                cores_kept_awake(),
                tqdm(missing, desc="tunes", unit="kernel", disable=None, leave=False) as progress,
            ):
                tuner = Tuner(target, workers, progress.set_postfix_str)
                for problem in progress:
                    records.add(tuner.tune(problem))
        finally:
            workers.close()
    return [records[one.name] for one in problems if one.name in records]


def report(records: Sequence[Record]) -> str:
    """What was measured: the default's microseconds, the best's, and its configuration."""
    head = ("problem", "default us", "best us", "cold us", "gain", "configuration", "tried")
    rows: list[tuple[str, ...]] = [head]
    for one in records:
        gain = (one.default_hot * one.default_cold / (one.hot * one.cold)) ** 0.5
        configuration = " ".join(f"{name}={number}" for name, number in one.configuration.items())
        times = f"{one.default_hot:.1f}", f"{one.hot:.1f}", f"{one.cold:.1f}"
        rows.append((one.problem, *times, f"{gain:.2f}x", configuration, str(one.candidates)))
    return text_table(rows)
