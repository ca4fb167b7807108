"""`python -m benchmarks.compare_trees OLD NEW`: the speed of two checkouts, case by case.

    git worktree add ../old COMMIT; make -C ../old .venv/.stamps/bench
    python -m benchmarks.compare_trees ../old . models gemm attention

Each checkout runs in a process of its own, with the Python of its `.venv` and its own cases. Blocks
of calls alternate between the two, so that what slows the machine slows both; a case's ratio is the
median of those of neighbouring blocks, above 1 where NEW is slower. Only cases that both have.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tessel.compiler.tuning.cpu_idle import cores_kept_awake

_WORKER = """
import json, os, sys, time
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
sys.path.insert(0, os.getcwd())
from benchmarks.cases import GROUPS
from benchmarks.peers import THREADS, tessel_call
os.environ.setdefault("TESSEL_THREADS", str(THREADS))
cases = {f"{c.group}: {c.name}": c for name in json.loads(sys.argv[1]) for c in GROUPS[name]()}

def block(call, seconds):
    time.sleep(0.06)
    warm = time.perf_counter() + seconds / 2
    while time.perf_counter() < warm:
        call()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]

print(json.dumps(list(cases)), file=answers)
for line in sys.stdin:
    order = json.loads(line)
    if "case" in order:
        call = tessel_call(cases[order["case"]])
        call()
        print("null", file=answers)
    else:
        print(block(call, order["seconds"]), file=answers)
"""
"""Takes one case after the other, and times it for as long as it is told."""


def main(arguments: list[str] | None = None) -> int:
    """Prints the ratio of each case; 1 where one is slower than --limit allows."""
    options = _options(arguments)
    with cores_kept_awake():
        return _compare(options)


def _compare(options: argparse.Namespace) -> int:
    workers = [_Worker(folder, options.groups) for folder in (options.old, options.new)]
    names = [name for name in workers[0].cases if name in workers[1].cases]
    ratios = {}
    for name in (one for one in names if options.filter in one):
        for worker in workers:
            worker.ask({"case": name})
        ratios[name], times = _ratio(workers, options.rounds)
        slower = "  SLOWER" if ratios[name] > options.limit else ""
        print(
            f"{name:48} {times[0]:10.1f} {times[1]:10.1f} us  {ratios[name]:.3f}{slower}",
            flush=True,
        )
    if not ratios:
        sys.exit("compare_trees: no case of both checkouts has this name")
    print(f"geometric mean of {len(ratios)}: {statistics.geometric_mean(ratios.values()):.3f}")
    return int(max(ratios.values()) > options.limit)


class _Worker:
    """The process of one checkout."""

    def __init__(self, folder: Path, groups: list[str]) -> None:
        folder = self._folder = folder.resolve()
        self._process = subprocess.Popen(
            [folder / ".venv/bin/python", "-c", _WORKER, json.dumps(groups)],
            cwd=folder,
            env=os.environ | {"TESSEL_CACHE_DIR": str(folder / ".venv/tessel-cache")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.cases: list[str] = self._answer()

    def ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"compare_trees: the process of {self._folder} ended")
        return json.loads(line)


def _ratio(workers: list[_Worker], rounds: int) -> tuple[float, list[float]]:
    """The median ratio of neighbouring blocks, and the medians in microseconds."""
    blocks: list[list[float]] = []
    for number in range(rounds):
        # Who is second may find the machine otherwise than who is first: they take turns.
        order = (0, 1) if number % 2 == 0 else (1, 0)
        times = {which: workers[which].ask({"seconds": 0.15}) for which in order}
        blocks.append([times[0], times[1]])
    ratio = statistics.median(new / old for old, new in blocks)
    return ratio, [statistics.median(column) * 1e6 for column in zip(*blocks)]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare_trees",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=Path, help="a checkout with its `.venv`")
    parser.add_argument("new", type=Path, help="another")
    parser.add_argument("groups", nargs="+", metavar="GROUP", help="as of `python -m benchmarks`")
    parser.add_argument("--filter", default="", help="only cases whose name holds this text")
    parser.add_argument("--rounds", type=int, default=9, help="blocks for each (default: 9)")
    parser.add_argument("--limit", type=float, default=1.03, help="slower is said (default: 1.03)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
