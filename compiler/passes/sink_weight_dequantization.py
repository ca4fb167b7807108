"""Moves the scale of narrow weights behind their product, so that kernels read them as they are.

    matmul(x, multiply(cast(w : int8), scale))  ->  multiply(matmul(x, cast(w)), scale)

So int8 weights with a scale a column stay int8 in memory, and few rows take a quarter of the time.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on weights of float32; on scales that
differ along K.  Test: lit_tests/passes/sink_weight_dequantization.mlir
"""

from dataclasses import dataclass

from tessel.compiler.analysis.epilogue import ROW, SCALAR, operand_kind
from tessel.compiler.kernels.gemm.operands import low_precision_weight
from tessel.compiler.passes.base import Pass, rule
from tessel.dialects.arithmetic import Multiply
from tessel.dialects.builder import TensorValue
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


@rule(Matmul)
def sink_scale(op: OpInstance) -> ir.Value | None:
    """matmul(x, multiply(cast(w), scale))  ->  multiply(matmul(x, cast(w)), scale)"""
    scaled = defining_op(op.operands[1], Multiply)
    if scaled is None or scaled.result_type.rank != 2:
        return None
    for weight, scale in (scaled.operands, scaled.operands[::-1]):
        kind = operand_kind(ArrayType.of(scale), scaled.result_type.shape)
        array = ArrayType.of(scale)
        if low_precision_weight(weight) is not None and kind in (ROW, SCALAR) and array.is_static:
            row = TensorValue(scale).reshape([array.size])
            return (TensorValue(Matmul.build(op.operands[0], weight)) * row).value
    return None


@dataclass(frozen=True)
class SinkWeightDequantization(Pass):
    """Greedy application of the rule above."""

    rules = (sink_scale,)
