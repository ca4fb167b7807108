"""Simplifies ops by algebra, cancellation and constant folding.

    transpose(transpose(x, p), q)  ->  transpose(x, p[q])
    f(broadcast_to(x), y)  ->  f(x, y)
    f(constants)  ->  constant

The rules are in `compiler/rewrites`, a file a subject.
Keeps: shapes, dtypes, every bit of the results (NaN and -0.0 included).  Does not fire: where a
rule holds only for some inputs, such as x + 0.0 (x may be -0.0) or x * 0.0 (x may be NaN).
Test: lit_tests/passes/canonicalize.mlir
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass, apply_rules
from tessel.compiler.rewrites import (
    arithmetic,
    constants,
    conversion,
    dynamic_slicing,
    logic,
    shapes,
)
from tessel.dialects.mlir import ir

_SUBJECTS = (arithmetic, logic, conversion, shapes, dynamic_slicing, constants)


@dataclass(frozen=True)
class Canonicalize(Pass):
    """Greedy application of all rules; `fold` also computes what depends on constants only."""

    fold: bool = True

    def run(self, module: ir.Operation) -> None:
        folding = constants.folding_rules() if self.fold else ()
        rules = [one for subject in _SUBJECTS for group in subject.RULES for one in group]
        apply_rules(module, [*folding, *rules, *shapes.family_rules()])
