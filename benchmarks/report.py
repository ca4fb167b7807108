"""Results as a table, as JSON, and as one picture."""

import json
import math
import platform
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import geometric_mean

from benchmarks.measure import Timing


@dataclass(frozen=True)
class Result:
    """One case on all peers: timings, errors against float64, and why a peer is absent.

    `beside` is what the machine did between their blocks, where that was measured.
    """

    group: str
    name: str
    limit: str
    rates: dict[str, float]
    share: dict[str, float]
    timings: dict[str, Timing]
    errors: dict[str, float]
    absent: dict[str, str]
    beside: float | None = None

    def with_shares(self, machine: dict[str, float]) -> "Result":
        """The same as shares of what `machine` can do, or did beside."""
        highest = self.beside or machine[self.limit]
        shares = {name: rate / highest for name, rate in self.rates.items()}
        return replace(self, share=shares)

    @property
    def best_peer(self) -> str | None:
        """The fastest of the others whose result is right."""
        others = [name for name in self.timings if name != "tessel"]
        return min(others, key=lambda name: self.timings[name].median, default=None)

    @property
    def ratio(self) -> float:
        """The best peer's time over Tessel's: above 1 Tessel is faster."""
        peer = self.best_peer
        if peer is None or "tessel" not in self.timings:
            return math.nan
        return self.timings[peer].median / self.timings["tessel"].median


def line(result: Result) -> str:
    """One line for the terminal."""
    rates = "  ".join(
        f"{name} {rate:.4g}" + (f" ({result.share[name]:.0%})" if name == "tessel" else "")
        for name, rate in result.rates.items()
    )
    absent = "".join(f"  [{name}: {why}]" for name, why in result.absent.items())
    return f"{result.group:10} {result.name:24} x{result.ratio:.2f}  {rates}{absent}"


def summary(results: list[Result]) -> str:
    """Geometric means over the cases of each group."""
    lines = []
    for group in dict.fromkeys(one.group for one in results):
        members = [one for one in results if one.group == group]
        ratios = [one.ratio for one in members if not math.isnan(one.ratio)]
        shares = [one.share["tessel"] for one in members if "tessel" in one.share]
        if not ratios or not shares:
            continue
        lines.append(
            f"{group:10} {geometric_mean(ratios):.2f}x the best peer (lowest {min(ratios):.2f}), "
            f"{geometric_mean(shares):.0%} of the limit (lowest {min(shares):.0%})"
        )
    return "\n".join(lines)


def write_json(results: list[Result], limits: dict[str, float], versions: dict, path: Path) -> None:
    """All figures, with what they were measured on."""
    record = {
        "machine": {"processor": _processor(), "python": platform.python_version(), **versions},
        "limits": limits,
        "results": [{**asdict(one), "ratio": one.ratio} for one in results],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    return next(
        (row.split(":", 1)[1].strip() for row in text.splitlines() if row.startswith("model name")),
        platform.machine(),
    )
