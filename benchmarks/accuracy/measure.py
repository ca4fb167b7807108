"""One op compiled for each level of this machine, and the largest error found at each."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import tessel
from benchmarks.accuracy.errors import Measure, Worst, first_difference, largest_error, same_bits
from benchmarks.accuracy.functions import ANY_ZERO, ONLY_TO_FLOAT64, Measured
from tessel.compiler.frontend.tracing.apply import apply
from tessel.compiler.targets.cpu.processors import PROCESSORS, this_machine
from tessel.dialects.accuracy import ERROR_BOUNDS

LOWER_LEVEL = "x86-64-v3"


def levels() -> tuple[str, ...]:
    """The targets that are measured: this machine's own, and AVX2's where it runs here."""
    return ("host",) if this_machine().missing(PROCESSORS[LOWER_LEVEL]) else ("host", LOWER_LEVEL)


@dataclass(frozen=True)
class Looked:
    """Results that were compared with exact ones: the largest error, where one was large."""

    results: np.ndarray
    found: tuple[float, int] | None

    def mirrored(self, symmetry: int) -> "Looked":
        """As the negative arguments have them."""
        return Looked(self.results if symmetry > 0 else -self.results, self.found)


@dataclass
class Measurement:
    """The largest error so far of a function in a dtype, by level."""

    function: Measured
    dtype: np.dtype
    worst: dict[str, Worst] = field(default_factory=lambda: {one: Worst() for one in levels()})
    values: int = 0

    @cached_property
    def compiled(self) -> dict[str, Any]:
        op, attributes = self.function.op, self.function.attributes
        return {
            level: tessel.compile(lambda *x: apply(op, *x, **attributes), target=level)
            for level in self.worst
        }

    def fingerprint(self, size: int) -> str:
        """A text that differs where the programs for arrays of a size do."""
        arguments = [np.ones(size, self.dtype)] * self.function.arguments
        texts = [one.ir("linalg", *arguments) for one in self.compiled.values()]
        return hashlib.sha256("".join(texts).encode()).hexdigest()[:12]

    def add(
        self,
        arguments: list[np.ndarray],
        results: Mapping[str, np.ndarray] | None = None,
        exact: np.ndarray | None = None,
        looked: Looked | None = None,
    ) -> Looked | None:
        """Computes for more arguments; `results` are given where another program made them.

        Results that are those of another level, or of `looked`, are looked at once.
        """
        function, measure = self.function, self.function.measure(self.dtype)
        right = function.exact(arguments) if exact is None else exact
        above = min(worst.ulps for worst in self.worst.values())
        for level, worst in self.worst.items():
            got = self.compiled[level](*arguments) if results is None else results[level]
            if looked is None or not same_bits(got, looked.results):
                looked = Looked(got, self._largest_error(got, right, arguments[0], measure, above))
            if looked.found is not None:
                ulps, index = looked.found
                worst.add(ulps, tuple(float(one[index]) for one in arguments))
        self.values += arguments[0].size
        return looked

    def add_both_signs(self, x: np.ndarray) -> None:
        """Computes for x and for -x."""
        exact, symmetry = self.function.exact([x]), self.function.symmetry
        looked = self.add([x], exact=exact)
        if symmetry and looked is not None:
            mirror = exact if symmetry > 0 else -exact
            self.add([-x], exact=mirror, looked=looked.mirrored(symmetry))
        else:
            self.add([-x])

    def _largest_error(
        self,
        got: np.ndarray,
        right: np.ndarray,
        argument: np.ndarray,
        measure: Measure,
        above: float,
    ) -> tuple[float, int] | None:
        if self.function.op in ERROR_BOUNDS:
            return largest_error(got, right, argument, measure, max(above, 0.5))
        if self.function.op in ANY_ZERO:
            got, right = got + 0.0, right + 0.0
        index = first_difference(got, right)
        return None if index is None else (np.inf, index)

    @property
    def bound(self) -> float:
        """The bound in ulp; half of one more where the exact result is itself rounded."""
        rounded = self.function.op in ONLY_TO_FLOAT64 and self.dtype == np.float64
        return getattr(self.function.bound, self.dtype.name) + rounded

    @property
    def holds(self) -> bool:
        return all(worst.ulps <= self.bound for worst in self.worst.values())

    def __str__(self) -> str:
        verdict = "" if self.holds else "  ABOVE ITS BOUND"
        errors = ", ".join(
            f"{level} {self.shown(level)} at {worst.arguments}"
            for level, worst in self.worst.items()
        )
        return (
            f"{self.function.name:18} {self.dtype.name} {self.values:11d} numbers,"
            f" ulp of {self.bound:g}: {errors}{verdict}"
        )

    def shown(self, level: str) -> str:
        """The largest error; up to half an ulp none is looked at closer."""
        least = 0.5 if self.function.op in ERROR_BOUNDS else 0.0
        return f"{max(self.worst[level].ulps, least):.3f}"
