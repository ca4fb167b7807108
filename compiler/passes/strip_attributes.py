"""Removes what a module says to the passes before: its processor, and which functions have checks.

    module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} { ... }
      ->  module { ... }

IREE refuses attributes of dialects that it does not know.
Keeps: everything else.  Does not fire: on what the runtime is told of persistent kernels, which the
step `strip-persistent-kernels` takes off.  Test: lit_tests/passes/strip_attributes.mlir
"""

from dataclasses import dataclass

from tessel.compiler.checked_programs import strip_check_attributes
from tessel.compiler.kernels.target_attributes import strip_target_attributes
from tessel.compiler.passes.base import Pass
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class StripAttributes(Pass):
    """Those of the module, and of its functions."""

    def run(self, module: ir.Operation) -> None:
        strip_target_attributes(module)
        strip_check_attributes(module)
