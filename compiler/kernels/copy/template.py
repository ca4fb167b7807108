"""Copies into another order: arrays side by side, transposed matrices, panels of a matrix."""

from dataclasses import replace

from tessel.compiler.kernels.copy.concatenation_kernel import concatenate
from tessel.compiler.kernels.copy.concatenation_pieces import (
    is_joinable,
    piece_of,
    piece_ops,
    pieces_of,
    problem_of,
    start_of,
    trailing_axes_of,
)
from tessel.compiler.kernels.copy.concatenation_problem import (
    ConcatenationConfiguration,
    ConcatenationProblem,
)
from tessel.compiler.kernels.copy.kernel import pack_panels, transpose_matrices
from tessel.compiler.kernels.copy.problem import (
    PackProblem,
    TransposeConfiguration,
    TransposeProblem,
    matrices_of,
)
from tessel.compiler.kernels.epilogue import from_flat_matrix
from tessel.compiler.kernels.fused_ops import is_alone, is_float32_op, is_static_op
from tessel.compiler.kernels.padding import ImagePadding, is_image_padding
from tessel.compiler.kernels.problem import VectorConfiguration
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import KernelFusion, KernelTemplate, Match
from tessel.compiler.lowering.base import signless
from tessel.dialects.builder import TensorValue
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackMatrix
from tessel.dialects.shape import Transpose


class Concatenation(KernelTemplate):
    """Each piece is computed where it belongs."""

    problem = ConcatenationProblem
    fusion = "concatenation"

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return _is_concatenation(ops, ends)

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = problem_of(ops[-1])
        lanes = hardware.instructions.lanes(4)
        return None if sum(problem.widths) < lanes * len(problem.widths) else Match(problem)

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        last, (result,) = fusion.ops[-1], fusion.result_types
        block, trailing_axes = last.operation.block, trailing_axes_of(last)
        pieces = [piece_of(end, block, trailing_axes) for end in pieces_of(last)[1]]
        problem = fusion.same_problem(problem_of(last))
        made = concatenate(pieces, problem, fusion.configuration(ConcatenationConfiguration))
        return [from_flat_matrix(made, trailing_axes, result)]


class TransposeMatrices(KernelTemplate):
    """Matrices [N, R, C], whose dimensions may be several of the array, to [N, C, R]."""

    problem = TransposeProblem
    fusion = "transpose"

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return _is_transpose(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_float32_op(ops[0])

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        matrices = matrices_of(ops[0])
        return None if matrices is None else Match(TransposeProblem(*matrices))

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        transposed, *rest = fusion.ops
        found = matrices_of(transposed)
        problem = fusion.same_problem(None if found is None else TransposeProblem(*found))
        matrices = (problem.count, problem.rows, problem.columns)
        rows = TensorValue(transposed.operands[0]).reshape(matrices).value
        padding = replace(ImagePadding.of(rest[0]), count=1) if rest else None
        made = transpose_matrices(rows, fusion.configuration(TransposeConfiguration), padding)
        return [TensorValue(made).reshape(fusion.result_types[0].sizes).value]


class Pack(KernelTemplate):
    """Panels of a matrix that the program is given when it runs."""

    problem = PackProblem
    fusion = "pack"

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_alone(PackMatrix)(ops, ends)

    def accepts(self, ops: list[OpInstance]) -> bool:
        return is_float32_op(ops[0]) and is_static_op(ops[0])

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        (op,) = ops
        k, n = op.operand_types[0].sizes
        nr = op.attributes["nr"]
        if nr % hardware.instructions.lanes(4):
            return None
        return Match(PackProblem(k, n, nr))

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        (result,) = fusion.result_types
        matrix = fusion.ops[0].operands[0]
        return [pack_panels(matrix, signless(result), fusion.configuration(VectorConfiguration))]


TEMPLATES = (Concatenation(), TransposeMatrices(), Pack())


def _is_concatenation(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Concatenations along one axis, and the elementwise ops that make their pieces."""
    last = ops[-1]
    if not is_joinable(last) or ends != [last.result]:
        return False
    trailing_axes, block = trailing_axes_of(last), last.operation.block
    chain, pieces = pieces_of(last)
    made = [piece_ops(end, block, trailing_axes) for end in pieces]
    count = len(chain) + sum(map(len, made))
    starts = all(start_of(ops, end) is not None for ops, end in zip(made, pieces))
    return count == len(ops) and starts and len(set(pieces)) == len(pieces) and is_static_op(last)


def _is_transpose(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    transposed, *rest = ops
    if transposed.cls is not Transpose or not is_static_op(transposed) or ends != [ops[-1].result]:
        return False
    framed = not rest or (len(rest) == 1 and is_image_padding(rest[0]))
    inside = not rest or rest[0].operands[0] == transposed.result
    return framed and inside and matrices_of(transposed) is not None
