"""Dimensions merged and split without moving an element: `tensor.collapse_shape`, and back."""

from collections.abc import Collection, Sequence

from tessel.compiler.emit.element import signless
from tessel.dialects.mlir import DYNAMIC, ir, tensor
from tessel.dialects.types import ArrayType


def collapse(value: ir.Value, reassociation: Sequence[Sequence[int]]) -> ir.Value:
    """`value` with each of `reassociation`, runs of neighbouring dimensions, as one dimension."""
    source = ir.RankedTensorType(value.type)
    if len(reassociation) == source.rank:
        return value
    shape = [_product([source.shape[axis] for axis in axes]) for axes in reassociation]
    target = ir.RankedTensorType.get(shape, source.element_type)
    return tensor.CollapseShapeOp(target, value, _attribute(reassociation)).result


def expand(
    value: ir.Value,
    reassociation: Sequence[Sequence[int]],
    target: ArrayType,
    sizes: Sequence[ir.Value],
) -> ir.Value:
    """The inverse of `collapse`: `value` as `target`, whose dynamic sizes are `sizes`, in order."""
    if len(reassociation) == target.rank:
        return value
    static = [DYNAMIC if size is None else size for size in target.shape]
    operation = tensor.ExpandShapeOp(
        signless(target), value, _attribute(reassociation), list(sizes), static
    )
    return operation.result


def split_last(rank: int) -> list[list[int]]:
    """All dimensions but the last as one, and the last."""
    return [list(range(rank - 1)), [rank - 1]]


def groups_without(rank: int, dropped: Collection[int]) -> list[list[int]]:
    """Groups of which each keeps one dimension; the dropped ones, of size 1, join a neighbour."""
    reassociation: list[list[int]] = []
    leading: list[int] = []
    for axis in range(rank):
        if axis not in dropped:
            reassociation.append([*leading, axis])
            leading = []
        elif reassociation:
            reassociation[-1].append(axis)
        else:
            leading.append(axis)
    return reassociation


def _product(sizes: Sequence[int]) -> int:
    if DYNAMIC in sizes:
        return DYNAMIC
    product = 1
    for size in sizes:
        product *= size
    return product


def _attribute(reassociation: Sequence[Sequence[int]]) -> ir.ArrayAttr:
    integer = ir.IntegerType.get_signless(64)
    attributes = [
        ir.ArrayAttr.get([ir.IntegerAttr.get(integer, axis) for axis in axes])
        for axes in reassociation
    ]
    return ir.ArrayAttr.get(attributes)
