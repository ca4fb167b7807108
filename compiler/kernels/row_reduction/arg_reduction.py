"""The index of the largest or smallest element of each row.

Each lane keeps its best element and the index of that; at the end those of all lanes are compared.
The first of equal elements wins, and the first NaN before all others, as in NumPy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.element import Element, cast, constant, select
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import (
    broadcast,
    lane_ids,
    load_vector,
    loop,
    splat,
    store,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.row_reduction.loop import RowSlice, across_lanes, pass_over_row
from tessel.compiler.kernels.row_reduction.problem import RowConfiguration
from tessel.dialects.mlir import arith, ir

_INT32, _INT64, _BOOL = (np.dtype(one) for one in (np.int32, np.int64, np.bool_))


def arg_reduce_rows(rows: ir.Value, *, largest: bool, configuration: RowConfiguration) -> ir.Value:
    """Indices [M], int64, in rows [M, N] of float32."""
    count, length = ir.RankedTensorType(rows.type).shape
    target = ir.RankedTensorType.get([count], ir.IntegerType.get_signless(64))
    name = f"rows_{'argmax' if largest else 'argmin'}_{count}x{length}"
    body = _Kernel(count, length, largest, configuration).write
    return dispatch(name, [-(-count // configuration.rows), 1, 1], [rows], [target], [], body)[0]


@dataclass(frozen=True)
class _Best:
    """Elements, and their indices as int32."""

    element: Element
    index: Element

    @property
    def values(self) -> list[ir.Value]:
        return [self.element.value, self.index.value]


@dataclass(frozen=True)
class _Kernel:
    count: int
    length: int
    largest: bool
    configuration: RowConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        first = workgroup_id[0] * self.configuration.rows
        stop = (Index(self.count) - first).at_most(self.configuration.rows)

        def one(row: Index, _: Sequence[ir.Value]) -> None:
            best = self._row(inputs[0].memref, first + row)
            store(cast(best, _INT64).value, results[0].memref, [first + row])

        loop(0, stop, 1, [], one)

    def _row(self, array: ir.Value, row: Index) -> Element:
        """The index in one row."""
        lanes = self.configuration.lanes
        integer = ir.IntegerType.get_signless(32)
        lost = constant(-np.inf if self.largest else np.inf, np.dtype(np.float32))
        none = Element(splat(np.iinfo(np.int32).max, integer, lanes), _INT32)
        start = _Best(Element(broadcast(lost.value, lanes), lost.dtype), none)

        def take(part: RowSlice, values: list[ir.Value]) -> list[ir.Value]:
            best = self._best(values)
            held = load_vector(array, [row, part.column], lanes, part.mask)
            offset = arith.index_cast(integer, part.column.value)
            here = Element(arith.addi(broadcast(offset, lanes), lane_ids(lanes)), _INT32)
            new = Element(held, lost.dtype)
            # Before the first element wins, none has an index: one that only equals wins.
            first = best.index.equals(none) & new.equals(best.element)
            wins = self._beats(new, best.element) | first
            if part.mask is not None:
                wins = wins & Element(part.mask, _BOOL)
            return [select(wins, new, best.element).value, select(wins, here, best.index).value]

        def join(one: list[ir.Value], other: list[ir.Value]) -> list[ir.Value]:
            return self._better(self._best(one), self._best(other)).values

        totals = pass_over_row(self.length, self.configuration, start.values, take, join)
        _, index = across_lanes(totals, lanes, join)
        return Element(index, _INT32)

    def _best(self, values: Sequence[ir.Value]) -> _Best:
        return _Best(Element(values[0], np.dtype(np.float32)), Element(values[1], _INT32))

    def _beats(self, new: Element, old: Element) -> Element:
        """Whether an element wins over one before it: better, or NaN after a number."""
        better = new > old if self.largest else new < old
        return better | (new.is_nan() & ~old.is_nan())

    def _better(self, one: _Best, other: _Best) -> _Best:
        """The better of two in each lane; of equal ones the first."""
        alike = one.element.equals(other.element) | (one.element.is_nan() & other.element.is_nan())
        wins = self._beats(other.element, one.element) | (alike & (other.index < one.index))
        element = select(wins, other.element, one.element)
        return _Best(element, select(wins, other.index, one.index))
