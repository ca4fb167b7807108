"""Chooses a kernel template and its tiles for each fusion that has one, from sizes and processor.

    scf.execute_region { matmul(x, w), add } {tessel.fusion = "matmul"}
      ->  p = pack_matrix(w)
          scf.execute_region { packed_matmul(x, p), add }
              {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", rows = 6, ...}}

Where windows of 3 x 3 are multiplied in Winograd's way, tiles of the image are a fusion before. A
fusion that no template fits is dissolved into its ops, which IREE schedules.
Keeps: shapes, dtypes, results.  Does not fire: where the module does not say its processor or none
of its vector instructions are known; on other dtypes than float32, in products those that
`kernels/gemm_operands.py` lists, and bfloat16 in attention where the processor multiplies it or
queries are few; on attention whose heads or depths are known only when running.
Test: lit_tests/passes/select_kernels.mlir
"""

import math
from dataclasses import dataclass

from tessel.compiler.analysis.constants import is_known_before_running
from tessel.compiler.kernels.attention_tiles import AttentionProblem, DecodeProblem, fits_attention
from tessel.compiler.kernels.concatenation_pieces import problem_of
from tessel.compiler.kernels.fusion_rules import check_fusions
from tessel.compiler.kernels.gemm_operands import GemmOperands, gemm_operands
from tessel.compiler.kernels.gemm_tiles import AmxProblem, ConvolutionProblem, GemmProblem
from tessel.compiler.kernels.hardware import Hardware, hardware_of
from tessel.compiler.kernels.index_columns import index_problem
from tessel.compiler.kernels.move_tiles import PackProblem, TransposeProblem, matrices_of
from tessel.compiler.kernels.plane_tiles import planes_problem
from tessel.compiler.kernels.pool_tiles import pool_problem
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.row_program import rows_of
from tessel.compiler.kernels.row_shape import RowShape
from tessel.compiler.kernels.row_tiles import ArgReductionProblem, DepthwiseProblem, RowsProblem
from tessel.compiler.kernels.selected import select_kernel, selected_template
from tessel.compiler.kernels.winograd_tiles import WinogradInputProblem, WinogradProblem
from tessel.compiler.lowering.term import Term
from tessel.compiler.lowering.winograd import winograd_weight
from tessel.compiler.passes.base import Pass
from tessel.dialects.attention import AttentionOp
from tessel.dialects.channels_last import PackedConvolution
from tessel.dialects.control_flow import dissolve_fusion, fuse, fused_ops, fusions_of
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackedMatmul, PackMatrix
from tessel.dialects.types import bfloat16
from tessel.dialects.winograd import WinogradConvolution, WinogradInput

_WORTH_PACKING = 128
"""Rows from which it pays to pack a matrix each time the program runs."""

_MOST_ROWS = 8
"""Queries that share keys, up to which one pass over the keys costs less than full lanes bring."""

_FEWEST_ROWS = 4
"""Rows for each thread from which rows are what threads share."""

_SMALL_ARRAY = 1 << 14
"""Elements up to which one thread is fast enough: few rows need not be shared."""

_NARROWEST, _SHALLOWEST = 8, 4
"""Columns and depth from which a product is worth a kernel's vectors."""


@dataclass(frozen=True)
class SelectKernels(Pass):
    """One fusion after the other."""

    def run(self, module: ir.Operation) -> None:
        hardware = hardware_of(module)
        check_fusions(module)
        for kind, choose in _CHOICES.items():
            for fusion in fusions_of(module, kind):
                if selected_template(fusion) is not None:
                    continue
                if hardware is not None and choose(fusion, hardware):
                    continue
                if kind != "reduction" or len(fused_ops(fusion)) == 1:
                    dissolve_fusion(fusion)


def _choose_gemm(fusion: ir.Operation, hardware: Hardware) -> bool:
    (product, *_) = fused_ops(fusion)
    if not _is_worth_a_kernel(product):
        return False
    if not _is_worth_packing(product):
        return _choose_plain_gemm(fusion, product, hardware)
    with ir.InsertionPoint(fusion), product.operation.location:
        operands = gemm_operands(product, hardware.instructions, _rows(product))
    if operands is None:
        return False
    _select_gemm(fusion, product, operands, hardware)
    return True


def _is_worth_a_kernel(product: OpInstance) -> bool:
    depth, width = product.operand_types[1].shape
    return width >= _NARROWEST and depth >= _SHALLOWEST


def _choose_plain_gemm(fusion: ir.Operation, product: OpInstance, hardware: Hardware) -> bool:
    """Reads the matrix as it lies."""
    if product.result_type.dtype.name != "float32":
        return False
    depth, width = product.operand_types[1].sizes
    problem = GemmProblem(_rows(product), depth, width, layout="plain")
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _is_worth_packing(product: OpInstance) -> bool:
    rows = _rows(product)
    many = rows is not None and rows >= _WORTH_PACKING
    return many or is_known_before_running(product.operands[1])


def _rows(product: OpInstance) -> int | None:
    """Rows of lhs, those of all its matrices together."""
    leading = product.operand_types[0].shape[:-1]
    return None if None in leading else math.prod(size or 0 for size in leading)


def _select_gemm(
    fusion: ir.Operation, product: OpInstance, operands: GemmOperands, hardware: Hardware
) -> None:
    rows, weight, group = operands.rows, operands.weight, operands.group
    depth, width = weight.type.sizes
    dtypes = rows.type.dtype.name, weight.type.dtype.name
    count = _rows(product)
    if operands.has_tiles and count is not None:
        problem: KernelProblem = AmxProblem(count, depth, width, *dtypes)
    else:
        problem = GemmProblem(count, depth, width, *dtypes)
    tiles = problem.tiles(hardware)
    with product.operation.location:
        with ir.InsertionPoint(fusion):
            packed = PackMatrix.build(weight.value, columns=tiles.columns, group=group)
        with ir.InsertionPoint(product.operation):
            attributes = {"width": width, "group": group, "zero_point": operands.zero_point}
            made = Term(PackedMatmul.build(rows.value, packed, **attributes))
            made = made if operands.shift is None else made - operands.shift
            replacement = made.cast(product.result_type.dtype).value
        product.result.replace_all_uses_with(replacement)
        product.operation.erase()
        select_kernel(fusion, problem, tiles)


def _choose_convolution(fusion: ir.Operation, hardware: Hardware) -> bool:
    (product, *_) = fused_ops(fusion)
    image, weight = product.operands
    empty = 0 in (*product.result_type.sizes, *product.operand_types[1].sizes)
    if empty or str(product.result_type.dtype) != "float32":
        return False
    padded, filters = (one.sizes for one in product.operand_types)
    strides, dilation = product.attributes["strides"], product.attributes["dilation"]
    problem = ConvolutionProblem(padded, filters, strides, dilation)  # type: ignore[arg-type]
    winograd = WinogradProblem.of(problem)
    if winograd is not None:
        _select_winograd(fusion, product, winograd, hardware)
        return True
    tiles = problem.tiles(hardware)
    rows, columns, _, width = filters
    with product.operation.location:
        with ir.InsertionPoint(fusion):
            matrix = Term(weight).reshape([problem.matrix.depth, width]).value
            packed = PackMatrix.build(matrix, columns=tiles.columns, group=1)
        with ir.InsertionPoint(product.operation):
            replacement = PackedConvolution.build(
                image, packed, kernel=(rows, columns), width=width, **product.attributes
            )
        product.result.replace_all_uses_with(replacement)
        product.operation.erase()
        select_kernel(fusion, problem, tiles)
    return True


def _select_winograd(
    fusion: ir.Operation, product: OpInstance, problem: WinogradProblem, hardware: Hardware
) -> None:
    """The image's tiles by a kernel of their own; those of the weight are packed."""
    image, weight = product.operands
    tiles = problem.tiles(hardware)
    with product.operation.location:
        with ir.InsertionPoint(fusion):
            cut = WinogradInput.build(image)
            matrix = winograd_weight(weight)
            packed = PackMatrix.build(matrix, columns=tiles.columns, group=1)
        with ir.InsertionPoint(product.operation):
            output = product.result_type.sizes[:3]
            replacement = WinogradConvolution.build(cut, packed, output=output, width=problem.width)
    product.result.replace_all_uses_with(replacement)
    product.operation.erase()
    select_kernel(fusion, problem, tiles)
    before = WinogradInputProblem(problem.image)
    select_kernel(fuse("winograd_input", [cut.owner]), before, before.tiles(hardware))


def _choose_depthwise(fusion: ir.Operation, hardware: Hardware) -> bool:
    (product, *_) = fused_ops(fusion)
    if str(product.result_type.dtype) != "float32":
        return False
    rows, columns, _ = product.operand_types[1].sizes
    n, y, x, c = product.result_type.sizes
    problem = DepthwiseProblem((n, y, x, c), rows * columns)
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_depthwise_planes(fusion: ir.Operation, hardware: Hardware) -> bool:
    problem = planes_problem(fused_ops(fusion)[0])
    assert problem is not None, "the pass that fuses epilogues has looked"
    if not problem.fits(hardware):
        return False
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_pool(fusion: ir.Operation, hardware: Hardware) -> bool:
    problem = pool_problem(fused_ops(fusion)[0])
    assert problem is not None, "the pass that fuses epilogues has looked"
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_attention(fusion: ir.Operation, hardware: Hardware) -> bool:
    (attended,) = [op for op in fused_ops(fusion) if issubclass(op.cls, AttentionOp)]
    problem = _attention_problem(attended, hardware)
    if problem is None:
        return False
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _attention_problem(attended: OpInstance, hardware: Hardware) -> KernelProblem | None:
    """What a kernel is to compute; None where no kernel does."""
    query, key, value, _ = attended.operand_types
    batch, heads, queries, depth = query.shape
    shared, keys, width = key.shape[1], key.shape[2], value.shape[3]
    if None in (heads, shared, value.shape[1], depth, width) or not fits_attention(attended):
        return None
    all_heads, all_shared = (count * (1 if batch is None else batch) for count in (heads, shared))
    causal, dtype = attended.attributes["causal"], query.dtype.name
    together = None if queries is None else heads // shared * queries
    if together is not None and together <= _MOST_ROWS and not causal:
        return DecodeProblem(all_shared, together, keys, depth, width, dtype)
    if query.dtype == bfloat16 and not (hardware.instructions.bfloat16_dot and depth % 2 == 0):
        return None
    sizes = (queries, keys, depth, width)
    return AttentionProblem(all_heads, all_shared, *sizes, int(causal), dtype)


def _choose_rows(fusion: ir.Operation, hardware: Hardware) -> bool:
    ops = fused_ops(fusion)
    rows = rows_of(ops)
    dtype = ops[-1].result_type.dtype
    if rows is None or rows.length < hardware.instructions.lanes(dtype.itemsize):
        return False
    problem = RowsProblem(rows.count, rows.length, dtype.name)
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _fits_rows(rows: RowShape, hardware: Hardware) -> bool:
    wide = rows.length >= hardware.instructions.lanes(4)
    is_small = rows.count * rows.length <= _SMALL_ARRAY
    return wide and (is_small or rows.count >= _FEWEST_ROWS * hardware.threads)


def _choose_arg_reduction(fusion: ir.Operation, hardware: Hardware) -> bool:
    (op,) = fused_ops(fusion)
    operand = op.operand_types[0]
    last = op.attributes["axis"] == operand.rank - 1
    if not last or not operand.is_static or str(operand.dtype) != "float32" or not operand.size:
        return False
    rows = RowShape(operand.sizes, 1)
    if not _fits_rows(rows, hardware):
        return False
    problem = ArgReductionProblem(rows.count, rows.length)
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_concatenation(fusion: ir.Operation, hardware: Hardware) -> bool:
    problem = problem_of(fused_ops(fusion)[-1])
    if sum(problem.widths) < hardware.instructions.lanes(4) * len(problem.widths):
        return False
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_transpose(fusion: ir.Operation, hardware: Hardware) -> bool:
    matrices = matrices_of(fused_ops(fusion)[0])
    assert matrices is not None, "the pass that fuses moves has looked"
    problem = TransposeProblem(*matrices)
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_pack(fusion: ir.Operation, hardware: Hardware) -> bool:
    (op,) = fused_ops(fusion)
    depth, width = op.operand_types[0].sizes
    problem = PackProblem(depth, width, op.attributes["columns"])
    if problem.columns % hardware.instructions.lanes(4):
        return False
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


def _choose_for_indices(fusion: ir.Operation, hardware: Hardware) -> bool:
    problem = index_problem(fused_ops(fusion)[-1])
    select_kernel(fusion, problem, problem.tiles(hardware))
    return True


_CHOICES = {
    "matmul": _choose_gemm,
    "convolution": _choose_convolution,
    "depthwise": _choose_depthwise,
    "depthwise_planes": _choose_depthwise_planes,
    "pool": _choose_pool,
    "attention": _choose_attention,
    "reduction": _choose_rows,
    "arg_reduction": _choose_arg_reduction,
    "concatenation": _choose_concatenation,
    "transpose": _choose_transpose,
    "pack": _choose_pack,
    "gather": _choose_for_indices,
    "scatter": _choose_for_indices,
    "check_indices": _choose_for_indices,
}
"""Kind of a fusion -> how a kernel is chosen for it; False where none fits."""
