"""Reading an array at computed places inside a loop nest.

IREE 3.13 fuses the slice that an array comes from into the kernel, and then fails ("LLVM
Translation failed: unrealized_conversion_cast") or reads wrong elements where the slice is not
contiguous. So the element is read from the array that the slice was taken of.
"""

from collections.abc import Sequence

from tessel.compiler.lowering.base import index_constant
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import DYNAMIC, arith, ir, tensor


def extract_element(x: ir.Value, places: Sequence[ir.Value]) -> ir.Value:
    """The element of `x` at `places` (one `index` a dimension), which lie inside it."""
    at = list(places)
    owner = owner_of(x)
    while owner is not None and (moved := _before(owner, at)) is not None:
        x, at = moved
        owner = owner_of(x)
    return tensor.extract(x, at)


def _before(operation: ir.Operation, at: list[ir.Value]) -> tuple[ir.Value, list[ir.Value]] | None:
    """The operand of a slice or of a reshape by sizes of 1, and the places there."""
    view = operation.opview
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
        remaining = iter([place for place, size in zip(at, new) if size != 1])
        return source, [index_constant(0) if size == 1 else next(remaining) for size in old]
    return None


def _before_slice(view: tensor.ExtractSliceOp, at: list[ir.Value]) -> list[ir.Value]:
    offsets = iter(view.offsets)
    strides = iter(view.strides)
    places = []
    for place, offset, stride in zip(at, view.static_offsets, view.static_strides, strict=True):
        if stride != 1:
            factor = next(strides) if stride == DYNAMIC else index_constant(stride)
            place = arith.muli(place, factor)
        if offset != 0:
            shift = next(offsets) if offset == DYNAMIC else index_constant(offset)
            place = arith.addi(place, shift)
        places.append(place)
    return places
