"""Results in a file, so that a stopped run keeps what it has, and the page that shows them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tessel.compiler.targets.cpu.processors import this_machine

RESULTS = Path(__file__).resolve().parent.parent / "results" / "accuracy.json"
PAGE = RESULTS.parent.parent.parent / "docs" / "accuracy.md"


@dataclass(frozen=True)
class Result:
    """What was found of a function in a dtype; `blocks` of `all_blocks` were run.

    `step` and `count` say of which numbers; `errors` are in ulp, by level, with their arguments.
    """

    function: str
    dtype: str
    program: str
    step: int
    count: int
    blocks: int
    all_blocks: int
    values: int
    bound: float
    errors: dict[str, dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        return self.blocks == self.all_blocks

    @property
    def key(self) -> tuple[str, str]:
        return self.function, self.dtype


class Results:
    """The results in a file; written whenever one changes."""

    def __init__(self, path: Path | None):
        self.path = path
        self._found: dict[tuple[str, str], Result] = {}
        if path is not None and path.exists():
            self._found = {one.key: one for one in read(path)[0]}

    def get(self, function: str, dtype: str) -> Result | None:
        return self._found.get((function, dtype))

    def put(self, result: Result) -> None:
        """Keeps a result instead of an earlier one."""
        self._found[result.key] = result
        if self.path is None:
            return
        text = json.dumps(
            {"machine": this_machine().model, "results": [asdict(one) for one in self]}, indent=1
        )
        written = self.path.with_suffix(".part")
        written.write_text(text + "\n", encoding="utf-8")
        written.replace(self.path)

    def __iter__(self) -> Any:
        return iter(self._found.values())


def read(path: Path) -> tuple[list[Result], str]:
    """The results of a file, and the machine that they are of."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return [Result(**one) for one in stored["results"]], stored["machine"]


def page(results: Iterable[Result], machine: str) -> str:
    """`docs/accuracy.md`: the largest error of each function that was run whole."""
    whole = sorted((one for one in results if one.is_whole), key=lambda one: one.key)
    lines = [
        "# The largest errors found",
        "",
        "<!-- Written by `python -m benchmarks.accuracy --page`. -->",
        "",
        _INTRODUCTION.format(machine=machine),
        "| function | dtype | numbers | bound | this machine's level | x86-64-v3 | found at |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in whole:
        first, *rest = one.errors.values()
        numbers = "all" if one.step == 1 else f"{one.values:,}"
        least = 0.5 if one.bound else 0.0
        shown = [f"{max(error['ulps'], least):.3f}" for error in (first, *rest)]
        found_at = ", ".join(f"{number:.9g}" for number in first["arguments"])
        columns = [f"`{one.function}`", one.dtype, numbers, f"{one.bound:g}", *shown, found_at]
        lines.append(f"| {' | '.join(columns)} |")
    return "\n".join(lines) + "\n"


_INTRODUCTION = """\
In ulps (see the end of [the dialect's page](dialect.md)), at all float32, or at
as many numbers as the table says; 0.500 is half a unit or less, and 0.000 the reference's bits.
Measured on: {machine}. A run of hours, which goes on where it was stopped:

    nice -n 19 python -m benchmarks.accuracy --step 1 --dtype float32 \\
        --results benchmarks/results/accuracy.json

A function whose code has changed since is run again. Those that are not below were not run whole.
"""
