"""Writes what kernels are chosen for into the module: a processor, and how many threads.

    module { ... }
      ->  module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} { ... }

The passes after it take this as given. Upstream has such passes for GPUs (`nvvm-attach-target`).
Keeps: everything else.  Does not fire: on a module that says its processor already.
Test: lit_tests/passes/attach_target.mlir
"""

from dataclasses import dataclass

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.target_attributes import MOST_THREADS, PROCESSOR, attach_target
from tessel.compiler.passes.base import Pass
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class AttachTarget(Pass):
    """What is attached does not depend on the machine that compiles."""

    processor: str = "x86-64-v3"
    threads: int = 1

    def run(self, module: ir.Operation) -> None:
        if instruction_set_of(self.processor) is None:
            raise PassError(f"there are no kernels for the processor '{self.processor}'")
        if not 1 <= self.threads <= MOST_THREADS:
            raise PassError(f"threads are {self.threads}, must be 1 to {MOST_THREADS}")
        if PROCESSOR not in module.attributes:
            attach_target(module, self.processor, self.threads)
