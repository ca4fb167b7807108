"""Lowerings of `dialects/packing.py`, for packing while running and where no kernel reads it."""

from tessel.compiler.emit.element import constant
from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.lowering.base import empty, filled, lowers
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir, linalg, tensor
from tessel.dialects.packing import PackMatrix


@lowers(PackMatrix)
def lower_pack_matrix(op: OpInstance) -> ir.Value:
    """Padding, a transposition of tiles, and two reshapes, which move nothing."""
    x, operand, result = op.operands[0], op.operand_types[0], op.result_type
    nr, kr = op.attributes["nr"], op.attributes["kr"]
    zero = constant(0, result.dtype).value
    if 0 in operand.shape:
        return filled(result, zero)
    panels, steps, _ = result.sizes
    padded = result.with_shape((steps * kr, panels * nr))
    if padded.shape != operand.shape:
        whole = filled(padded, zero)
        x = tensor.insert_slice(x, whole, [], [], [], [0, 0], list(operand.shape), [1, 1])
    cut = expand(x, [[0, 1], [2, 3]], result.with_shape((steps, kr, panels, nr)), [])
    out = empty(result.with_shape((panels, steps, nr, kr)))
    packed = linalg.transpose(cut, outs=[out], permutation=[2, 0, 3, 1]).results[0]
    return collapse(packed, [[0], [1], [2, 3]])
