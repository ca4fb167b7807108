"""What the kernel is chosen for: Tessel finds `TEMPLATES` by the package's entry point."""

import numpy as np

from residual_rms_norm.kernel import residual_rms_norm
from residual_rms_norm.problem import NormConfiguration, NormProblem
from tessel.compiler.kernels.epilogue import constant_number
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import Example, KernelFusion, KernelTemplate, Match
from tessel.dialects.arithmetic import Add, Divide, Multiply
from tessel.dialects.builder import TensorValue
from tessel.dialects.exponential import Sqrt
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceSum
from tessel.dialects.types import ArrayType

_OPS = [Add, Multiply, ReduceSum, Divide, Add, Sqrt, Divide, Multiply, Multiply]
"""x + r, squared, summed, by N, + epsilon, root, 1 / root, times x + r, times the weight."""

_BY_POWER_OF_TWO = [*_OPS[:3], Multiply, *_OPS[4:]]
"""The same where N is a power of two, whose reciprocal is exact."""

_LONGEST_ROW = 4096
"""Numbers of a row that the stack holds."""


class ResidualRmsNorm(KernelTemplate):
    """Chosen before Tessel's own template for reductions, where it matches."""

    problem = NormProblem
    fusion = "reduction"
    precedence = 10

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        if [op.cls for op in ops] not in (_OPS, _BY_POWER_OF_TWO):
            return None
        added, square, total, mean, shifted, root, inverse, scaled, weighted = ops
        array, row = added.result_type, weighted.operand_types[1]
        chain = [
            (square, [added.result, added.result]),
            (total, [square.result]),
            (mean, [total.result, mean.operands[1]]),
            (shifted, [mean.result, shifted.operands[1]]),
            (root, [shifted.result]),
            (inverse, [inverse.operands[0], root.result]),
            (scaled, [added.result, inverse.result]),
            (weighted, [scaled.result, weighted.operands[1]]),
        ]
        if any(list(op.operands) != expected for op, expected in chain):
            return None
        if not array.is_static or array.rank != 2 or array.dtype != np.float32:
            return None
        count, length = array.sizes
        same = all(one == array for one in added.operand_types) and row.shape == (length,)
        numbers = [constant_number(one.operands[1]) for one in (mean, shifted)]
        by = length if mean.cls is Divide else 1 / length
        is_mean = numbers[0] == by and numbers[1] is not None
        fits = length % hardware.instructions.lanes(4) == 0 and 0 < length <= _LONGEST_ROW
        is_inverse = constant_number(inverse.operands[0]) == 1.0
        if not (same and fits and is_mean and is_inverse):
            return None
        return Match(NormProblem(count, length))

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        x, residual = fusion.ops[0].operands
        epsilon = constant_number(fusion.ops[4].operands[1])
        assert epsilon is not None, "the template has matched"
        weight = fusion.ops[-1].operands[1]
        return [
            residual_rms_norm(x, residual, weight, epsilon, fusion.configuration(NormConfiguration))
        ]

    def example(self, problem: NormProblem) -> Example:
        def compute(x: ir.Value, residual: ir.Value, weight: ir.Value) -> ir.Value:
            added = TensorValue(x) + TensorValue(residual)
            root = ((added * added).mean([1]) + 1e-6).sqrt()
            return (added / root * TensorValue(weight)).value

        float32 = np.dtype(np.float32)
        rows = ArrayType(float32, (problem.count, problem.length))
        return Example([rows, rows, ArrayType(float32, (problem.length,))], None, compute)


TEMPLATES = (ResidualRmsNorm(),)
