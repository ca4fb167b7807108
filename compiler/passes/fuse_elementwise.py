"""Groups chains of elementwise ops into fusions, each of which becomes one kernel.

Test: lit_tests/passes/fuse_elementwise.mlir
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass


@dataclass(frozen=True)
class FuseElementwise(Pass):
    """Greedy grouping in program order."""
