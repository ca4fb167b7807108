"""Lowerings of `dialects/sorting.py`: a bottom-up merge sort, each level one parallel loop nest.

A level merges neighbouring sorted runs of length w. Each index of the result finds by binary search
how many of the elements before it come from the left run (Odeh et al., "Merge path", 2012), so all
indices are independent, any size works, and the sort is stable. IREE's own sort is a bubble sort,
and fails for dynamic sizes.
"""

from collections.abc import Callable

from tessel.compiler.emit.element import Element
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    empty,
    generic,
    identity_map,
    index_constant,
    lowers,
)
from tessel.compiler.lowering.gather import extract_element
from tessel.dialects import sorting as ops
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg, math, scf
from tessel.dialects.types import is_float

Read = Callable[[ir.Value, ir.Value], ir.Value]
KeyFunction = Callable[[Read, ir.Value, ir.Value], ir.Value]
"""From how to read an array at an index along the axis, the carried array and an index: the key."""

_BITS = 64
_DYNAMIC_LEVELS = 32
"""Levels, and steps of a binary search, where the size is dynamic: enough for 2**32 elements."""


@lowers(ops.Sort)
def lower_sort(op: OpInstance) -> ir.Value:
    """Sorts the elements themselves."""
    return _merge_sort(op, op.operands[0], lambda read, carried, index: read(carried, index))


@lowers(ops.Argsort)
def lower_argsort(op: OpInstance) -> ir.Value:
    """Sorts the indices by the elements there.

    Only the indices are carried from level to level: IREE 3.13 gives two carried arrays of dynamic
    size the same memory.
    """
    x = op.operands[0]

    def key(read: Read, carried: ir.Value, index: ir.Value) -> ir.Value:
        return read(x, arith.index_cast(ir.IndexType.get(), read(carried, index)))

    return _merge_sort(op, _indices(op), key)


def _indices(op: OpInstance) -> ir.Value:
    """0, 1, 2, ... along the axis."""
    result = op.result_type
    output = empty(result, dynamic_sizes(result, lambda axis: dim(op.operands[0], axis)))

    def element(_: ir.Value) -> list[ir.Value]:
        index = linalg.IndexOp(op.attributes["axis"]).result
        return [arith.index_cast(ir.IntegerType.get_signless(64), index)]

    maps = [identity_map(result.rank)]
    return generic([], maps, [output], ["parallel"] * result.rank, element)[0]


def _merge_sort(op: OpInstance, carried: ir.Value, key: KeyFunction) -> ir.Value:
    """Sorts `carried` along the op's axis by `key` of its elements."""
    axis, x_type = op.attributes["axis"], op.operand_types[0]
    size = x_type.shape[axis]
    if (size is not None and size <= 1) or (x_type.is_static and x_type.size == 0):
        return carried
    count = dim(carried, axis)
    if not x_type.is_static:
        return _unrolled_merges(op, carried, key, count)
    zero, one = index_constant(0), index_constant(1)
    loop = scf.ForOp(zero, _levels(count), one, [carried])
    with ir.InsertionPoint(loop.body):
        width = arith.shli(one, loop.induction_variable)
        scf.YieldOp([_merge(op, loop.inner_iter_args[0], key, count, width)])
    return loop.results[0]


def _unrolled_merges(
    op: OpInstance, carried: ir.Value, key: KeyFunction, count: ir.Value
) -> ir.Value:
    """All levels that an array of dynamic size can need, one after the other.

    IREE 3.13 gives arrays of dynamic size that two loops of a program carry the same memory. Widths
    are bounded by the size, so levels that are not needed copy, and all share one kernel.
    """
    for level in range(_DYNAMIC_LEVELS):
        width = arith.minsi(index_constant(1 << level), arith.maxsi(count, index_constant(1)))
        carried = _merge(op, carried, key, count, width)
    return carried


def _levels(count: ir.Value) -> ir.Value:
    """How often runs must double: the bits of count - 1."""
    wide = arith.index_cast(ir.IntegerType.get_signless(_BITS), count)
    last = arith.subi(wide, arith.constant(wide.type, 1))
    some = arith.maxsi(last, arith.constant(wide.type, 0))
    bits = arith.subi(arith.constant(wide.type, _BITS), math.ctlz(some))
    return arith.index_cast(ir.IndexType.get(), bits)


def _merge(
    op: OpInstance, carried: ir.Value, key: KeyFunction, count: ir.Value, width: ir.Value
) -> ir.Value:
    """One level: runs of `width` become runs of twice the width."""
    axis, result = op.attributes["axis"], op.result_type
    size = result.shape[axis]
    steps = _DYNAMIC_LEVELS if size is None else int(size).bit_length()
    output = empty(result, dynamic_sizes(result, lambda position: dim(op.operands[0], position)))

    def element(_: ir.Value) -> list[ir.Value]:
        indices = [linalg.IndexOp(position).result for position in range(result.rank)]

        def read(array: ir.Value, index: ir.Value) -> ir.Value:
            return extract_element(array, [*indices[:axis], index, *indices[axis + 1 :]])

        def in_order(left: ir.Value, right: ir.Value) -> ir.Value:
            dtype = op.operand_types[0].dtype
            keys = [Element(key(read, carried, index), dtype) for index in (left, right)]
            return _in_order(*keys, op.attributes["descending"])

        return [read(carried, _source(indices[axis], count, width, steps, in_order))]

    maps = [identity_map(result.rank)]
    return generic([], maps, [output], ["parallel"] * result.rank, element)[0]


def _source(
    index: ir.Value, count: ir.Value, width: ir.Value, steps: int, in_order: Callable[..., ir.Value]
) -> ir.Value:
    """Which element of the two runs around `index` belongs there once they are merged."""
    zero, one, two = (index_constant(i) for i in range(3))
    last = arith.subi(count, one)
    double = arith.muli(width, two)
    begin = arith.muli(arith.divui(index, double), double)
    middle = arith.minui(arith.addi(begin, width), count)
    end = arith.minui(arith.addi(begin, double), count)
    left, right = arith.subi(middle, begin), arith.subi(end, middle)
    diagonal = arith.subi(index, begin)
    low = arith.maxsi(arith.subi(diagonal, right), zero)
    high = arith.minsi(diagonal, left)
    for _ in range(steps):
        half = arith.divui(arith.addi(low, high), two)
        open_ = arith.cmpi(arith.CmpIPredicate.slt, low, high)
        other = arith.subi(arith.subi(arith.addi(middle, diagonal), half), one)
        taken = in_order(_inside(arith.addi(begin, half), last), _inside(other, last))
        low = arith.select(arith.andi(open_, taken), arith.addi(half, one), low)
        closes = arith.andi(open_, arith.xori(taken, arith.constant(taken.type, 1)))
        high = arith.select(closes, half, high)
    from_left = arith.addi(begin, low)
    from_right = arith.addi(middle, arith.subi(diagonal, low))
    has_left = arith.cmpi(arith.CmpIPredicate.slt, from_left, middle)
    no_right = arith.cmpi(arith.CmpIPredicate.sge, from_right, end)
    first = arith.ori(no_right, in_order(_inside(from_left, last), _inside(from_right, last)))
    return arith.select(arith.andi(has_left, first), from_left, _inside(from_right, last))


def _inside(index: ir.Value, last: ir.Value) -> ir.Value:
    """An index that may be read: searches that are over still compute one."""
    return arith.minsi(arith.maxsi(index, index_constant(0)), last)


def _in_order(left: Element, right: Element, descending: bool) -> ir.Value:
    """Whether `left` may stand before `right`: equal elements may, NaN is the largest."""
    ordered = (left >= right) if descending else (left <= right)
    if not is_float(left.dtype):
        return ordered.value
    return (ordered | (left if descending else right).is_nan()).value
