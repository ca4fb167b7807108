"""Turns each fusion that has a kernel into that kernel's code and a call of it.

    scf.execute_region { packed_matmul, add } {tessel.fusion = "matmul", tessel.kernel = {...}}
      ->  stream.executable @gemm_... { scf, vector and memref ops }  and  flow.dispatch @gemm_...

The templates are the folders of `compiler/kernels`. Fusions that are alike call one kernel.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on fusions that IREE schedules.
Test: lit_tests/passes/lower_kernels.mlir
"""

from dataclasses import dataclass

from tessel.compiler.diagnostics import PassError
from tessel.compiler.emit.element import as_signless
from tessel.compiler.kernels.config import selected_template
from tessel.compiler.kernels.emitted_kernels import EmittedKernels
from tessel.compiler.kernels.fusion_checks import KINDS_WITHOUT_KERNEL, check_fusions
from tessel.compiler.kernels.registry import template_named
from tessel.compiler.kernels.template import KernelFusion
from tessel.compiler.mlir_locations import source_location_of
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import fusion_kind, fusions_of
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class LowerKernels(Pass):
    """One fusion after the other."""

    def run(self, module: ir.Operation) -> None:
        check_fusions(module)
        emitted = EmittedKernels()
        with ir.Location.unknown(module.context):
            for fusion in fusions_of(module):
                name = selected_template(fusion)
                if name is not None:
                    _lower(fusion, name, emitted)
                elif fusion_kind(fusion) not in KINDS_WITHOUT_KERNEL:
                    message = f"a fusion of kind '{fusion_kind(fusion)}' names no kernel"
                    raise PassError(message, location=source_location_of(fusion.location))


def _lower(fusion: ir.Operation, name: str, emitted: EmittedKernels) -> None:
    with ir.InsertionPoint(fusion), fusion.location:
        template = template_named(name)
        results = emitted.emit(fusion, lambda: template.emit(KernelFusion(fusion)))
        for old, new in zip(fusion.results, results, strict=True):
            old.replace_all_uses_with(as_signless(new, old.type))
    fusion.erase()
