"""Turns each fusion that has a kernel into that kernel's code and a call of it.

    scf.execute_region { packed_matmul, add } {tessel.fusion = "matmul", tessel.kernel = {...}}
      ->  stream.executable @gemm_... { scf, vector and memref ops }  and  flow.dispatch @gemm_...

The templates are in `compiler/kernels`. What the module says of its processor goes.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on fusions without a kernel.
Test: lit_tests/passes/lower_kernels.mlir
"""

from dataclasses import dataclass

from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.gemm import gemm
from tessel.compiler.kernels.gemm_tiles import GemmTiles
from tessel.compiler.kernels.hardware import forget_target
from tessel.compiler.kernels.selected import selected_template, selected_tiles
from tessel.compiler.lowering.base import dim, dynamic_sizes, signless
from tessel.compiler.lowering.regroup import collapse, expand
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import fused_operations, fusions_of, yielded_values
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class LowerKernels(Pass):
    """One fusion after the other."""

    def run(self, module: ir.Operation) -> None:
        with ir.Location.unknown(module.context):
            for fusion in fusions_of(module):
                template = selected_template(fusion)
                if template is not None:
                    _lower(fusion, template)
        forget_target(module)


def _lower(fusion: ir.Operation, template: str) -> None:
    ops = [op for one in fused_operations(fusion) if (op := read_op(one)) is not None]
    with ir.InsertionPoint(fusion), fusion.location:
        result = _TEMPLATES[template](fusion, ops, yielded_values(fusion)[0])
    fusion.results[0].replace_all_uses_with(result)
    fusion.erase()


def _lower_gemm(fusion: ir.Operation, ops: list[OpInstance], end: ir.Value) -> ir.Value:
    """All rows of lhs as one matrix."""
    product, *rest = ops
    lhs, packed = product.operands
    result = ArrayType.of(end)
    groups = [list(range(result.rank - 1)), [result.rank - 1]]
    rows = collapse(lhs, groups)
    epilogue = Epilogue.of(product.result, rest, end)
    count = ArrayType.of(rows).shape[0]
    matrix = result.with_shape((count, result.shape[-1]))
    sizes = [] if count is not None else [dim(rows, 0)]
    tiles = selected_tiles(fusion, GemmTiles)
    width = product.attributes["width"]
    made = gemm(rows, packed, width, tiles, epilogue, signless(matrix), sizes)
    return expand(made, groups, result, dynamic_sizes(result, lambda axis: dim(lhs, axis)))


_TEMPLATES = {"gemm": _lower_gemm}
"""Template -> how a fusion becomes a call of it."""
