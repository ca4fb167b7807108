"""Matrix products with their epilogues: rows of all matrices of lhs times one matrix."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tessel.compiler.analysis.constants import is_compile_time_constant
from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.emit.amx import AmxUnit, LoopUnit
from tessel.compiler.emit.reshape import collapse, expand, split_last
from tessel.compiler.kernels.dispatch import module_of
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.fused_ops import is_float32_op, is_product, is_static_op
from tessel.compiler.kernels.gemm.amx_kernel import gemm_amx
from tessel.compiler.kernels.gemm.kernel import gemm
from tessel.compiler.kernels.gemm.lhs_loader import MatrixRows
from tessel.compiler.kernels.gemm.operands import OperandForm, gemm_operands, operand_form
from tessel.compiler.kernels.gemm.problem import (
    AmxConfiguration,
    AmxProblem,
    GemmConfiguration,
    GemmProblem,
    PanelConfiguration,
)
from tessel.compiler.kernels.gemm.remarks import product_remarks
from tessel.compiler.kernels.gemm.rhs_loader import PackedPanels, PlainMatrix
from tessel.compiler.kernels.padding import with_padding
from tessel.compiler.kernels.target_attributes import Hardware, emulates_amx
from tessel.compiler.kernels.template import Example, KernelFusion, KernelTemplate, Match
from tessel.compiler.lowering.base import dim, dynamic_sizes, signless
from tessel.dialects.base import TesselOp
from tessel.dialects.builder import TensorValue
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir, tensor
from tessel.dialects.packing import PackedMatmul, PackMatrix, product_dtype
from tessel.dialects.types import ArrayType, is_float

_WORTH_PACKING = 128
"""Rows from which it pays to pack a matrix each time the program runs."""

_SMALLEST_N, _SMALLEST_K = 8, 4
"""N and K from which a product is worth a kernel's vectors."""


@dataclass(frozen=True)
class GemmMatch(Match):
    """And how operands become those that the kernel multiplies; None for a matrix as it is."""

    form: OperandForm | None


class Gemm(KernelTemplate):
    """Products in vector registers."""

    problem = GemmProblem
    fusion = "matmul"
    roots: ClassVar[Sequence[type[TesselOp]]] = (Matmul,)
    writes_padding = True

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        products = {Matmul: _is_matrix_product, PackedMatmul: _is_matrix_product}
        return is_product(products)(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return ops[0].cls is PackedMatmul or is_float32_op(ops[0])

    def is_root(self, op: OpInstance) -> bool:
        """Where all rows are multiplied by one matrix of static sizes."""
        lhs, rhs = op.operand_types
        is_static = rhs.is_static and rhs.rank == 2
        multiplied = is_float(lhs.dtype) or lhs.dtype == np.int32
        return is_static and multiplied and 0 not in (*lhs.shape, *rhs.shape)

    def match(self, ops: list[OpInstance], hardware: Hardware) -> GemmMatch | None:
        product = ops[0]
        if not _is_worth_a_kernel(product):
            return None
        k, n = product.operand_types[1].sizes
        m = _m(product)
        if not _is_worth_packing(product, m):
            if product.result_type.dtype.name != "float32":
                return None
            return GemmMatch(GemmProblem(m, k, n, layout="plain"), None)
        form = operand_form(product, hardware.instructions, m)
        if form is None:
            return None
        dtypes = form.lhs.name, form.weight.name
        return GemmMatch(GemmProblem(m, form.padded_k(k), n, *dtypes), form)

    def prepare(
        self, fusion: ir.Operation, match: Match, configuration: GemmConfiguration
    ) -> Sequence[ir.Operation]:
        return _pack_weight(fusion, match, configuration)

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        """All rows of lhs as one matrix."""
        product, padding, epilogue = with_padding(fusion)
        (result,) = fusion.result_types
        reassociation = split_last(result.rank)
        is_plain = product.cls is Matmul
        kr = 1 if is_plain else product.attributes["kr"]
        source, matrix = product.operands
        rhs = PlainMatrix(matrix) if is_plain else PackedPanels(matrix, kr)
        rows = _with_k(collapse(source, reassociation), rhs.k)
        m, n = ArrayType.of(rows).shape[0], result.shape[-1]
        made_rows = m if padding is None else padding.count * padding.size
        made_type = signless(result.with_shape((made_rows, n)))
        sizes = [] if m is not None else [dim(rows, 0)]
        configuration = fusion.configuration(GemmConfiguration)
        if isinstance(rhs, PackedPanels):
            rhs.check(configuration.nr)
        assert n is not None, "a product's columns are known"
        zero_point = 0 if is_plain else product.attributes["zero_point"]
        lhs = MatrixRows(rows, kr, zero_point)
        made = gemm(lhs, rhs, n, configuration, epilogue, made_type, sizes, padding)
        expanded = dynamic_sizes(result, lambda axis: dim(source, axis))
        return [expand(made, reassociation, result, expanded)]

    def remarks(self, fusion: KernelFusion) -> list[str]:
        return product_remarks(fusion.problem(GemmProblem), fusion.configuration(GemmConfiguration))

    def example(self, problem: GemmProblem | AmxProblem) -> Example:
        is_plain = isinstance(problem, GemmProblem) and problem.layout == "plain"
        return _example(problem, is_parameter=not is_plain)


class GemmAmx(KernelTemplate):
    """Products in tiles of AMX."""

    problem = AmxProblem
    fusion = "matmul"
    precedence = 1

    def accepts(self, ops: list[OpInstance]) -> bool:
        return ops[0].cls is PackedMatmul and is_static_op(ops[0])

    def match(self, ops: list[OpInstance], hardware: Hardware) -> GemmMatch | None:
        matched = _GEMM.match(ops, hardware)
        if matched is None or matched.form is None or not matched.form.has_tiles:
            return None
        found = matched.problem
        assert isinstance(found, GemmProblem), "what the other template makes"
        assert found.m is not None, "tiles take 16 rows or more"
        sizes = found.m, found.k, found.n
        return GemmMatch(AmxProblem(*sizes, found.dtype, found.weight), matched.form)

    def prepare(
        self, fusion: ir.Operation, match: Match, configuration: AmxConfiguration
    ) -> Sequence[ir.Operation]:
        return _pack_weight(fusion, match, configuration)

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        (end,), (product, *rest) = fusion.ends, fusion.ops
        lhs, packed = product.operands
        (result,) = fusion.result_types
        reassociation = split_last(result.rank)
        rows = collapse(lhs, reassociation)
        matrix = signless(result.with_shape((ArrayType.of(rows).sizes[0], result.sizes[-1])))
        unit = LoopUnit() if emulates_amx(module_of(fusion.operation)) else AmxUnit()
        epilogue = Epilogue.of(product.result, rest, end)
        n, configuration = product.attributes["n"], fusion.configuration(AmxConfiguration)
        made = gemm_amx(rows, packed, n, configuration, unit, epilogue, matrix)
        return [expand(made, reassociation, result, [])]

    def example(self, problem: AmxProblem) -> Example:
        return _example(problem, is_parameter=True)


_GEMM = Gemm()

TEMPLATES = (_GEMM, GemmAmx())


def _is_matrix_product(op: OpInstance) -> bool:
    """Of rows with one matrix, neither of them empty."""
    lhs, rhs = op.operand_types
    is_static = rhs.is_static and (rhs.rank == 2 or op.cls is PackedMatmul)
    return is_static and 0 not in (*lhs.shape, *rhs.shape)


def _is_worth_a_kernel(product: OpInstance) -> bool:
    k, n = product.operand_types[1].shape
    return n >= _SMALLEST_N and k >= _SMALLEST_K


def _is_worth_packing(product: OpInstance, m: int | None) -> bool:
    many = m is not None and m >= _WORTH_PACKING
    return many or is_compile_time_constant(product.operands[1])


def _m(product: OpInstance) -> int | None:
    """Rows of lhs, those of all its matrices together."""
    leading = product.operand_types[0].shape[:-1]
    return None if None in leading else math.prod(size or 0 for size in leading)


def _pack_weight(
    fusion: ir.Operation, match: Match, configuration: PanelConfiguration | AmxConfiguration
) -> Sequence[ir.Operation]:
    """Packs the matrix before the fusion, and multiplies the packed one."""
    assert isinstance(match, GemmMatch), "what the templates here made"
    form = match.form
    if form is None:
        return ()
    product = KernelFusion(fusion).ops[0]
    n = product.operand_types[1].sizes[1]
    with product.operation.location:
        with ir.InsertionPoint(fusion):
            operands = gemm_operands(product, form)
            packed = PackMatrix.build(operands.weight.value, nr=configuration.nr, kr=form.kr)
        with ir.InsertionPoint(product.operation):
            attributes = {
                "n": n,
                "kr": form.kr,
                "zero_point": operands.zero_point,
            }
            made = TensorValue(PackedMatmul.build(operands.lhs.value, packed, **attributes))
            made = made if operands.correction is None else made - operands.correction
            replacement = made.cast(product.result_type.dtype).value
        product.result.replace_all_uses_with(replacement)
        product.operation.erase()
    return ()


def _with_k(rows: ir.Value, k: int) -> ir.Value:
    """Rows [M, K] whose K the matrix tells that multiplies them."""
    array = ArrayType.of(rows)
    target = array.with_shape((array.shape[0], k))
    return rows if array.shape[1] == k else tensor.cast(target.to_mlir(), rows)


def _example(problem: GemmProblem | AmxProblem, *, is_parameter: bool) -> Example:
    dtype, weight = np.dtype(problem.dtype), np.dtype(problem.weight)
    result = product_dtype(dtype, weight)
    if result is None:
        raise ArgumentError(f"no kernel multiplies {dtype} by {weight}")

    def compute(rows: ir.Value, weight: ir.Value) -> ir.Value:
        return Matmul.build(*[TensorValue(one).cast(result).value for one in (rows, weight)])

    rows = ArrayType(dtype, (problem.m, problem.k))
    matrix = ArrayType(weight, (problem.k, problem.n))
    return (
        Example([rows], matrix, compute) if is_parameter else Example([rows, matrix], None, compute)
    )
