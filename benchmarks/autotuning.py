"""`python -m benchmarks.autotuning`: what tuning brings for 50 products, against defaults.

Tunes first, then times every product again in this process, in both modes side by side. Where what
was measured to be best is the default, both modes run the same program: 1 by definition. What the
default takes stands beside what the machine needs for as many operations, or to read as many bytes
from their addresses: no configuration can gain more than that.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import numpy as np

import tessel
from benchmarks.case import normal
from benchmarks.measure import measure
from benchmarks.peers import THREADS
from tessel.compiler.tuning.cpu_idle import cores_kept_awake
from tessel.compiler.tuning.machine_peaks import Machine, measure_again, this_machine

_FEW = 4
"""Rows of products that reading the matrix limits."""

_ROWS = (1, 2, 4, 7, 16, 32, 77, 128, 197, 512)
_MATRICES = ((768, 768), (768, 3072), (3072, 768), (2048, 2048), (512, 1000))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.autotuning", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="blocks in each mode (default: 7)")
    parser.add_argument("--filter", default="", help="products with this in their names: 1x768x768")
    parser.add_argument("--records", type=Path, help="file of what was measured (default: none)")
    parser.add_argument("--json", type=Path, help="where figures go")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TESSEL_THREADS", str(THREADS))
    with cores_kept_awake(), tempfile.TemporaryDirectory() as folder:
        file = options.records or Path(folder) / "tuning.jsonl"
        os.environ["TESSEL_TUNING_FILE"] = str(file)
        machine = this_machine()
        if machine is None:
            print("no kernels for this processor: nothing to tune")
            return 0
        # The best of three: it may have been busy.
        machine = measure_again(measure_again(machine))
        print(f"{'product':16} {'default':>9} {'tuned':>9} {'gain':>7} {'limit':>7}", flush=True)
        gains = []
        for sizes in _products(options.filter):
            gains.append(_measured(*sizes, machine, options.rounds))
            print(gains[-1], flush=True)
            if options.json:
                _write(gains, options.json)
    few = [one for one in gains if one.rows <= _FEW]
    for name, some in ((f"M <= {_FEW}", few), ("all", gains)):
        if some:
            print(_summary(some, name))
    return 0


def _products(part: str) -> list[tuple[int, int, int]]:
    """Rows, depth and width of those with `part` in their names."""
    sizes = [(rows, *matrix) for rows in _ROWS for matrix in _MATRICES]
    return [one for one in sizes if part in _name(*one)]


def _name(rows: int, depth: int, width: int) -> str:
    return f"{rows}x{depth}x{width}"


@dataclass(frozen=True)
class _Gain:
    """Seconds of a product in both modes, and the least that the machine needs for it."""

    name: str
    rows: int
    default: float
    tuned: float
    least: float

    @property
    def ratio(self) -> float:
        return self.default / self.tuned

    @property
    def highest(self) -> float:
        """What the ratio would be at the machine's limit."""
        return self.default / self.least

    def __str__(self) -> str:
        times = f"{1e6 * self.default:6.1f} us {1e6 * self.tuned:6.1f} us"
        return f"{self.name:16} {times} {self.ratio:6.3f}x {self.highest:6.3f}x"


def _write(gains: Sequence[_Gain], file: Path) -> None:
    """After each product, so that a run which is stopped leaves what it has measured."""
    file.write_text(json.dumps([asdict(one) for one in gains], indent=1) + "\n")


def _summary(gains: Sequence[_Gain], name: str) -> str:
    ratio = geometric_mean(one.ratio for one in gains)
    highest = geometric_mean(one.highest for one in gains)
    lowest = min(one.ratio for one in gains)
    return f"{name}: {ratio:.3f}x (at the limit {highest:.3f}x), lowest {lowest:.3f}x"


def _measured(rows: int, depth: int, width: int, machine: Machine, rounds: int) -> _Gain:
    """Both modes, after tuning."""
    x, weight = normal(rows, depth), normal(depth, width)

    def product(x: np.ndarray) -> np.ndarray:
        return x @ weight

    default = tessel.compile(product)
    tuned = tessel.compile(product, mode="max-autotune")
    calls = {"default": lambda: [default(x)], "tuned": lambda: [tuned(x)]}
    for call in calls.values():
        call()
    if _program(default) == _program(tuned):
        del calls["tuned"]
    timings = measure(calls, rounds)
    size = weight.nbytes + x.nbytes + 4 * rows * width
    least = max(2 * rows * depth * width / machine.flops("float32"), size / machine.read(size))
    first, again = timings["default"], timings.get("tuned", timings["default"])
    return _Gain(_name(rows, depth, width), rows, first.median, again.median, least)


def _program(compiled: Any) -> tuple[bytes, str]:
    """The code of a function that was called once, and what runs it."""
    (entry,) = compiled._entries.values()
    return entry.executable.binary.code, entry.executable.binary.driver


if __name__ == "__main__":
    sys.exit(main())
