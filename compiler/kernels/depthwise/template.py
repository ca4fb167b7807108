"""Depthwise convolutions: of NHWC images, and of one NCHW image."""

from collections.abc import Sequence
from typing import ClassVar

from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.kernels.depthwise.nchw_kernel import depthwise_nchw
from tessel.compiler.kernels.depthwise.nchw_problem import (
    DepthwiseNchwConfiguration,
    DepthwiseNchwProblem,
    nchw_problem,
)
from tessel.compiler.kernels.depthwise.nhwc_kernel import Windows, depthwise
from tessel.compiler.kernels.depthwise.nhwc_problem import (
    DepthwiseNhwcConfiguration,
    DepthwiseNhwcProblem,
)
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.fused_ops import is_float32_op, is_product, is_static_op
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import KernelFusion, KernelTemplate, Match
from tessel.dialects.base import TesselOp
from tessel.dialects.channels_last import DepthwiseConvolution
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir


class DepthwiseChannelsLast(KernelTemplate):
    """A vector of channels of a few neighbouring pixels."""

    problem = DepthwiseNhwcProblem
    fusion = "depthwise"
    roots: ClassVar[Sequence[type[TesselOp]]] = (DepthwiseConvolution,)

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_product({DepthwiseConvolution: is_static_op})(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_float32_op(ops[0])

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        product = ops[0]
        if str(product.result_type.dtype) != "float32":
            return None
        rows, columns, _ = product.operand_types[1].sizes
        n, y, x, c = product.result_type.sizes
        return Match(DepthwiseNhwcProblem((n, y, x, c), rows * columns))

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        (end,), (product, *rest) = fusion.ends, fusion.ops
        (result,) = fusion.result_types
        n, y, x, c = result.sizes
        down, across = product.attributes["strides"]
        epilogue = Epilogue.of(product.result, rest, end)
        image, weight = product.operands
        top, left = product.attributes["low"]
        windows = Windows((down, across), (top, left))
        configuration = fusion.configuration(DepthwiseNhwcConfiguration)
        made = depthwise(image, weight, windows, configuration, epilogue, (n, y, x, c))
        return [expand(made, [[0, 1, 2], [3]], result, [])]


class DepthwisePlanes(KernelTemplate):
    """An image [1, C, H, W] and weights [C, 1, I, J]."""

    problem = DepthwiseNchwProblem
    fusion = "depthwise_nchw"
    roots: ClassVar[Sequence[type[TesselOp]]] = (Convolution,)
    trailing_axes = 2

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_product({Convolution: self.is_root}, self.trailing_axes)(ops, ends)

    def is_root(self, op: OpInstance) -> bool:
        return nchw_problem(op) is not None

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = nchw_problem(ops[0])
        return Match(problem) if problem is not None and problem.fits(hardware) else None

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        (end,), (product, *rest) = fusion.ends, fusion.ops
        image, weight = product.operands
        problem, configuration = (
            fusion.same_problem(nchw_problem(product)),
            fusion.configuration(DepthwiseNchwConfiguration),
        )
        epilogue = Epilogue.of(product.result, rest, end, trailing_axes=self.trailing_axes)
        groups = [[0, 1], [2], [3]]
        planes = depthwise_nchw(
            collapse(image, groups), collapse(weight, groups), problem, configuration, epilogue
        )
        return [expand(planes, [[0, 1], [2, 3]], fusion.result_types[0], [])]


TEMPLATES = (DepthwiseChannelsLast(), DepthwisePlanes())
