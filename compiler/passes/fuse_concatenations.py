"""Groups arrays side by side with the elementwise ops that make each, into one fusion.

    concatenate(relu(x), concatenate(exp(y), z))
      ->  scf.execute_region no_inline { relu, exp, concatenate, concatenate }
              {tessel.fusion = "concatenation"}

One kernel writes each piece where it belongs; no piece is an array of its own.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on other dtypes than float32 and dynamic
sizes; where most is slices and other moved parts, which IREE copies by itself; a piece's ops stay
outside where something else uses them, or where the kernel would read more than 24 arrays.
Test: lit_tests/passes/fuse_concatenations.mlir
"""

from dataclasses import dataclass

from tessel.compiler.analysis.cost import op_cost
from tessel.compiler.kernels.copy.concatenation_pieces import (
    is_joinable,
    is_joined,
    piece_ops,
    pieces_of,
    start_of,
    trailing_axes_of,
)
from tessel.compiler.lowering.base import MOST_INPUTS
from tessel.compiler.passes.base import Pass
from tessel.dialects.constant import Constant, Parameter
from tessel.dialects.control_flow import fuse, operations_outside_fusions
from tessel.dialects.instance import OpInstance, maker_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape
from tessel.dialects.types import ArrayType

KIND = "concatenation"

_FEW_MOVED = 8
"""The result has so many times the elements that are copied for the kernel to read, at least.

Keys of one token behind those of 256 are such: 12 heads of 64 took 86 us by IREE.
"""


@dataclass(frozen=True)
class FuseConcatenations(Pass):
    """From the last of each chain of concatenations."""

    def run(self, module: ir.Operation) -> None:
        for operation in operations_outside_fusions(module):
            op = read_op(operation)
            if op is not None and is_joinable(op) and not is_joined(op):
                _fuse(op)


def _fuse(last: OpInstance) -> None:
    block, trailing_axes = last.operation.block, trailing_axes_of(last)
    chain, pieces = pieces_of(last)
    if len(set(pieces)) < len(pieces) or any(ArrayType.of(one).size == 0 for one in pieces):
        return
    members: list[ir.Operation] = []
    count = moved = 0
    for number, end in enumerate(pieces):
        ops = piece_ops(end, block, trailing_axes)
        made = {op.result for op in ops}
        inputs = {value for op in ops for value in op.operands} - made or {end}
        room = MOST_INPUTS - count - (len(pieces) - number - 1)
        if len(inputs) > room or start_of(ops, end) is None:
            ops, inputs = [], {end}
        moved += sum(ArrayType.of(one).size for one in inputs if _is_moved(one))
        count += len(inputs)
        members += [op.operation for op in ops]
    if count <= MOST_INPUTS and moved * _FEW_MOVED <= last.result_type.size:
        fuse(KIND, [*members, *(op.operation for op in chain)])


def _is_moved(value: ir.Value) -> bool:
    """Whether elements of another array are moved to make `value`: reading it would copy them."""
    op = maker_of(value)
    if op is None or op.cls in (Constant, Parameter):
        return False
    return _is_moved(op.operands[0]) if op.cls is Reshape else op_cost(op).flops == 0
