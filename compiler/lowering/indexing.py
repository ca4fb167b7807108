"""Lowerings of `dialects/indexing.py`: loop nests that read at computed indices, IREE's scatter."""

from collections.abc import Callable

import numpy as np

from tessel.compiler.emit.element import Element, constant
from tessel.compiler.emit.iree_ops import barrier, iree_op
from tessel.compiler.lowering.arithmetic import maximum, minimum
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    empty,
    filled,
    generic,
    identity_map,
    index_constant,
    lowers,
)
from tessel.compiler.lowering.gather import extract_element
from tessel.dialects import indexing as ops
from tessel.dialects.instance import OpInstance, owner_of
from tessel.dialects.mlir import DYNAMIC, arith, ir, linalg, tensor
from tessel.dialects.types import is_float

_DYNAMIC_STEPS = 48
"""Steps of a binary search where the size is dynamic: enough for 2**48 elements."""

COMBINE: dict[str, Callable[[Element, Element], Element]] = {
    "set": lambda update, _: update,
    "add": lambda update, old: old + update,
    "multiply": lambda update, old: old * update,
    "minimum": lambda update, old: minimum(old, update),
    "maximum": lambda update, old: maximum(old, update),
}
"""Kind of a scatter -> what an update and the old element become."""


@lowers(ops.Take)
def lower_take(op: OpInstance) -> ir.Value:
    x, indices = op.operands
    axis, rank = op.attributes["axis"], op.operand_types[1].rank

    def source_indices(loops: list[ir.Value]) -> list[ir.Value]:
        picked = _clamped(extract_element(indices, loops[axis : axis + rank]), x, axis)
        return [*loops[:axis], picked, *loops[axis + rank :]]

    def size(position: int) -> ir.Value:
        if position < axis:
            return dim(x, position)
        if position < axis + rank:
            return dim(indices, position - axis)
        return dim(x, position - rank + 1)

    return _gather(op, source_indices, size)


@lowers(ops.TakeAlongAxis)
def lower_take_along_axis(op: OpInstance) -> ir.Value:
    x, indices = op.operands
    axis = op.attributes["axis"]

    def source_indices(loops: list[ir.Value]) -> list[ir.Value]:
        picked = _clamped(extract_element(indices, loops), x, axis)
        return [*loops[:axis], picked, *loops[axis + 1 :]]

    return _gather(op, source_indices, lambda position: dim(indices, position))


@lowers(ops.GatherNd)
def lower_gather_nd(op: OpInstance) -> ir.Value:
    x, indices = op.operands
    batch = op.operand_types[1].rank - 1
    count = op.operand_types[1].shape[-1] or 0

    def source_indices(loops: list[ir.Value]) -> list[ir.Value]:
        picked = [
            _clamped(extract_element(indices, [*loops[:batch], index_constant(k)]), x, k)
            for k in range(count)
        ]
        return [*picked, *loops[batch:]]

    def size(position: int) -> ir.Value:
        return dim(indices, position) if position < batch else dim(x, position - batch + count)

    return _gather(op, source_indices, size)


@lowers(ops.ScatterNd)
def lower_scatter_nd(op: OpInstance) -> ir.Value:
    """IREE's scatter on an array with one more row, where dropped updates go.

    IREE does not check indices: one outside the array would be written outside its memory.
    """
    x, indices, updates = op.operands
    x_type, indices_type, updates_type = op.operand_types
    if 0 in updates_type.shape or 0 in x_type.shape:
        return x
    count, batch = indices_type.shape[-1] or 0, indices_type.rank - 1
    if owner_of(indices) is not None:
        # IREE 3.13 would compute them once more, on the stack of the kernel that drops some.
        indices = barrier(indices)
    flat_indices = _flatten(_dropped_to_last_row(indices, x, count, batch), batch)
    flat_updates = _flatten(updates, batch)
    padded = _with_extra_row(op)
    properties = {
        "dimension_map": f"array<i64: {', '.join(map(str, range(count)))}>",
        "unique_indices": "false",
        "operandSegmentSizes": "array<i32: 1, 1, 1>",
    }
    operands = [flat_updates, flat_indices, padded]
    scatter = iree_op("iree_linalg_ext.scatter", operands, [padded.type], properties, regions=1)
    element = ir.RankedTensorType(x.type).element_type
    block = scatter.regions[0].blocks.append(element, element)
    with ir.InsertionPoint(block):
        update, old = (Element(value, x_type.dtype) for value in block.arguments)
        combined = COMBINE[op.attributes["kind"]](update, old)
        iree_op("iree_linalg_ext.yield", [combined.value], [], {})
    static = [DYNAMIC if size is None else size for size in x_type.shape]
    dynamic = [dim(x, axis) for axis, size in enumerate(x_type.shape) if size is None]
    zeros, ones = [0] * x_type.rank, [1] * x_type.rank
    return tensor.extract_slice(x.type, scatter.results[0], [], dynamic, [], zeros, static, ones)


@lowers(ops.SearchSorted)
def lower_search_sorted(op: OpInstance) -> ir.Value:
    """A binary search for each value, its steps unrolled."""
    ordered, values = op.operands
    ordered_type, values_type = op.operand_types
    size = ordered_type.shape[0]
    steps = _DYNAMIC_STEPS if size is None else size.bit_length()
    result = op.result_type
    output = empty(result, dynamic_sizes(result, lambda axis: dim(values, axis)))
    if size == 0:
        return filled(
            result, constant(0, result.dtype).value, dynamic_sizes(result, lambda a: dim(values, a))
        )

    def element(value: ir.Value, _: ir.Value) -> list[ir.Value]:
        wanted = Element(value, values_type.dtype)
        low, high = index_constant(0), dim(ordered, 0)
        last = arith.subi(high, index_constant(1))
        for _step in range(steps):
            half = arith.divui(arith.addi(low, high), index_constant(2))
            here = Element(
                extract_element(ordered, [arith.maxsi(arith.minsi(half, last), index_constant(0))]),
                wanted.dtype,
            )
            goes_right = _stands_before(here, wanted, op.attributes["side"])
            open_ = arith.cmpi(arith.CmpIPredicate.slt, low, high)
            right = arith.andi(open_, goes_right)
            left = arith.andi(open_, arith.xori(goes_right, constant(True, np.dtype(bool)).value))
            low = arith.select(right, arith.addi(half, index_constant(1)), low)
            high = arith.select(left, half, high)
        return [arith.index_cast(ir.IntegerType.get_signless(64), low)]

    maps = [identity_map(result.rank)] * 2
    return generic([values], maps, [output], ["parallel"] * result.rank, element)[0]


def _gather(
    op: OpInstance,
    source_indices: Callable[[list[ir.Value]], list[ir.Value]],
    size: Callable[[int], ir.Value],
) -> ir.Value:
    """A loop nest over the result that reads its first operand at `source_indices` of the loops."""
    result = op.result_type
    output = empty(result, dynamic_sizes(result, size))
    if 0 in result.shape:
        return output

    def element(_: ir.Value) -> list[ir.Value]:
        loops = [linalg.IndexOp(axis).result for axis in range(result.rank)]
        return [extract_element(op.operands[0], source_indices(loops))]

    maps = [identity_map(result.rank)]
    return generic([], maps, [output], ["parallel"] * result.rank, element)[0]


def _clamped(picked: ir.Value, x: ir.Value, axis: int) -> ir.Value:
    """An index along an axis of x, clamped into it."""
    size, zero = dim(x, axis), index_constant(0)
    index = _from_front(arith.index_cast(ir.IndexType.get(), picked), size, zero)
    return arith.maxsi(arith.minsi(index, arith.subi(size, index_constant(1))), zero)


def _from_front(index: ir.Value, size: ir.Value, zero: ir.Value) -> ir.Value:
    """An index, which counts from the back where it is negative."""
    is_negative = arith.cmpi(arith.CmpIPredicate.slt, index, zero)
    return arith.select(is_negative, arith.addi(index, size), index)


def _dropped_to_last_row(indices: ir.Value, x: ir.Value, count: int, batch: int) -> ir.Value:
    """Index vectors, where one that is not inside x becomes (size of axis 0, 0, 0, ...)."""
    shape = list(ir.RankedTensorType(indices.type).shape)
    sizes = [dim(indices, axis) if n == DYNAMIC else n for axis, n in enumerate(shape)]
    integer, index = ir.IntegerType.get_signless(64), ir.IndexType.get()

    def element(_: ir.Value) -> list[ir.Value]:
        loops = [linalg.IndexOp(axis).result for axis in range(batch + 1)]
        inside, zero = constant(True, np.dtype(bool)).value, index_constant(0)
        own = zero
        for k in range(count):
            given = extract_element(indices, [*loops[:batch], index_constant(k)])
            element_index = _from_front(arith.index_cast(index, given), dim(x, k), zero)
            # Unsigned: a negative index is a large number.
            inside = arith.andi(
                inside, arith.cmpi(arith.CmpIPredicate.ult, element_index, dim(x, k))
            )
            is_own = arith.cmpi(arith.CmpIPredicate.eq, loops[batch], index_constant(k))
            own = arith.select(is_own, element_index, own)
        first = arith.cmpi(arith.CmpIPredicate.eq, loops[batch], zero)
        outside = arith.select(first, dim(x, 0), zero)
        return [arith.index_cast(integer, arith.select(inside, own, outside))]

    output = tensor.empty(sizes, integer)
    maps = [identity_map(batch + 1)]
    return generic([], maps, [output], ["parallel"] * (batch + 1), element)[0]


def _flatten(value: ir.Value, batch: int) -> ir.Value:
    """The first `batch` dimensions as one."""
    tensor_type = ir.RankedTensorType(value.type)
    shape = list(tensor_type.shape)
    rest = shape[batch:]
    if batch == 1:
        return value
    total: ir.Value = index_constant(1)
    known = DYNAMIC not in shape[:batch]
    for axis in range(batch):
        total = arith.muli(total, dim(value, axis))
    flat = int(np.prod(shape[:batch], dtype=np.int64)) if known else DYNAMIC
    sizes = [total, *(dim(value, batch + axis) for axis in range(len(rest)))]
    shape_type = ir.RankedTensorType.get([len(sizes)], ir.IndexType.get())
    target = ir.RankedTensorType.get([flat, *rest], tensor_type.element_type)
    return tensor.reshape(target, value, tensor.from_elements(shape_type, sizes))


def _with_extra_row(op: OpInstance) -> ir.Value:
    """x with one more element along its first axis."""
    x, x_type = op.operands[0], op.operand_types[0]
    first = x_type.shape[0]
    padded = x_type.with_shape([None if first is None else first + 1, *x_type.shape[1:]])

    def size(axis: int) -> ir.Value:
        return arith.addi(dim(x, axis), index_constant(1 if axis == 0 else 0))

    zero = constant(0, x_type.dtype).value
    target = filled(padded, zero, dynamic_sizes(padded, size))
    static = [DYNAMIC if size is None else size for size in x_type.shape]
    dynamic = [dim(x, axis) for axis, size in enumerate(x_type.shape) if size is None]
    return tensor.insert_slice(
        x, target, [], dynamic, [], [0] * x_type.rank, static, [1] * x_type.rank
    )


def _stands_before(here: Element, wanted: Element, side: str) -> ir.Value:
    """Whether the position of `wanted` is after `here`."""
    if side == "left":
        before = here < wanted
        return (
            (before | (wanted.is_nan() & ~here.is_nan())).value
            if is_float(here.dtype)
            else before.value
        )
    before = here <= wanted
    return (before | wanted.is_nan()).value if is_float(here.dtype) else before.value
