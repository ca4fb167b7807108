"""Values of one row, written where they are wanted: scalars of it, vectors of a part."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tessel.compiler.analysis.epilogue import COLUMN, MATRIX, ROW, SCALAR
from tessel.compiler.emit.element import Element, constant, select
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.softmax_exponential import exp
from tessel.compiler.emit.vector import (
    broadcast,
    load,
    load_vector,
    prefetch,
    store,
    store_nontemporal,
    store_vector,
)
from tessel.compiler.kernels.dispatch import Buffer
from tessel.compiler.kernels.epilogue import constant_number
from tessel.compiler.kernels.row_reduction.loop import (
    Accumulators,
    RowSlice,
    across_lanes,
    pass_over_row,
)
from tessel.compiler.kernels.row_reduction.schedule import RowSchedule
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.lowering.registry import element_functions
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceSum
from tessel.dialects.types import ArrayType
from tessel.dialects.uses import backward_slice

_BOOL = np.dtype(np.bool_)


@dataclass(frozen=True)
class RowArrays:
    """Memory of the inputs, of values that are cached of one row, and of what is yielded."""

    inputs: dict[ir.Value, Buffer]
    cached: dict[ir.Value, ir.Value]
    results: list[tuple[ir.Value, Buffer]]


@dataclass
class RowEvaluator:
    """One row: `scalars` are known of it as a whole, `written` are the cached values there."""

    schedule: RowSchedule
    arrays: RowArrays
    row: Index
    scalars: dict[ir.Value, Element] = field(default_factory=dict)
    written: set[ir.Value] = field(default_factory=set)

    def reduce(self, last: "RowEvaluator | None" = None) -> list[ir.Value]:
        """All passes but that of `store`; beside the final one the row `last` is stored.

        Returns the results of all reductions, with which `reduced_to` continues elsewhere.
        """
        for number, reductions in enumerate(self.schedule.passes, 1):
            is_final = number == len(self.schedule.passes)
            self._reduce(reductions, last if is_final else None, prefetches=number == 2)
        for value, buffer in self.arrays.results:
            if not self.schedule.is_full(value):
                store(self._scalar(value).value, buffer.memref, [self.row])
        return [self.scalars[op.result].value for op in self._reductions]

    def reduced_to(self, results: list[ir.Value]) -> "RowEvaluator":
        """This row where `reduce` has been done and gave `results`."""
        for op, value in zip(self._reductions, results, strict=True):
            self.scalars[op.result] = Element(value, op.result_type.dtype)
        self._mark_written([op.operands[0] for op in self._reductions])
        return self

    def store(self) -> None:
        """The last pass: results of the full length."""
        if not self._full_results:
            return
        self._evaluate_scalars([value for value, _ in self._full_results])

        def step(at: RowSlice, _: Accumulators) -> Accumulators:
            self._store_vectors(self._result_vectors(at), at)
            return []

        pass_over_row(
            self.schedule.rows.length, self.schedule.configuration, [], step, lambda x, y: []
        )

    @cached_property
    def _reductions(self) -> list[OpInstance]:
        return [op for reductions in self.schedule.passes for op in reductions]

    @cached_property
    def _full_results(self) -> list[tuple[ir.Value, Buffer]]:
        return [pair for pair in self.arrays.results if self.schedule.is_full(pair[0])]

    def _scalar(self, value: ir.Value) -> Element:
        """A value of the whole row."""
        if value not in self.scalars:
            op, dtype = self.schedule.made.get(value), ArrayType.of(value).dtype
            number = constant_number(value)
            if number is not None:
                self.scalars[value] = constant(number, dtype)
            elif op is None:
                buffer = self.arrays.inputs[value]
                indices = (
                    [self.row] if self._kind(value) == COLUMN else [Index(0)] * len(buffer.shape)
                )
                self.scalars[value] = Element(load(buffer.memref, indices), dtype)
            else:
                operands = [self._scalar(one) for one in op.operands]
                self.scalars[value] = element_functions()[op.cls](*operands, **op.attributes)
        return self.scalars[value]

    def _kind(self, value: ir.Value) -> str | None:
        return self.schedule.rows.kind(ArrayType.of(value))

    def _evaluate_scalars(self, roots: Sequence[ir.Value]) -> None:
        """Computes the scalars that vectors of `roots` need, before the loop over the row."""

        def sources(value: ir.Value) -> list[ir.Value]:
            op = self.schedule.made.get(value)
            is_scalar = self._kind(value) in (COLUMN, SCALAR)
            return [] if op is None or is_scalar or value in self.written else op.operands

        for value in backward_slice(roots, sources):
            if self._kind(value) in (COLUMN, SCALAR):
                self._scalar(value)

    def _vector(self, value: ir.Value, at: RowSlice, known: dict[ir.Value, Element]) -> Element:
        """Elements of `value` in a part of the row."""
        if value in known:
            return known[value]
        op, dtype = self.schedule.made.get(value), ArrayType.of(value).dtype
        if self._kind(value) in (COLUMN, SCALAR):
            scalar = self._scalar(value)
            result = scalar.with_value(broadcast(scalar.value, at.lanes))
        elif value in self.written:
            result = Element(load_vector(self.arrays.cached[value], [at.column], at.lanes), dtype)
        elif op is None:
            indices = [at.column] if self._kind(value) == ROW else [self.row, at.column]
            result = Element(
                load_vector(self.arrays.inputs[value].memref, indices, at.lanes, at.mask), dtype
            )
        else:
            operands = [self._vector(one, at, known) for one in op.operands]
            if self.schedule.is_softmax_weight(op):
                result = operands[0].with_value(exp(operands[0].value))
            else:
                result = element_functions()[op.cls](*operands, **op.attributes)
            if value in self.arrays.cached:
                store_vector(result.value, self.arrays.cached[value], [at.column])
        known[value] = result
        return result

    def _reduce(
        self, reductions: list[OpInstance], last: "RowEvaluator | None", *, prefetches: bool
    ) -> None:
        """One pass over the row."""
        operands = [op.operands[0] for op in reductions]
        self._evaluate_scalars(operands)
        if last:
            last._evaluate_scalars([value for value, _ in last._full_results])
        combiners = [REDUCTIONS[op.cls] for op in reductions]
        dtypes = [op.result_type.dtype for op in reductions]
        starts = [combiner.start(dtype) for combiner, dtype in zip(combiners, dtypes)]
        begin = [broadcast(start.value, self.schedule.configuration.lanes) for start in starts]

        def step(at: RowSlice, totals: list[ir.Value]) -> list[ir.Value]:
            if prefetches:
                self._prefetch_next_row(at)
            # What is cached of the last row is read before this row's is written over it.
            finished = last._result_vectors(at) if last else []
            known: dict[ir.Value, Element] = {}
            vectors = [self._vector(operand, at, known) for operand in operands]
            if last:
                # Behind the loads: one with the low 12 bits of a store before it waits for that,
                # and rows of 16 KiB have them alike: 960 us instead of 550 (Zen 4).
                last._store_vectors(finished, at)
            results = []
            for held, combiner, start, total in zip(vectors, combiners, starts, totals):
                if at.mask is not None:
                    exists = Element(at.mask, _BOOL)
                    held = select(exists, held, start.spread(held))
                results.append(combiner.combine(held.with_value(total), held).value)
            return results

        def join(x: list[ir.Value], y: list[ir.Value]) -> list[ir.Value]:
            return [
                combiner.combine(Element(a, dtype), Element(b, dtype)).value
                for combiner, dtype, a, b in zip(combiners, dtypes, x, y)
            ]

        configuration = self.schedule.configuration
        length, adds = self.schedule.rows.length, any(op.cls is ReduceSum for op in reductions)
        totals = pass_over_row(length, configuration, begin, step, join, in_blocks=adds)
        for op, total in zip(reductions, across_lanes(totals, configuration.lanes, join)):
            self.scalars[op.result] = Element(total, op.result_type.dtype)
        self._mark_written(operands)

    def _mark_written(self, roots: Sequence[ir.Value]) -> None:
        """Notes which cached values a pass over `roots` has computed."""
        self.written |= self.schedule.reached(roots) & set(self.arrays.cached)

    def _result_vectors(self, at: RowSlice) -> list[ir.Value]:
        """Results of the full length in a part of the row."""
        known: dict[ir.Value, Element] = {}
        return [self._vector(value, at, known).value for value, _ in self._full_results]

    def _store_vectors(self, vectors: list[ir.Value], at: RowSlice) -> None:
        for vector, (_, buffer) in zip(vectors, self._full_results, strict=True):
            indices = [self.row, at.column]
            if self.schedule.stores_nontemporally and at.mask is None:
                store_nontemporal(vector, buffer.memref, indices)
            else:
                store_vector(vector, buffer.memref, indices, at.mask)

    def _prefetch_next_row(self, at: RowSlice) -> None:
        """Prefetches the same part of the next row, in the second pass.

        That finds its row in the cache, so memory would wait for it: softmax of [1024, 4096] takes
        0.85 of the time with it, layer norm 0.98 (Zen 4).
        """
        row = (self.row + 1).at_most(self.schedule.rows.count - 1)
        for value, buffer in self.arrays.inputs.items():
            if self._kind(value) == MATRIX:
                prefetch(buffer.memref, [row, at.column])
