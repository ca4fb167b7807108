"""Reductions of the last dimensions with the elementwise ops around them, a row at a time."""

import numpy as np

from tessel.compiler.kernels.fused_ops import is_alone, is_static_op
from tessel.compiler.kernels.row_reduction.arg_reduction import arg_reduce_rows
from tessel.compiler.kernels.row_reduction.kernel import reduce_rows
from tessel.compiler.kernels.row_reduction.problem import (
    ArgReductionProblem,
    RowConfiguration,
    RowsProblem,
)
from tessel.compiler.kernels.row_reduction.schedule import rows_of
from tessel.compiler.kernels.row_reduction.shape import RowShape
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import KernelFusion, KernelTemplate, Match
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import Argmax, Argmin

_FEWEST_ROWS = 4
"""Rows for each thread from which rows are what threads share."""

_SMALL_ARRAY = 1 << 14
"""Elements up to which one thread is fast enough: few rows need not be shared."""


class Rows(KernelTemplate):
    """Sums, norms, softmax and the like: what is read again of a row stays on the stack."""

    problem = RowsProblem
    fusion = "reduction"

    def accepts(self, ops: list[OpInstance]) -> bool:
        return rows_of(ops) is not None

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        rows = rows_of(ops)
        dtype = ops[-1].result_type.dtype
        if rows is None or rows.length < hardware.instructions.lanes(dtype.itemsize):
            return None
        return Match(RowsProblem(rows.count, rows.length, dtype.name))

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        return reduce_rows(fusion.ops, fusion.ends, fusion.configuration(RowConfiguration))


class ArgReduction(KernelTemplate):
    """The index of the largest or smallest number of each row."""

    problem = ArgReductionProblem
    fusion = "arg_reduction"

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_alone(Argmax, Argmin)(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return _is_last_of_static(ops)

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        (op,) = ops
        operand = op.operand_types[0]
        last = op.attributes["axis"] == operand.rank - 1
        if not last or not operand.is_static or str(operand.dtype) != "float32" or not operand.size:
            return None
        rows = RowShape(operand.sizes, 1)
        wide = rows.length >= hardware.instructions.lanes(4)
        is_small = rows.count * rows.length <= _SMALL_ARRAY
        if not wide or not (is_small or rows.count >= _FEWEST_ROWS * hardware.threads):
            return None
        return Match(ArgReductionProblem(rows.count, rows.length))

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        (op,), (result,) = fusion.ops, fusion.result_types
        rows = RowShape(op.operand_types[0].sizes, 1)
        indices = arg_reduce_rows(
            rows.collapse(op.operands[0]),
            largest=op.cls is Argmax,
            configuration=fusion.configuration(RowConfiguration),
        )
        return [rows.expand(indices, result)]


TEMPLATES = (Rows(), ArgReduction())


def _is_last_of_static(ops: list[OpInstance]) -> bool:
    array = ops[0].operand_types[0]
    return (
        is_static_op(ops[0])
        and array.dtype == np.float32
        and ops[0].attributes["axis"] == array.rank - 1
    )
