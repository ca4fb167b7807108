"""Writes composite ops (softmax, norms, attention) as primitive ones.

Keeps: shapes, dtypes, results up to rounding.  Test: lit_tests/passes/decompose.mlir
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass


@dataclass(frozen=True)
class Decompose(Pass):
    """Greedy application of the decompositions of `compiler/lowering/decompositions`."""
