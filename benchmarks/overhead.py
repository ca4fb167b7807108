"""What Tessel itself costs: import, first call, each call. Prints a table and writes JSON.

    .venv/bin/python benchmarks/overhead.py [--json FILE]

Each figure of a fresh process is the median over several; calls are medians of blocks, beside the
same function in NumPy in the same run.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tessel

_FRESH = """
import time, os, tempfile
os.environ["TESSEL_CACHE_DIR"] = tempfile.mkdtemp()
import numpy as np
start = time.perf_counter()
import tessel
imported = time.perf_counter()
add = tessel.compile(lambda x, y: x + y)
x = np.ones(16, np.float32)
before = time.perf_counter()
add(x, x)
first = time.perf_counter()
tessel.compile(lambda x, y: x + y)(x, x)
print(imported - start, first - before, time.perf_counter() - first)
"""


def fresh_process_seconds(runs: int) -> dict[str, float]:
    """Seconds to import Tessel, to call a new function first, and to call one that is on disk."""
    rows = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True
        )
        rows.append([float(number) for number in done.stdout.split()])
    medians = [statistics.median(column) for column in zip(*rows)]
    return dict(zip(("import", "first call", "first call, code on disk"), medians))


def call_microseconds(function: Callable[..., object], *arguments: object) -> float:
    """Median microseconds a call over blocks of calls, after a warm-up."""
    for _ in range(200):
        function(*arguments)
    count = 1000
    blocks = []
    for _ in range(15):
        start = time.perf_counter()
        for _ in range(count):
            function(*arguments)
        blocks.append((time.perf_counter() - start) / count * 1e6)
    return statistics.median(blocks)


def call_rows() -> dict[str, dict[str, float]]:
    """Tessel and NumPy, microseconds a call, by case."""

    def layer(x, w, b):
        y = np.maximum(x @ w + b, 0)
        return y / np.linalg.norm(y, axis=-1, keepdims=True)

    def chain(x):
        for _ in range(20):
            x = x * 1.01 + 0.5
        return x

    rng = np.random.default_rng(0)
    small = rng.standard_normal(16).astype(np.float32)
    matrices = [rng.standard_normal(shape).astype(np.float32) for shape in ((8, 16), (16, 4), (4,))]
    cases: dict[str, tuple[Callable[..., object], list[np.ndarray]]] = {
        "x + y, 16 elements": (lambda x, y: x + y, [small, small]),
        "layer of the README": (layer, matrices),
        "40 operations, 16 elements": (chain, [small]),
    }
    rows = {}
    for name, (function, arguments) in cases.items():
        compiled = tessel.compile(function)
        rows[name] = {
            "tessel": call_microseconds(compiled, *arguments),
            "numpy": call_microseconds(function, *arguments),
        }
    return rows


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--runs", type=int, default=5, help="fresh processes (default 5)")
    options = parser.parse_args()
    fresh, calls = fresh_process_seconds(options.runs), call_rows()
    print("fresh process                        seconds")
    for name, seconds in fresh.items():
        print(f"  {name:34} {seconds:7.3f}")
    print("call                                 Tessel us   NumPy us")
    for name, row in calls.items():
        print(f"  {name:34} {row['tessel']:9.1f}  {row['numpy']:9.1f}")
    if options.json:
        machine = {
            "processor": platform.processor() or platform.machine(),
            "date": time.strftime("%F"),
        }
        options.json.write_text(
            json.dumps({**machine, "fresh": fresh, "calls": calls}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
