"""Between which numbers the elements of an integer array are, as far as a trace shows.

What a loop counts, positions that a sort or a search finds and remainders are inside an axis
without a check. Where nothing else is known it is what the dtype holds.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.region import Region
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.dialects import arithmetic, comparison, indexing, reduction, shape, slicing, sorting
from tessel.dialects.base import TesselOp
from tessel.dialects.constant import Constant, Iota, Parameter
from tessel.dialects.conversion import Cast
from tessel.dialects.instance import OpInstance, defining_op, owner_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, is_bool, is_integer

Bounds = tuple[int, int]

_DEEPEST = 24
"""Steps back from a value: indices are computed in a few."""


def bounds_of(array: TracedArray) -> Bounds:
    """The least and the largest number that an element of an integer array can be."""
    return _Search(array).of(array.value, 0)


class _Search:
    """One look at a value of a trace."""

    def __init__(self, array: TracedArray):
        self._parameters = array.trace.parameters
        self._regions: list[Region] = []
        region = array.trace.region
        while region is not None:
            self._regions.append(region)
            region = region.parent

    def of(self, value: ir.Value, depth: int) -> Bounds:
        limits = _limits(value)
        low, high = self._found(value, depth) or limits
        # What is computed beyond the dtype wraps around.
        return (low, high) if limits[0] <= low and high <= limits[1] else limits

    def _found(self, value: ir.Value, depth: int) -> Bounds | None:
        if depth > _DEEPEST:
            return None
        owner = owner_of(value)
        if owner is None:
            return self._counted(value)
        if owner.name in ("arith.index_cast", "tensor.from_elements"):
            return self.of(owner.operands[0], depth + 1)
        op = read_op(owner)
        return None if op is None else self._of_op(op, value, depth + 1)

    def _counted(self, value: ir.Value) -> Bounds | None:
        """What a loop counts: the first argument of its body."""
        for region in self._regions:
            if region.block == value.owner and ir.BlockArgument(value).arg_number == 0:
                return None if region.count is None else (0, region.count - 1)
        return None

    def _of_op(self, op: OpInstance, value: ir.Value, depth: int) -> Bounds | None:
        if op.cls is Constant:
            return _extremes(op.attributes["value"])
        if op.cls is Parameter:
            return _extremes(self._parameters[op.attributes["key"]])
        if op.cls is Iota:
            return _below(op.attributes["shape"][op.attributes["axis"]])
        if op.cls in _INDICES_ALONG_AXIS:
            return _below(_axis_size(op))
        if op.cls is sorting.TopK:
            return _below(_axis_size(op)) if value == op.operation.results[1] else None
        if op.cls is indexing.SearchSorted:
            size = op.operand_types[0].shape[0]
            return (0, size) if isinstance(size, int) else None
        if op.cls is comparison.Select:
            return self._selected(op, depth)
        operands = list(op.operation.operands)
        if not all(is_integer(one.dtype) for one in op.flat_operand_types):
            is_flag = op.cls is Cast and is_bool(op.flat_operand_types[0].dtype)
            return (0, 1) if is_flag else None
        if op.cls in _PASSED_ON:
            return _joined([self.of(one, depth) for one in operands[: _PASSED_ON[op.cls]]])
        compute = _ARITHMETIC.get(op.cls)
        return None if compute is None else compute(*[self.of(one, depth) for one in operands])

    def _selected(self, op: OpInstance, depth: int) -> Bounds:
        """One of two arrays; of negative numbers that are counted from the back, both at once."""
        condition, one, other = op.operands
        bounds = _joined([self.of(one, depth), self.of(other, depth)])
        less, moved = defining_op(condition, comparison.Less), defining_op(one, arithmetic.Add)
        if less is None or moved is None or other not in moved.operands:
            return bounds
        if less.operands[0] != other or self.of(less.operands[1], depth) != (0, 0):
            return bounds
        (size,) = [x for x in moved.operands if x != other] or [other]
        inside, added = self.of(other, depth), self.of(size, depth)
        if inside[0] + added[0] < 0:
            return bounds
        return max(inside[0], 0), max(inside[1], added[1] - 1)


def _limits(value: ir.Value) -> Bounds:
    is_array = isinstance(value.type, ir.RankedTensorType)
    dtype = ArrayType.of(value).dtype if is_array else np.dtype(np.int64)
    limits = np.iinfo(dtype if is_integer(dtype) else np.int64)
    return int(limits.min), int(limits.max)


def _extremes(array: Any) -> Bounds | None:
    array = np.asarray(array)
    if array.size == 0 or array.dtype.kind not in "iu":
        return None
    return int(array.min()), int(array.max())


def _below(size: object) -> Bounds | None:
    return (0, size - 1) if isinstance(size, int) and size > 0 else None


def _axis_size(op: OpInstance) -> object:
    return op.operand_types[0].shape[op.attributes["axis"]]


def _joined(found: Sequence[Bounds]) -> Bounds:
    return min(low for low, _ in found), max(high for _, high in found)


def _product(one: Bounds, other: Bounds) -> Bounds:
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


def _quotient(one: Bounds, other: Bounds) -> Bounds | None:
    if other[0] <= 0:
        return None
    corners = [a // b for a in one for b in other]
    return min(corners), max(corners)


def _remainder(one: Bounds, other: Bounds) -> Bounds | None:
    return None if other[0] <= 0 else (0, other[1] - 1)


_INDICES_ALONG_AXIS = (reduction.Argmax, reduction.Argmin, sorting.Argsort)
"""Ops whose result are indices along their axis."""

_PASSED_ON: dict[type[TesselOp], int] = {
    Cast: 1,
    shape.Transpose: 1,
    shape.Reshape: 1,
    shape.BroadcastTo: 1,
    shape.Reverse: 1,
    shape.Concatenate: 2,
    slicing.Slice: 1,
    slicing.DynamicSlice: 1,
    slicing.UpdateSlice: 2,
    slicing.DynamicUpdateSlice: 2,
    indexing.Take: 1,
    indexing.TakeAlongAxis: 1,
    indexing.GatherNd: 1,
    sorting.Sort: 1,
    reduction.ReduceMax: 1,
    reduction.ReduceMin: 1,
}
"""Ops whose elements are those of their first operands, and of how many."""

_ARITHMETIC: dict[type[TesselOp], Callable[..., Bounds | None]] = {
    arithmetic.Add: lambda one, other: (one[0] + other[0], one[1] + other[1]),
    arithmetic.Subtract: lambda one, other: (one[0] - other[1], one[1] - other[0]),
    arithmetic.Negate: lambda one: (-one[1], -one[0]),
    arithmetic.Multiply: _product,
    arithmetic.FloorDivide: _quotient,
    arithmetic.Remainder: _remainder,
    arithmetic.Maximum: lambda one, other: (max(one[0], other[0]), max(one[1], other[1])),
    arithmetic.Minimum: lambda one, other: (min(one[0], other[0]), min(one[1], other[1])),
}
