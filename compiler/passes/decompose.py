"""Writes composite ops (softmax, norms, attention) as primitive ones.

    softmax(x)  ->  exp(x - max(x)) / sum(exp(x - max(x)))

Each op's decomposition is in `compiler/decompositions/<family>.py`.
Keeps: shapes, dtypes, results up to rounding.  Does not fire: on ops named in `keep`, and inside
fusions, for which a kernel has been chosen.
Test: lit_tests/passes/decompose.mlir
"""

from dataclasses import dataclass
from typing import Any

from tessel.compiler.decompositions.base import Decomposition, decompositions
from tessel.compiler.lowering.base import lowered
from tessel.compiler.passes.base import Pass, Rule, apply_rules
from tessel.dialects.control_flow import is_fusion
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class Decompose(Pass):
    """`keep` names ops, without `tessel.` and separated by `|`, that a later stage takes whole."""

    keep: str = ""

    def run(self, module: ir.Operation) -> None:
        kept = set(self.keep.split("|"))
        rules = [
            Rule(cls, _outside_of_fusions(function))
            for cls, function in decompositions().items()
            if cls.short_name() not in kept
        ]
        apply_rules(module, rules)


def _outside_of_fusions(decompose: Decomposition) -> Decomposition:
    def decompose_outside(op: OpInstance) -> Any:
        parent = op.operation.parent
        inside = parent is not None and is_fusion(parent.operation)
        return None if inside else lowered(decompose, op)

    return decompose_outside
