"""Makes fusions of moves between kernels: transpositions of matrices, and matrices that are packed.

    t = transpose(x, [0, 2, 3, 1]); p = pad(t, 0)  ->  p = scf.execute_region { transpose, pad }
                                                              {tessel.fusion = "transpose"}

So that a kernel can be chosen for each, and a program of kernels alone is one that its threads
share.  Does not fire: on moves next to ops that no kernel does, into which IREE takes them; on
other dtypes than float32 and on dynamic sizes.
Test: lit_tests/passes/fuse_copies.mlir
"""

from dataclasses import dataclass

from tessel.compiler.kernels.config import KERNEL
from tessel.compiler.kernels.copy.problem import matrices_of
from tessel.compiler.kernels.padding import is_image_padding
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import fuse, is_fusion, operations_outside_fusions
from tessel.dialects.instance import OpInstance, only_user, owner_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackMatrix
from tessel.dialects.shape import Reshape, Transpose

_KINDS = {Transpose: "transpose", PackMatrix: "pack"}
"""Op -> the kind of its fusion."""


@dataclass(frozen=True)
class FuseCopies(Pass):
    """Each move by itself, with the zeros that follow it."""

    def run(self, module: ir.Operation) -> None:
        for operation in operations_outside_fusions(module):
            op = read_op(operation)
            if op is None or not _is_move(op) or not _is_given(op.operands[0]):
                continue
            end = _padded(op)
            if _is_taken(end.result):
                members = [operation] if end is op else [operation, end.operation]
                fuse(_KINDS[op.cls], members)


def _is_move(op: OpInstance) -> bool:
    if op.cls not in (Transpose, PackMatrix):
        return False
    array = op.operand_types[0]
    if str(array.dtype) != "float32" or not array.is_static or not array.size:
        return False
    if op.cls is PackMatrix:
        return op.attributes["kr"] == 1
    return matrices_of(op) is not None


def _padded(op: OpInstance) -> OpInstance:
    """The zeros around what a transposition makes, where nothing else reads it; else itself."""
    user = only_user(op.result)
    is_images = op.cls is Transpose and user is not None and is_image_padding(user)
    return user if is_images and user is not None and user.operands[0] == op.result else op


def _is_given(value: ir.Value) -> bool:
    """Whether an array is an argument, or what a kernel has made."""
    owner = owner_of(value)
    if owner is None:
        return True
    reshape = read_op(owner)
    if reshape is not None and reshape.cls is Reshape:
        return _is_given(reshape.operands[0])
    return _is_kernel(owner)


def _is_taken(value: ir.Value) -> bool:
    """Whether only kernels read an array, or the program returns it."""
    users = [use.owner.operation for use in value.uses]
    return all(_is_kernel(_outermost(user)) or _is_end(user) for user in users)


def _is_end(user: ir.Operation) -> bool:
    reshape = read_op(user)
    if reshape is not None and reshape.cls is Reshape:
        return _is_taken(reshape.result)
    return user.name == "func.return"


def _is_kernel(operation: ir.Operation) -> bool:
    """Whether a kernel is chosen for an op, or will be."""
    op = read_op(operation)
    chosen = is_fusion(operation) and KERNEL in operation.attributes
    return chosen or (op is not None and _is_move(op))


def _outermost(user: ir.Operation) -> ir.Operation:
    """The fusion that `user` is in, or itself."""
    parent = user.parent
    return parent.operation if parent is not None and is_fusion(parent.operation) else user
