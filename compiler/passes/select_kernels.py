"""Chooses a kernel template and its configuration for fusions, from sizes and processor.

    scf.execute_region { matmul(x, w), add } {tessel.fusion = "matmul"}
      ->  p = pack_matrix(w)
          scf.execute_region { packed_matmul(x, p), add }
              {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", mr = 6, ...}}

Where windows of 3 x 3 are multiplied in Winograd's way, tiles of the image are a fusion before. A
fusion that no template fits is dissolved into its ops, which IREE schedules.
Keeps: shapes, dtypes, results.  Does not fire: on other dtypes than float32, in products those
that `kernels/gemm/operands.py` lists, and bfloat16 in attention where the processor multiplies it
or queries are few; on attention whose heads or depths are dynamic.
Test: lit_tests/passes/select_kernels.mlir
"""

from dataclasses import dataclass

from tessel.compiler.kernels.config import select_kernel, selected_template
from tessel.compiler.kernels.fusion_checks import check_fusions
from tessel.compiler.kernels.registry import templates, templates_for
from tessel.compiler.kernels.target_attributes import Hardware, hardware_of
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import dissolve_fusion, fused_ops, fusion_kind, fusions_of
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class SelectKernels(Pass):
    """One fusion after the other; of the templates that match it, the first."""

    def run(self, module: ir.Operation) -> None:
        check_fusions(module)
        hardware = hardware_of(module)
        kinds = {template.fusion for template in templates().values()}
        for fusion in fusions_of(module):
            if fusion_kind(fusion) not in kinds or selected_template(fusion) is not None:
                continue
            if not _select(fusion, hardware):
                _give_up(fusion)


def _select(fusion: ir.Operation, hardware: Hardware) -> bool:
    """Whether a template matches the fusion, for which it is chosen then."""
    ops = fused_ops(fusion)
    for template in templates_for(fusion_kind(fusion)):
        match = template.match(ops, hardware)
        if match is not None:
            configuration = match.problem.configuration(hardware)
            made = template.prepare(fusion, match, configuration)
            select_kernel(fusion, match.problem, configuration)
            return all(_select(one, hardware) for one in made)
    return False


def _give_up(fusion: ir.Operation) -> None:
    """Leaves the ops to IREE: one by one, but for reductions, of which it makes one loop."""
    if fusion_kind(fusion) != "reduction" or len(fused_ops(fusion)) == 1:
        dissolve_fusion(fusion)
