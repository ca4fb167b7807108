"""`python -m benchmarks.autotuning`: what measuring tiles brings for 50 products, against defaults.

Tunes first, then times every product again in this process, in both modes side by side. Where what
was measured to be best is the default, both modes run the same program: 1 by definition.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import tessel
from benchmarks.case import normal
from benchmarks.measure import measure
from benchmarks.peers import THREADS
from tessel.compiler.tuning.awake import cores_kept_awake

_ROWS = (1, 2, 4, 7, 16, 32, 77, 128, 197, 512)
_MATRICES = ((768, 768), (768, 3072), (3072, 768), (2048, 2048), (512, 1000))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.autotuning", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="blocks in each mode (default: 7)")
    parser.add_argument("--records", type=Path, help="file of what was measured (default: none)")
    parser.add_argument("--json", type=Path, help="where figures go")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TESSEL_THREADS", str(THREADS))
    with cores_kept_awake(), tempfile.TemporaryDirectory() as folder:
        file = options.records or Path(folder) / "tuning.jsonl"
        os.environ["TESSEL_TUNING_FILE"] = str(file)
        gains = {}
        for rows in _ROWS:
            for depth, width in _MATRICES:
                name = f"{rows}x{depth}x{width}"
                gains[name] = _gain(rows, depth, width, options.rounds)
                print(f"{name:16} {gains[name]:.3f}x", flush=True)
    few = [gain for name, gain in gains.items() if int(name.split("x")[0]) <= 4]
    print(f"geometric mean {geometric_mean(gains.values()):.3f}x, ", end="")
    print(f"M <= 4 {geometric_mean(few):.3f}x, ", end="")
    print(f"lowest {min(gains.values()):.3f}x")
    if options.json:
        options.json.write_text(json.dumps(gains, indent=1) + "\n")
    return 0


def _gain(rows: int, depth: int, width: int, rounds: int) -> float:
    """Time of the default over that of what was measured to be best."""
    x, weight = normal(rows, depth), normal(depth, width)

    def product(x):
        return x @ weight

    default = tessel.compile(product)
    tuned = tessel.compile(product, mode="max-autotune")
    calls = {"default": lambda: [default(x)], "tuned": lambda: [tuned(x)]}
    for call in calls.values():
        call()
    if _program(default) == _program(tuned):
        return 1.0
    timings = measure(calls, rounds)
    return timings["default"].median / timings["tuned"].median


def _program(compiled: Any) -> tuple[bytes, str]:
    """The code of a function that was called once, and what runs it."""
    (entry,) = compiled._entries.values()
    return entry.executable.binary.code, entry.executable.binary.driver


if __name__ == "__main__":
    sys.exit(main())
