"""Convolutions of NHWC images: as products of windows, or Winograd's way."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from tessel.compiler.decompositions.winograd import winograd_weight
from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.kernels.convolution.problem import ConvolutionProblem
from tessel.compiler.kernels.convolution.winograd_input import winograd_input
from tessel.compiler.kernels.convolution.winograd_kernel import winograd
from tessel.compiler.kernels.convolution.winograd_problem import (
    WinogradConfiguration,
    WinogradInputProblem,
    WinogradProblem,
)
from tessel.compiler.kernels.fused_ops import is_alone, is_float32_op, is_product, is_static_op
from tessel.compiler.kernels.gemm.kernel import gemm
from tessel.compiler.kernels.gemm.lhs_loader import MatrixRows, WindowRows
from tessel.compiler.kernels.gemm.problem import GemmConfiguration
from tessel.compiler.kernels.gemm.remarks import product_remarks
from tessel.compiler.kernels.gemm.rhs_loader import PackedPanels
from tessel.compiler.kernels.padding import with_padding
from tessel.compiler.kernels.problem import VectorConfiguration
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import Example, KernelFusion, KernelTemplate, Match
from tessel.compiler.lowering.base import signless
from tessel.dialects.base import TesselOp
from tessel.dialects.builder import TensorValue
from tessel.dialects.channels_last import ChannelsLastConvolution, PackedConvolution
from tessel.dialects.control_flow import fuse
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackMatrix
from tessel.dialects.types import ArrayType
from tessel.dialects.winograd import WINDOW, WinogradConvolution, WinogradInput


class Convolution(KernelTemplate):
    """All windows as the rows of one matrix."""

    problem = ConvolutionProblem
    fusion = "convolution"
    roots: ClassVar[Sequence[type[TesselOp]]] = (ChannelsLastConvolution,)
    writes_padding = True

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_product({ChannelsLastConvolution: is_static_op, PackedConvolution: is_static_op})(
            ops, ends
        )

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_float32_op(ops[0]) and ops[0].cls is PackedConvolution

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = _convolution_problem(ops[0])
        return None if problem is None else Match(problem)

    def prepare(
        self, fusion: ir.Operation, match: Match, configuration: GemmConfiguration
    ) -> Sequence[ir.Operation]:
        """Packs the filters as a matrix."""
        product = KernelFusion(fusion).ops[0]
        image, weight = product.operands
        rows, columns, channels, filters = product.operand_types[1].sizes
        with product.operation.location:
            with ir.InsertionPoint(fusion):
                matrix = TensorValue(weight).reshape([rows * columns * channels, filters]).value
                packed = PackMatrix.build(matrix, nr=configuration.nr, kr=1)
            with ir.InsertionPoint(product.operation):
                replacement = PackedConvolution.build(
                    image, packed, kernel=(rows, columns), filters=filters, **product.attributes
                )
            _replace(product, replacement)
        return ()

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        product, padding, epilogue = with_padding(fusion)
        image, packed = product.operands
        (result,) = fusion.result_types
        _, y, x, c = product.result_type.sizes
        i, j = product.attributes["kernel"]
        down, across = product.attributes["strides"]
        lhs = WindowRows(
            collapse(image, [[0], [1], [2, 3]]),
            ArrayType.of(image).sizes[3],
            (i, j),
            (down, across),
            product.attributes["dilation"],
            (y, x),
        )
        matrix = signless(result.with_shape((result.size // c, c)))
        configuration = fusion.configuration(GemmConfiguration)
        rhs = PackedPanels(packed, 1)
        rhs.check(configuration.nr)
        made = gemm(lhs, rhs, c, configuration, epilogue, matrix, [], padding)
        return [expand(made, [[0, 1, 2], [3]], result, [])]

    def remarks(self, fusion: KernelFusion) -> list[str]:
        problem = fusion.problem(ConvolutionProblem)
        return product_remarks(problem.matrix, fusion.configuration(GemmConfiguration))

    def example(self, problem: ConvolutionProblem) -> Example:
        return _example(problem)


class Winograd(KernelTemplate):
    """Tiles of the image as the rows of 16 matrices side by side."""

    problem = WinogradProblem
    fusion = "convolution"
    precedence = 1

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_product({WinogradConvolution: is_static_op})(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_float32_op(ops[0]) and ops[0].cls is WinogradConvolution

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        convolution = _convolution_problem(ops[0])
        problem = None if convolution is None else WinogradProblem.of(convolution)
        return None if problem is None else Match(problem)

    def prepare(
        self, fusion: ir.Operation, match: Match, configuration: WinogradConfiguration
    ) -> Sequence[ir.Operation]:
        """Cuts the image by a kernel of its own; tiles of the weight are packed."""
        product = KernelFusion(fusion).ops[0]
        image, weight = product.operands
        filters = product.result_type.sizes[3]
        with product.operation.location:
            with ir.InsertionPoint(fusion):
                cut = WinogradInput.build(image)
                matrix = winograd_weight(weight)
                packed = PackMatrix.build(matrix, nr=configuration.nr, kr=1)
            with ir.InsertionPoint(product.operation):
                output = product.result_type.sizes[:3]
                replacement = WinogradConvolution.build(cut, packed, output=output, filters=filters)
        _replace(product, replacement)
        return [fuse(WinogradInputTemplate.fusion, [cut.owner]).operation]

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        product, padding, epilogue = with_padding(fusion)
        cut, packed = product.operands
        lhs = MatrixRows(collapse(cut, [[0], [1, 2]]))
        output, filters = product.attributes["output"], product.attributes["filters"]
        configuration = fusion.configuration(WinogradConfiguration)
        rhs = PackedPanels(packed, 1)
        rhs.check(configuration.nr)
        made = winograd(lhs, rhs, output, filters, configuration, epilogue, padding)
        return [expand(made, [[0, 1, 2], [3]], fusion.result_types[0], [])]

    def example(self, problem: WinogradProblem) -> Example:
        weight = (WINDOW, WINDOW, problem.image[3], problem.filters)
        return _example(ConvolutionProblem(problem.image, weight))


class WinogradInputTemplate(KernelTemplate):
    """The tiles of an image, for the product behind."""

    problem = WinogradInputProblem
    fusion = "winograd_input"

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_alone(WinogradInput)(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_float32_op(ops[0]) and is_static_op(ops[0])

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        return Match(WinogradInputProblem(ops[0].operand_types[0].sizes))  # type: ignore[arg-type]

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        return [
            winograd_input(fusion.ops[0].operands[0], fusion.configuration(VectorConfiguration))
        ]


TEMPLATES = (Convolution(), Winograd(), WinogradInputTemplate())


def _convolution_problem(product: OpInstance) -> ConvolutionProblem | None:
    """The sizes of a convolution of float32; None for other dtypes and for empty arrays."""
    padded, filters = (one.sizes for one in product.operand_types)
    if 0 in (*product.result_type.sizes, *filters) or str(product.result_type.dtype) != "float32":
        return None
    strides, dilation = product.attributes["strides"], product.attributes["dilation"]
    return ConvolutionProblem(padded, filters, strides, dilation)  # type: ignore[arg-type]


def _replace(product: OpInstance, replacement: ir.Value) -> None:
    product.result.replace_all_uses_with(replacement)
    product.operation.erase()


def _example(problem: ConvolutionProblem) -> Example:
    def compute(image: ir.Value, weight: ir.Value) -> ir.Value:
        attributes = {"strides": problem.strides, "dilation": problem.dilation}
        return ChannelsLastConvolution.build(image, weight, **attributes)

    types = [ArrayType(np.dtype(np.float32), shape) for shape in (problem.image, problem.weight)]
    return Example(types[:1], types[1], compute)
