"""Chooses a kernel template and its tiles for each fusion that has one, from sizes and processor.

    scf.execute_region { matmul(x, w), add } {tessel.fusion = "matmul"}
      ->  p = pack_matrix(w)
          scf.execute_region { packed_matmul(x, p), add }
              {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", rows = 6, ...}}

A fusion that no template fits is dissolved into its ops, which IREE schedules.
Keeps: shapes, dtypes, results.  Does not fire: where the module does not say its processor or none
of its vector instructions are known; on other dtypes than float32; on matrices that are packed
while running for fewer than 128 rows.  Test: lit_tests/passes/select_kernels.mlir
"""

import math
from dataclasses import dataclass

from tessel.compiler.analysis.constants import known_before_running
from tessel.compiler.kernels.attention_tiles import default_attention_tiles, default_decode_tiles
from tessel.compiler.kernels.gemm_tiles import GemmProblem, default_gemm_tiles
from tessel.compiler.kernels.hardware import Hardware, hardware_of
from tessel.compiler.kernels.selected import select_kernel, selected_template
from tessel.compiler.passes.base import Pass
from tessel.dialects.attention import ScaledDotProductAttention
from tessel.dialects.contraction import Matmul
from tessel.dialects.control_flow import dissolve_fusion, fused_operations, fusions_of
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackedMatmul, PackMatrix

_WORTH_PACKING = 128
"""Rows from which it pays to pack a matrix each time the program runs."""

_DEEPEST_HEAD = 256
"""Attention beyond keeps too much on the stack."""

_MOST_ROWS = 8
"""Queries that share keys, up to which one pass over the keys costs less than full lanes bring."""

_NARROWEST, _SHALLOWEST = 8, 4
"""Columns and depth from which a product is worth a kernel's vectors."""


@dataclass(frozen=True)
class SelectKernels(Pass):
    """One fusion after the other."""

    def run(self, module: ir.Operation) -> None:
        hardware = hardware_of(module)
        for kind, choose in _CHOICES.items():
            for fusion in fusions_of(module, kind):
                if selected_template(fusion) is not None:
                    continue
                if hardware is None or not choose(fusion, hardware):
                    dissolve_fusion(fusion)


def _choose_gemm(fusion: ir.Operation, hardware: Hardware) -> bool:
    product = read_op(next(fused_operations(fusion)))
    if product is None or not _fits_gemm(product):
        return False
    _select_gemm(fusion, product, hardware)
    return True


def _fits_gemm(product: OpInstance) -> bool:
    lhs, rhs = product.operand_types
    if product.cls is not Matmul or str(lhs.dtype) != "float32":
        return False
    rows = _rows(product)
    packed_before = known_before_running(product.operands[1])
    return (
        rhs.shape[1] >= _NARROWEST
        and rhs.shape[0] >= _SHALLOWEST
        and (packed_before or (rows is not None and rows >= _WORTH_PACKING))
    )


def _rows(product: OpInstance) -> int | None:
    """Rows of lhs, those of all its matrices together."""
    leading = product.operand_types[0].shape[:-1]
    return None if None in leading else math.prod(size or 0 for size in leading)


def _select_gemm(fusion: ir.Operation, product: OpInstance, hardware: Hardware) -> None:
    lhs, rhs = product.operands
    depth, width = product.operand_types[1].sizes
    problem = GemmProblem(_rows(product), depth, width, 4)
    tiles = default_gemm_tiles(problem, hardware)
    with product.operation.location:
        with ir.InsertionPoint(fusion):
            packed = PackMatrix.build(rhs, columns=tiles.columns, group=1)
        with ir.InsertionPoint(product.operation):
            replacement = PackedMatmul.build(lhs, packed, width=width, group=1)
        product.result.replace_all_uses_with(replacement)
        product.operation.erase()
        select_kernel(fusion, "gemm", tiles)


def _choose_attention(fusion: ir.Operation, hardware: Hardware) -> bool:
    ops = [op for one in fused_operations(fusion) if (op := read_op(one)) is not None]
    (attended,) = [op for op in ops if op.cls is ScaledDotProductAttention]
    if not _fits_attention(attended):
        return False
    query, key, value, _ = attended.operand_types
    batch, heads, queries, depth = query.sizes
    shared, keys = key.sizes[1:3]
    few = heads // shared * queries <= _MOST_ROWS and not attended.attributes["causal"]
    if few:
        tiles = default_decode_tiles(keys, batch * shared, hardware)
        select_kernel(fusion, "attention_decode", tiles)
    else:
        tiles = default_attention_tiles(queries, depth + value.sizes[3], hardware)
        select_kernel(fusion, "attention", tiles)
    return True


def _fits_attention(attended: OpInstance) -> bool:
    query, key, value, mask = attended.operand_types
    arrays = [query, key, value, *([] if mask is None else [mask])]
    return (
        str(query.dtype) == "float32"
        and all(one.is_static and one.size for one in arrays)
        and max(query.sizes[3], value.sizes[3]) <= _DEEPEST_HEAD
    )


_CHOICES = {"matmul": _choose_gemm, "attention": _choose_attention}
"""Kind of a fusion -> how a kernel is chosen for it; False where none fits."""
