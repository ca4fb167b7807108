"""`python -m benchmarks`: Tessel and its peers on this machine, as shares of what it can do."""

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.case import Case
from benchmarks.cases import GROUPS
from benchmarks.measure import measure
from benchmarks.peers import PEERS, THREADS, Call, reference
from benchmarks.picture import draw
from benchmarks.report import Result, line, summary, write_json
from tessel.compiler.tuning.cpu_idle import cores_kept_awake
from tessel.compiler.tuning.microbenchmarks import limits, memory_reader

_RESULTS = Path(__file__).parent / "results"

_MEMORY = "memory"
"""What is timed beside the peers where memory is the limit: that of a shared machine gives half as
much from one minute to the next."""

_EXAMPLES = """examples:
  python -m benchmarks                          everything; minutes
  python -m benchmarks gemm attention           two groups
  python -m benchmarks rows --peers tessel torch --filter softmax
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark; returns 1 where a result of Tessel's is wrong."""
    options = _options(arguments)
    # IREE reads it when its runtime starts.
    os.environ.setdefault("TESSEL_THREADS", str(THREADS))
    with cores_kept_awake():
        return _run_all(options)


def _run_all(options: argparse.Namespace) -> int:
    """All cases that are asked for; 1 where a result of Tessel's is wrong."""
    machine = limits()
    print("limits: " + ", ".join(f"{name} {value:.1f}" for name, value in machine.items()))
    cases = [case for group in options.groups or GROUPS for case in GROUPS[group]()]
    versions = {name: _version(name) for name in ("torch", "onnxruntime", "openvino", "jax")}
    results = []
    for number, case in enumerate(cases, 1):
        if options.filter in case.name:
            print(f"[{number}/{len(cases)}]", end=" ", flush=True)
            results.append(run(case, machine, options.peers, options.rounds))
            print(line(results[-1]), flush=True)
            # After each case, so that a run which is stopped leaves what it has measured.
            write_json(results, machine, versions, options.json)
    # What slows the machine for a while slows its limits: the higher of before and after counts.
    machine = {name: max(rate, machine[name]) for name, rate in limits().items()}
    results = [one.with_shares(machine) for one in results]
    print("limits: " + ", ".join(f"{name} {value:.1f}" for name, value in machine.items()))
    print(summary(results))
    write_json(results, machine, versions, options.json)
    if options.picture:
        draw(results, options.picture)
    return int(any("tessel" in one.absent for one in results))


def run(case: Case, machine: dict[str, float], peers: list[str], rounds: int) -> Result:
    """One case on all peers whose results are right."""
    expected = reference(case)
    calls: dict[str, Call] = {}
    errors: dict[str, float] = {}
    absent: dict[str, str] = {}
    for name in peers:
        outcome = _prepared(PEERS[name], case, expected)
        if isinstance(outcome, str):
            absent[name] = outcome
        else:
            calls[name], errors[name] = outcome
    if case.limit == "read":
        read, size = _memory()
        timings = measure({**calls, _MEMORY: read}, rounds)
        beside = size / timings.pop(_MEMORY).median / 1e9
    else:
        timings, beside = measure(calls, rounds), None
    rates = {name: case.rate(timing.median) for name, timing in timings.items()}
    made = Result(case.group, case.name, case.limit, rates, {}, timings, errors, absent, beside)
    return made.with_shares(machine)


@cache
def _memory() -> tuple[Call, int]:
    """A call that reads an array which no cache holds, and the array's bytes."""
    program, array = memory_reader()
    return lambda: program([array]), array.nbytes


def _prepared(
    make: Callable[[Case], Call], case: Case, expected: list[np.ndarray]
) -> tuple[Call, float] | str:
    """A call and its error against float64; or why there is none."""
    try:
        call = make(case)
        error = max(map(_error, call(), expected))
    except ModuleNotFoundError as missing:
        return f"{missing.name} is not installed"
    except Exception as failure:
        # Not swallowed: it is the peer's result, printed and written with the others.
        return f"{type(failure).__name__}: {str(failure).splitlines()[0][:60]}"
    return (call, error) if error <= case.tolerance else f"wrong by {error:.1e}"


def _error(result: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, relative to the largest magnitude."""
    if result.shape != expected.shape:
        return float("inf")
    scale = float(np.max(np.abs(expected), initial=1e-30))
    return float(np.max(np.abs(result.astype(expected.dtype) - expected), initial=0)) / scale


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (default: all)")
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="default: all")
    add("--filter", default="", help="only cases whose name holds this text")
    add("--rounds", type=int, default=5, help="blocks for each peer (default: 5)")
    add("--json", type=Path, default=_RESULTS / "latest.json", help="where figures go")
    add("--picture", type=Path, help="an .svg or .png to draw")
    options = parser.parse_args(arguments)
    unknown = [group for group in options.groups if group not in GROUPS]
    if unknown:
        parser.error(f"unknown group '{unknown[0]}': choose of {', '.join(GROUPS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
