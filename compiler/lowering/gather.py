"""Reading an array at computed indices inside a loop nest.

IREE 3.13 fuses the slice that an array comes from into the kernel, and then fails ("LLVM
Translation failed: unrealized_conversion_cast") or reads wrong elements where the slice is not
contiguous. So the element is read from the array that the slice or transposition was taken of.
IREE also fuses what computes the array, such as a cast, and with it a slice that this reads: there
a barrier keeps the two apart.
"""

from collections.abc import Sequence

from tessel.compiler.emit.iree_ops import BARRIER, TIED, barrier_with_sizes
from tessel.compiler.lowering.base import index_constant
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import DYNAMIC, arith, ir, linalg, tensor
from tessel.dialects.uses import views_behind

_MOVES = (
    *("tensor.collapse_shape", "tensor.expand_shape", "tensor.reshape", "tensor.cast"),
    "linalg.transpose",
)


def extract_element(x: ir.Value, indices: Sequence[ir.Value]) -> ir.Value:
    """The element of `x` at `indices` (one `index` a dimension), which are inside it."""
    at = list(indices)
    owner = owner_of(x)
    while owner is not None and (moved := _before(owner, at)) is not None:
        x, at = moved
        owner = owner_of(x)
    if owner is not None and owner.name.startswith("linalg.") and _reads_slice(owner):
        x = _kept_apart(x, owner)
    return tensor.extract(x, at)


def _reads_slice(operation: ir.Operation) -> bool:
    """Whether an operand is a slice, or one that was reshaped or transposed."""
    for value in operation.operands:
        moves = list(views_behind(value, lambda one: one.name in _MOVES))
        owner = owner_of(moves[-1].operands[0] if moves else value)
        if owner is not None and owner.name == "tensor.extract_slice":
            return True
    return False


def _kept_apart(x: ir.Value, owner: ir.Operation) -> ir.Value:
    """`x` behind a barrier, over which IREE fuses nothing."""
    for use in x.uses:
        if use.owner.name == BARRIER:
            behind = use.owner.results[0]
            tied = [one.owner.results[0] for one in behind.uses if one.owner.name == TIED]
            return tied[0] if tied else behind
    with ir.InsertionPoint.after(owner), owner.location:
        return barrier_with_sizes(x)


def _before(operation: ir.Operation, at: list[ir.Value]) -> tuple[ir.Value, list[ir.Value]] | None:
    """The operand of a slice, a transposition or a reshape by sizes of 1, and the indices there."""
    view = operation.opview
    if isinstance(view, linalg.TransposeOp):
        order = list(view.permutation)
        return view.input, [at[order.index(axis)] for axis in range(len(order))]
    if isinstance(view, tensor.ExtractSliceOp):
        return view.source, _before_slice(view, at)
    if isinstance(view, tensor.CollapseShapeOp | tensor.ExpandShapeOp | tensor.ReshapeOp):
        source = operation.operands[0]
        old = list(ir.RankedTensorType(source.type).shape)
        new = list(ir.RankedTensorType(operation.results[0].type).shape)
        if [size for size in old if size != 1] != [size for size in new if size != 1]:
            return None
        if old.count(DYNAMIC) > 1:
            return None
        remaining = iter([index for index, size in zip(at, new) if size != 1])
        return source, [index_constant(0) if size == 1 else next(remaining) for size in old]
    return None


def _before_slice(view: tensor.ExtractSliceOp, at: list[ir.Value]) -> list[ir.Value]:
    offsets = iter(view.offsets)
    strides = iter(view.strides)
    indices = []
    for index, offset, stride in zip(at, view.static_offsets, view.static_strides, strict=True):
        if stride != 1:
            factor = next(strides) if stride == DYNAMIC else index_constant(stride)
            index = arith.muli(index, factor)
        if offset != 0:
            shift = next(offsets) if offset == DYNAMIC else index_constant(offset)
            index = arith.addi(index, shift)
        indices.append(index)
    return indices
