"""One op compiled, and the largest error found."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import tessel
from benchmarks.accuracy.errors import WIDER, Worst, errors_in_ulps
from benchmarks.accuracy.functions import EXACT_IN_OWN_DTYPE, ONLY_TO_FLOAT64, Measured
from tessel.compiler.frontend.apply import apply
from tessel.dialects.accuracy import ERROR_BOUNDS


@dataclass
class Measurement:
    """The largest error so far of a function in a dtype."""

    function: Measured
    dtype: np.dtype
    worst: Worst = field(default_factory=Worst)
    values: int = 0

    @cached_property
    def compiled(self) -> Any:
        op, attributes = self.function.op, self.function.attributes
        return tessel.compile(lambda *x: apply(op, *x, **attributes))

    def add(self, arguments: list[np.ndarray], results: np.ndarray | None = None) -> None:
        """Computes for more arguments; `results` are given where another program made them."""
        function, bound = self.function, ERROR_BOUNDS[self.function.op]
        wide = [one.astype(WIDER[self.dtype]) for one in arguments]
        if function.op in EXACT_IN_OWN_DTYPE:
            exact = function.exact(*arguments).astype(WIDER[self.dtype])
        else:
            exact = function.exact(*wide)
        scales = {"argument": wide[0], "1": np.ones_like(wide[0])}
        got = self.compiled(*arguments) if results is None else results
        errors = errors_in_ulps(got, exact, scales.get(bound.relative_to))
        if bound.vanishing:
            lost = bound.vanishing * np.finfo(self.dtype).tiny
            errors[(np.abs(got - exact) <= lost) & np.isfinite(exact)] = 0
        self.worst.add(errors, arguments)
        self.values += errors.size

    @property
    def bound(self) -> float:
        """The bound in ulp; half of one more where the exact result is itself rounded."""
        rounded = self.function.op in ONLY_TO_FLOAT64 and self.dtype == np.float64
        return getattr(ERROR_BOUNDS[self.function.op], self.dtype.name) + rounded

    @property
    def holds(self) -> bool:
        return self.worst.ulps <= self.bound

    def __str__(self) -> str:
        verdict = "" if self.holds else "  ABOVE ITS BOUND"
        return (
            f"{self.function.name:18} {self.dtype.name} {self.values:11d} numbers,"
            f" {self.worst.ulps:8.3f} ulp of {self.bound:3.1f} at {self.worst.arguments}{verdict}"
        )
