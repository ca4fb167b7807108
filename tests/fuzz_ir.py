"""Gives mutated programs to `tessel-opt` and to `compile_ir`, and counts what they make of them.

    python tests/fuzz_ir.py --count 2000 --seed 0 --keep /tmp/found

Each text is read in a process that may die. Counts: clean errors; texts that are accepted, whose
results are those of the reference interpreter or that both refuse; and what must not be: internal
errors, crashes, hangs, results that differ, programs that run though the reference refuses them,
and passes that did not expect what they found.
"""

import argparse
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ir_mutations import lit_programs, mutate, traced_programs
from ir_trial import compile_text, run_and_compare, run_tool
from tqdm import tqdm

from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.worker import Limits, WorkerDeath, Workers

LIMITS = Limits(seconds=240, memory=6 << 30)

BAD = (
    "failed pass",
    "internal error",
    "crash",
    "hang",
    "differs",
    "reference refuses",
    "wrong type",
)
"""Outcomes that must not be."""


@dataclass
class Fuzzer:
    """Workers for each part, so that it is known which of them died."""

    counts: dict[str, Counter] = field(default_factory=dict)
    tool: Workers = field(default_factory=Workers)
    compiler: Workers = field(default_factory=Workers)
    runner: Workers = field(default_factory=Workers)

    def try_text(self, text: str, stage: str) -> list[tuple[str, str, str]]:
        """What part, outcome and words of each part that sees the text."""
        found = [("tessel-opt", *self._run(self.tool, run_tool, text))]
        outcome, said = self._run(self.compiler, compile_text, text, stage)
        found.append(("compile_ir", outcome, said if isinstance(said, str) else ""))
        if outcome == "accepted":
            found.append(("run", *self._run(self.runner, run_and_compare, text, stage, said)))
        for part, outcome, _ in found:
            self.counts.setdefault(part, Counter())[outcome] += 1
        return found

    def close(self) -> None:
        for workers in (self.tool, self.compiler, self.runner):
            workers.close()

    def _run(self, workers: Workers, function: Any, *arguments: Any) -> tuple[str, Any]:
        try:
            return workers.run(function, *arguments, limits=LIMITS)
        except WorkerDeath as death:
            if "seconds" in death.reason:
                return "hang", death.reason
            return ("out of memory" if "of memory" in death.reason else "crash"), death.reason
        except CompilationError as error:
            return "internal error", str(error)

    def report(self) -> str:
        return "\n".join(
            f"{part:12}" + ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))
            for part, counter in self.counts.items()
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the texts of what must not be")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    rng = random.Random(options.seed)
    corpus = [*lit_programs(), *traced_programs()]
    fuzzer, bad = Fuzzer(), 0
    for number in tqdm(range(options.count), disable=None):
        name, text = rng.choice(corpus)
        mutated = mutate(text, rng.choice(corpus)[1], rng)
        stage = "fused" if name.endswith("fused") else "dialect"
        for part, outcome, said in fuzzer.try_text(mutated, stage):
            if outcome not in BAD:
                continue
            bad += 1
            print(f"{number} {name} {part}: {outcome}: {' '.join(said.split())[:300]}", flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{number}-{stage}.mlir").write_text(mutated, errors="replace")
        if number % 100 == 99:
            print(f"after {number + 1}:\n{fuzzer.report()}", flush=True)
    fuzzer.close()
    print(f"{options.count} mutations of {len(corpus)} programs, seed {options.seed}")
    print(fuzzer.report())
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
