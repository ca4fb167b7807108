"""The file of what was measured: a line of JSON for each problem, processor and number of threads.

    {"problem": "gemm m=1 ... version=4", "processor": "znver4", "threads": 2,
     "configuration": {...}, ...}

Processes append, each line at once, and the last line for a problem counts; so they need no lock,
and a person may read, edit, merge or delete lines. Lines of another version do not count.
"""

from dataclasses import dataclass
from pathlib import Path

from tessel.compiler.kernels.problem_version import VERSION, is_of_this_version
from tessel.compiler.kernels.target_attributes import Measured
from tessel.compiler.tuning.json_lines import JsonObject, append_line, read_lines, warn_once


@dataclass(frozen=True)
class Record:
    """The best configuration of a problem, and what they and the default took, in microseconds.

    Times are medians: `hot` of calls one after another, `cold` of calls whose arrays no cache
    held. `candidates` is how many configurations were measured.
    """

    problem: str
    processor: str
    threads: int
    configuration: dict[str, int]
    hot: float
    cold: float
    default_hot: float
    default_cold: float
    candidates: int


def microseconds(seconds: float) -> float:
    """Seconds as records hold them."""
    return round(1e6 * seconds, 2)


class Records:
    """What is known for one processor and number of threads; `file` None keeps it in memory."""

    def __init__(self, file: Path | None, processor: str, threads: int):
        self._file = file
        others: list[JsonObject] = []

        def is_current(line: JsonObject) -> bool:
            problem = line.get("problem")
            if not isinstance(problem, str) or is_of_this_version(problem):
                return True
            others.append(line)
            return False

        found = read_lines(file, Record, is_current)
        here = [one for one in found if (one.processor, one.threads) == (processor, threads)]
        self._known = {one.problem: one for one in here}
        if others:
            warn_once(
                f"{file} has {len(others)} records that are not of version {VERSION} and do not"
                " count; measure again with `tessel tune`, or delete them"
            )

    def __contains__(self, problem: str) -> bool:
        return problem in self._known

    def __getitem__(self, problem: str) -> Record:
        return self._known[problem]

    def configurations(self) -> Measured:
        """The configuration of every problem."""
        return {name: record.configuration for name, record in self._known.items()}

    def all(self) -> list[Record]:
        """Every record, by problem."""
        return [self._known[name] for name in sorted(self._known)]

    def add(self, record: Record) -> None:
        """Keeps `record`, also in the file."""
        self._known[record.problem] = record
        append_line(self._file, record)
