"""Reductions of rows with the elementwise ops around them: a row stays in the cache until done.

A work-group takes a few rows, one after the other. Each reduction that needs the result of another
is a pass over the row, several vectors at a time with a sum for each; what a pass computes at
great cost and a later one needs is kept in memory, everything else is computed again.

    softmax: pass 1 max(x); pass 2 sum(exp(x - max)), keeping exp; pass 3 exp / sum
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tessel.compiler.analysis.constants import nbytes
from tessel.compiler.analysis.cost import op_cost
from tessel.compiler.analysis.epilogue import COLUMN, MATRIX, ROW, SCALAR, operand_kind
from tessel.compiler.kernels.builder import (
    broadcast,
    load,
    load_vector,
    loop,
    prefetch,
    scratch,
    store,
    store_vector,
    stream_vector,
)
from tessel.compiler.kernels.epilogue import constant_number
from tessel.compiler.kernels.executable import Buffer, Place, dispatch
from tessel.compiler.kernels.exponential import exp
from tessel.compiler.kernels.index import Index
from tessel.compiler.kernels.row_pass import RowPart, Step, Totals, across_lanes, pass_over_row
from tessel.compiler.kernels.row_tiles import RowTiles
from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS, signless
from tessel.compiler.lowering.element import Element, constant, select, signless_type
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.lowering.regroup import collapse, expand
from tessel.dialects.arithmetic import Subtract
from tessel.dialects.exponential import Exp
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceMax
from tessel.dialects.types import ArrayType
from tessel.runtime.arrays import IMPORT_ALIGNMENT

_BOOL = np.dtype(np.bool_)

_RECOMPUTED = 4
"""Operations an element up to which a value is computed again rather than kept."""

_STREAMED = 4 << 20
"""Bytes of results from which they are written past the caches.

Softmax of [1024, 4096] takes 0.72 of the time, layer norm 0.61 (Zen 4, 32 MiB of L3); at 2 MiB a
kernel that reads them next would lose more than is won.
"""


def reduce_rows(ops: list[OpInstance], yielded: list[ir.Value], tiles: RowTiles) -> list[ir.Value]:
    """The values that a fusion of kind "reduction" yields; its axes are the last ones."""
    first = next(op for op in ops if op.cls in REDUCTIONS)
    rows = RowShape.of(first)
    made = {op.result for op in ops}
    operands = [value for op in ops for value in op.operation.operands]
    read = dict.fromkeys(value for value in operands if value not in made)
    inputs = [value for value in read if constant_number(value) is None]
    types = [ArrayType.of(value) for value in yielded]
    targets = [signless(rows.collapsed(one)) for one in types]
    kernel = _Kernel(rows, tiles, ops, inputs, yielded)
    grid = [-(-rows.count // tiles.rows), 1, 1]
    # Each name once: it is the name of a file for LLVM.
    names = "_".join(dict.fromkeys(op.cls.short_name() for op in ops if op.cls in REDUCTIONS))
    name = f"rows_{names}_{rows.count}x{rows.length}"
    tensors = [rows.collapse(value) for value in inputs]
    results = dispatch(name, grid, tensors, targets, [], kernel.write)
    return [rows.expand(new, old) for new, old in zip(results, types, strict=True)]


@dataclass(frozen=True)
class RowShape:
    """An array whose last `columns` dimensions are one row."""

    shape: tuple[int, ...]
    columns: int

    @staticmethod
    def of(reduction: OpInstance) -> "RowShape":
        return RowShape(reduction.operand_types[0].sizes, len(reduction.attributes["axes"]))

    @property
    def count(self) -> int:
        return math.prod(self.shape[: -self.columns])

    @property
    def length(self) -> int:
        return math.prod(self.shape[-self.columns :])

    def kind(self, array: ArrayType) -> str | None:
        """How an array lies along the rows; reduced ones are columns, sizes of 1 or not."""
        if array.shape == self.shape:
            return MATRIX
        if array.shape == self.shape[: -self.columns]:
            return COLUMN if array.rank else SCALAR
        return operand_kind(array, self.shape, self.columns)

    def collapsed(self, array: ArrayType) -> ArrayType:
        kind = self.kind(array)
        shapes = {
            MATRIX: (self.count, self.length),
            ROW: (self.length,),
            COLUMN: (self.count,),
        }
        # What is reduced to one element is still a row of results.
        reduced = (self.count,) if kind == SCALAR and self.count == 1 else array.shape
        return array.with_shape(shapes.get(kind or "", reduced))

    def collapse(self, value: ir.Value) -> ir.Value:
        """An input as the kernel takes it."""
        array = ArrayType.of(value)
        kind, rank = self.kind(array), array.rank
        if kind == SCALAR or rank == 0:
            return value
        if kind != MATRIX:
            return collapse(value, [list(range(rank))])
        lead = rank - self.columns
        if lead <= 0:
            return expand(
                collapse(value, [list(range(rank))]),
                [[0, 1]],
                array.with_shape((1, self.length)),
                [],
            )
        return collapse(value, [list(range(lead)), list(range(lead, rank))])

    def expand(self, value: ir.Value, target: ArrayType) -> ir.Value:
        """A result of the kernel in the shape that the program gives it."""
        kind, rank = self.kind(target), target.rank
        if kind == MATRIX and rank > self.columns:
            lead = rank - self.columns
            return expand(value, [list(range(lead)), list(range(lead, rank))], target, [])
        if kind == MATRIX:
            flat = collapse(value, [[0, 1]])
            return flat if rank == 1 else expand(flat, [list(range(rank))], target, [])
        if rank == 0:
            return collapse(value, [])
        return value if rank == 1 else expand(value, [list(range(rank))], target, [])


@dataclass(frozen=True)
class _Kernel:
    """What one work-group does."""

    rows: RowShape
    tiles: RowTiles
    ops: list[OpInstance]
    inputs: list[ir.Value]
    yielded: list[ir.Value]

    def write(self, inputs: list[Buffer], results: list[Buffer], place: Place) -> None:
        buffers = dict(zip(self.inputs, inputs))
        kept = {
            op.result: scratch([self.padded], signless_type(op.result_type.dtype))
            for op in self._kept_ops()
        }
        first = place[0] * self.tiles.rows

        def one(row: Index, _: Sequence[ir.Value]) -> None:
            _Row(self, buffers, kept, first + row).write(results)

        if self.rows.count % self.tiles.rows == 0:
            loop(0, self.tiles.rows, 1, [], one)
            return
        count = (Index(self.rows.count) - first).at_most(self.tiles.rows)
        loop(0, count, 1, [], one)

    @property
    def padded(self) -> int:
        """The length of a row in whole vectors."""
        return -(-self.rows.length // self.tiles.lanes) * self.tiles.lanes

    def is_full(self, value: ir.Value) -> bool:
        """Whether a value has an element for each of a row."""
        return ArrayType.of(value).shape == self.rows.shape

    @cached_property
    def made(self) -> dict[ir.Value, OpInstance]:
        """The ops by their results."""
        return {op.result: op for op in self.ops}

    @cached_property
    def reductions(self) -> dict[ir.Value, frozenset[ir.Value]]:
        """Each value -> the results of reductions that it is computed from."""
        found: dict[ir.Value, frozenset[ir.Value]] = defaultdict(frozenset)
        for op in self.ops:
            own = {op.result} if op.cls in REDUCTIONS else set()
            found[op.result] = frozenset(own or set().union(*(found[one] for one in op.operands)))
        return found

    def is_softmax_weight(self, op: OpInstance) -> bool:
        """Whether an op is exp(x - max(x)) of float32, whose argument is 0 at most.

        A shorter exponential has it: softmax of [1024, 4096] takes 0.82 of the time and is 8.6e-7
        off in place of 6.3e-7 (normal numbers, relative, Zen 4).
        """
        difference = self.made.get(op.operands[0]) if op.cls is Exp else None
        if difference is None or difference.cls is not Subtract:
            return False
        x, largest = difference.operands
        reduction = self.made.get(largest)
        if reduction is None or reduction.cls is not ReduceMax:
            return False
        return reduction.operands[0] == x and op.result_type.dtype == np.float32

    def _kept_ops(self) -> list[OpInstance]:
        """Ops whose values are worth keeping: the most expensive ones, as many as may be."""
        operations = self._operations()
        full = [op for op in self.ops if op.cls not in REDUCTIONS and self.is_full(op.result)]
        shared = [op for op in full if len({use.owner.operation for use in op.result.uses}) > 1]
        dear = [op for op in shared if operations[op.result] > _RECOMPUTED]
        dear.sort(key=lambda op: operations[op.result], reverse=True)
        return dear[: self.tiles.keeps]

    def _operations(self) -> dict[ir.Value, float]:
        """Each value of the full length -> operations for one element, back to inputs."""
        found: dict[ir.Value, float] = {}
        for op in self.ops:
            if self.is_full(op.result):
                own = (op_cost(op).flops or 0) / max(1, op.result_type.size)
                found[op.result] = own + sum(found.get(one, 0) for one in op.operands)
        return found


@dataclass
class _Row:
    """One row: `scalars` are known of it as a whole, `written` are the kept values there."""

    kernel: _Kernel
    buffers: dict[ir.Value, Buffer]
    kept: dict[ir.Value, ir.Value]
    row: Index
    scalars: dict[ir.Value, Element] = field(default_factory=dict)
    written: set[ir.Value] = field(default_factory=set)
    passes: int = 0

    def write(self, results: list[Buffer]) -> None:
        waiting: list[OpInstance] = []
        for op in self.kernel.ops:
            if op.cls not in REDUCTIONS:
                continue
            if waiting and self.kernel.reductions[op.operands[0]] - set(self.scalars):
                self._reduce(waiting)
                waiting = []
            waiting.append(op)
        self._reduce(waiting)
        pairs = list(zip(self.kernel.yielded, results, strict=True))
        full = [pair for pair in pairs if self.kernel.is_full(pair[0])]
        if full:
            self._store(full)
        for value, buffer in pairs:
            if not self.kernel.is_full(value):
                store(self._scalar(value).value, buffer.memref, [self.row])

    def _scalar(self, value: ir.Value) -> Element:
        """A value of the whole row."""
        if value not in self.scalars:
            op, dtype = self.kernel.made.get(value), ArrayType.of(value).dtype
            number = constant_number(value)
            if number is not None:
                self.scalars[value] = constant(number, dtype)
            elif op is None:
                buffer = self.buffers[value]
                place = (
                    [self.row] if self._kind(value) == COLUMN else [Index(0)] * len(buffer.shape)
                )
                self.scalars[value] = Element(load(buffer.memref, place), dtype)
            else:
                operands = [self._scalar(one) for one in op.operands]
                self.scalars[value] = ELEMENT_FUNCTIONS[op.cls](*operands, **op.attributes)
        return self.scalars[value]

    def _kind(self, value: ir.Value) -> str | None:
        return self.kernel.rows.kind(ArrayType.of(value))

    def _prepare(self, roots: Sequence[ir.Value]) -> None:
        """Computes the scalars that vectors of `roots` need, before the loop over the row."""
        seen: set[ir.Value] = set()
        waiting = list(roots)
        while waiting:
            value = waiting.pop()
            if value in seen:
                continue
            seen.add(value)
            op = self.kernel.made.get(value)
            if self._kind(value) in (COLUMN, SCALAR):
                self._scalar(value)
            elif op is not None and value not in self.written:
                waiting += op.operands

    def _vector(self, value: ir.Value, at: RowPart, known: dict[ir.Value, Element]) -> Element:
        """Elements of `value` at a place of the row."""
        if value in known:
            return known[value]
        op, dtype = self.kernel.made.get(value), ArrayType.of(value).dtype
        if self._kind(value) in (COLUMN, SCALAR):
            scalar = self._scalar(value)
            result = scalar.with_value(broadcast(scalar.value, at.lanes))
        elif value in self.written:
            result = Element(load_vector(self.kept[value], [at.column], at.lanes), dtype)
        elif op is None:
            place = [at.column] if self._kind(value) == ROW else [self.row, at.column]
            result = Element(
                load_vector(self.buffers[value].memref, place, at.lanes, at.mask), dtype
            )
        else:
            operands = [self._vector(one, at, known) for one in op.operands]
            if self.kernel.is_softmax_weight(op):
                result = operands[0].with_value(exp(operands[0].value))
            else:
                result = ELEMENT_FUNCTIONS[op.cls](*operands, **op.attributes)
            if value in self.kept:
                store_vector(result.value, self.kept[value], [at.column])
        known[value] = result
        return result

    def _reduce(self, reductions: list[OpInstance]) -> None:
        """One pass over the row."""
        operands = [op.operands[0] for op in reductions]
        self._prepare(operands)
        combiners = [REDUCTIONS[op.cls] for op in reductions]
        dtypes = [op.result_type.dtype for op in reductions]
        starts = [combiner.start(dtype) for combiner, dtype in zip(combiners, dtypes)]
        begin = [broadcast(start.value, self.kernel.tiles.lanes) for start in starts]

        def step(at: RowPart, totals: list[ir.Value]) -> list[ir.Value]:
            known: dict[ir.Value, Element] = {}
            results = []
            for operand, combiner, start, total in zip(operands, combiners, starts, totals):
                held = self._vector(operand, at, known)
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

        tiles = self.kernel.tiles
        totals = pass_over_row(self.kernel.rows.length, tiles, begin, self._fetching(step), join)
        for op, total in zip(reductions, across_lanes(totals, tiles.lanes, join)):
            self.scalars[op.result] = Element(total, op.result_type.dtype)
        self._mark_written(operands)

    def _mark_written(self, roots: Sequence[ir.Value]) -> None:
        """Notes which kept values a pass over `roots` has computed."""
        seen: set[ir.Value] = set()
        waiting = list(roots)
        while waiting:
            value = waiting.pop()
            op = self.kernel.made.get(value)
            if op is None or op.cls in REDUCTIONS or value in self.written or value in seen:
                continue
            seen.add(value)
            waiting += op.operands
        self.written |= seen & set(self.kept)

    def _store(self, pairs: list[tuple[ir.Value, Buffer]]) -> None:
        """The last pass: results of the full length."""
        self._prepare([value for value, _ in pairs])
        aligned = all(self._is_aligned(value) for value, _ in pairs)
        streams = aligned and sum(nbytes(value) for value, _ in pairs) >= _STREAMED

        def step(at: RowPart, _: list[ir.Value]) -> list[ir.Value]:
            known: dict[ir.Value, Element] = {}
            for value, buffer in pairs:
                result, place = self._vector(value, at, known), [self.row, at.column]
                if streams and at.mask is None:
                    stream_vector(result.value, buffer.memref, place)
                else:
                    store_vector(result.value, buffer.memref, place, at.mask)
            return []

        pass_over_row(self.kernel.rows.length, self.kernel.tiles, [], step, lambda x, y: [])

    def _is_aligned(self, value: ir.Value) -> bool:
        """Whether all rows begin where a vector can be written past the caches."""
        return self.kernel.rows.length * ArrayType.of(value).dtype.itemsize % IMPORT_ALIGNMENT == 0

    def _fetching(self, step: Step) -> Step:
        """`step`, in the second pass with a request for the same place of the next row.

        The second pass finds its row in the cache, so memory would wait for it: softmax of
        [1024, 4096] takes 0.85 of the time with it, layer norm 0.98 (Zen 4).
        """
        self.passes += 1
        if self.passes != 2:
            return step

        def fetching(at: RowPart, totals: Totals) -> Totals:
            row = (self.row + 1).at_most(self.kernel.rows.count - 1)
            for value, buffer in self.buffers.items():
                if self._kind(value) == MATRIX:
                    prefetch(buffer.memref, [row, at.column])
            return step(at, totals)

        return fetching
