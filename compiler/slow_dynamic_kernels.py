"""Which ops of a program are slow because their sizes are dynamic: those without a kernel of ours.

IREE schedules them then. Measured on one core against static sizes, [512, 512] and alike, the first
axis dynamic: sorts take 80 times as long, convolutions 1000, sums of everything 12, argmax 18,
transposes 15, softmax 4, products of two dynamic matrices 7, attention with all axes dynamic 6;
elementwise ops, concatenations, scans and indexing 1 to 3, products with constant matrices 1.06.
"""

from enum import Enum

from tessel.compiler.driver import copied_module, run_until
from tessel.compiler.explain.kernels import fused_kernels_of
from tessel.compiler.targets.base import Target
from tessel.dialects.base import TesselOp
from tessel.dialects.channels_last import ChannelsLastConvolution, DepthwiseConvolution
from tessel.dialects.contraction import Matmul
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.pooling import Pool
from tessel.dialects.reduction import ArgReductionOp, ReductionOp
from tessel.dialects.shape import Transpose
from tessel.dialects.sorting import SortingOp


class Slowness(Enum):
    """How much slower an op is without a kernel: 2 to 20 times, or more."""

    SOME = "some"
    GREAT = "great"


_SLOWNESS: dict[type[TesselOp], Slowness] = {
    Convolution: Slowness.GREAT,
    ChannelsLastConvolution: Slowness.GREAT,
    DepthwiseConvolution: Slowness.GREAT,
    Pool: Slowness.GREAT,
    SortingOp: Slowness.GREAT,
    Matmul: Slowness.SOME,
    ReductionOp: Slowness.SOME,
    ArgReductionOp: Slowness.SOME,
    Transpose: Slowness.SOME,
}


def slow_dynamic_kernels(traced: ir.Module, target: Target) -> dict[str, Slowness]:
    """The names of the slow ops in a program at its first stage, which stays as it is."""
    module = copied_module(traced)
    run_until(module, target.pipeline.optimized, target)
    found: dict[str, Slowness] = {}
    for kernel in fused_kernels_of(module):
        if kernel.template == "IREE":
            for op in kernel.ops:
                slowness = _slowness(op)
                if slowness is not None:
                    found[op.cls.short_name()] = slowness
    return found


def _slowness(op: OpInstance) -> Slowness | None:
    if all(one.is_static for one in (*op.flat_operand_types, *op.result_types)):
        return None
    return next((slow for cls, slow in _SLOWNESS.items() if issubclass(op.cls, cls)), None)
