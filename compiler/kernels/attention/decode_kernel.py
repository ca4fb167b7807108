"""Attention for a few queries: keys and values stream through once, for all heads that share them.

A workgroup takes a split of the keys of one key head, block by block: products of each key with
each query summed across lanes, weights with a key in each lane, then values, element by element in
the lanes. It leaves its sums unfinished; a second kernel combines the splits.
Source: "Flash-Decoding for long-context inference", Dao et al. 2023.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit import math_functions
from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index, IndexLike
from tessel.compiler.emit.multiply_accumulate import FLOAT32, to_float32
from tessel.compiler.emit.softmax_exponential import exp
from tessel.compiler.emit.vector import (
    broadcast,
    elements_per_cache_line,
    first_element,
    lane_mask,
    load,
    load_vector,
    loop,
    maximum,
    multiply_add,
    prefetch,
    reduce,
    splat,
    stack_alloc,
    store,
    store_vector,
    sums_of_four,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.attention.operands import (
    INITIAL_MAXIMUM,
    LENGTH,
    AttentionOperands,
    HeadLayout,
    inverse_of_total,
    masked,
)
from tessel.compiler.kernels.attention.problem import DecodeConfiguration
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.dialects.mlir import DYNAMIC, arith, ir
from tessel.dialects.types import ArrayType

_PREFETCH_FROM_ROWS = 4
"""Rows from which the next block is prefetched: a few wait for memory alone, which sees a stream.

32 heads of 4096 keys that 8 heads share take 0.82 to 0.93 of the time, 16 that share none 1.13
(Zen 4, where four products with each key fill the scheduler before the next keys are seen).
"""


def attention_decode(
    problem: AttentionOperands, configuration: DecodeConfiguration
) -> list[ir.Value]:
    """softmax(query @ key^T * scale + mask) @ value for few queries, without a causal mask."""
    batch, queries, keys = problem.sizes()
    value_dim, element = problem.value.head_dim, ir.F32Type.get()
    rows = batch * (problem.query.heads * (queries.static or 0))
    count = DYNAMIC if rows.static is None else rows.static
    sums = ir.RankedTensorType.get([configuration.splits, count, value_dim], element)
    max_and_sum = ir.RankedTensorType.get([configuration.splits, 2, count], element)
    grid = [configuration.splits, batch * problem.key.heads, 1]
    name = "attention_decode_" + "x".join(
        str(n.static or "n") for n in (rows, keys, Index(value_dim))
    )
    unknown = [] if rows.static is not None else [rows.value] * 2
    kernel = _Kernel(problem, configuration).write
    split = dispatch(name, grid, problem.inputs, [sums, max_and_sum], unknown, kernel)
    combined, sizes = _Combine(problem, configuration).write, problem.result_sizes()
    return dispatch(f"{name}_combine", [rows, 1, 1], split, problem.results, sizes, combined)


@dataclass(frozen=True)
class _Kernel:
    problem: AttentionOperands
    configuration: DecodeConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        problem, configuration = self.problem, self.configuration
        _, queries, keys = problem.sizes_inside(inputs)
        assert queries.static is not None, "few queries are of a known number"
        kv_heads = problem.key.heads
        rows = problem.query.heads // kv_heads * queries.static
        element = ir.F32Type.get()
        workgroup = _Workgroup(
            self,
            [buffer.memref for buffer in inputs],
            workgroup_id[1] // kv_heads,
            workgroup_id[1] % kv_heads,
            rows,
            queries.static,
            keys,
            stack_alloc([rows, configuration.padded(problem.query.head_dim)], element),
            stack_alloc([rows, configuration.block_keys], element),
            stack_alloc([rows, configuration.padded(problem.value.head_dim)], element),
            stack_alloc([2, rows], element),
        )
        workgroup.write(workgroup_id[0], *(buffer.memref for buffer in results))


@dataclass(frozen=True)
class _Workgroup:
    """A workgroup: its key head and its memory; `rows` queries use it, `count` a head.

    `queries` holds them scaled, `weights` the scores and weights of a block, `sums` the weighted
    values, and `max_and_sum` the largest score and the sum of weights of each row.
    """

    kernel: _Kernel
    inputs: list[ir.Value]
    batch: Index
    head: Index
    rows: int
    count: int
    keys: Index
    queries: ir.Value
    weights: ir.Value
    sums: ir.Value
    max_and_sum: ir.Value

    def write(self, split: Index, sums: ir.Value, max_and_sum: ir.Value) -> None:
        """Takes split number `split` of the keys into `sums` and `max_and_sum`."""
        configuration, keys = self.kernel.configuration, self.keys
        self._begin()
        length = configuration.split_keys(keys)
        first = (split * length).at_most(keys)
        stop = (first + length).at_most(keys)
        whole = first + (stop - first) // configuration.block_keys * configuration.block_keys
        step = configuration.block_keys
        loop(first, whole, step, [], lambda key, _: self._block(key, Index(step)))
        # The rest, of a size that may differ from split to split, under masks.
        loop(whole, stop, step, [], lambda key, _: self._block(key, stop - key))
        self._end(split, sums, max_and_sum)

    def _row(self, row: Index) -> tuple[Index, Index]:
        """Head and query of a row."""
        problem = self.kernel.problem
        heads = problem.query.heads // problem.key.heads
        return self.head * heads + row // self.count, row % self.count

    def _each_row(self, body: Callable[[Index], None]) -> None:
        loop(0, self.rows, 1, [], lambda row, _: body(row))

    def _vectors(self, size: int) -> list[tuple[int, int]]:
        """First element and count of each vector of `size` elements."""
        lanes = self.kernel.configuration.lanes
        return [(first, min(lanes, size - first)) for first in range(0, size, lanes)]

    def _mask_of(self, count: int) -> ir.Value | None:
        lanes = self.kernel.configuration.lanes
        return tail_mask(count, lanes)

    def _begin(self) -> None:
        problem, lanes, element = (
            self.kernel.problem,
            self.kernel.configuration.lanes,
            ir.F32Type.get(),
        )
        scale = splat(problem.scale, element, lanes)

        def begin(row: Index) -> None:
            head, query = self._row(row)
            for first, count in self._vectors(problem.query.head_dim):
                indices = problem.query.memory_indices(self.batch, head, query, first)
                held = to_float32(load_vector(self.inputs[0], indices, lanes, self._mask_of(count)))
                store_vector(arith.mulf(held, scale), self.queries, [row, first])
            for first, _ in self._vectors(problem.value.head_dim):
                store_vector(zeros(element, lanes), self.sums, [row, first])
            store(_number(INITIAL_MAXIMUM), self.max_and_sum, [0, row])
            store(_number(0.0), self.max_and_sum, [1, row])

        self._each_row(begin)

    def _block(self, first: Index, count: Index) -> None:
        """Takes the first `count` keys of a block into the sums."""
        loop(0, count, 1, [], lambda key, _: self._scores(first, key))
        self._each_row(lambda row: self._softmax_block(row, first, count))
        self._add_values(first, count)

    def _scores(self, first: Index, key: Index) -> None:
        """Products of one key with every row."""
        problem, lanes = self.kernel.problem, self.kernel.configuration.lanes
        vectors = []
        for begin, count in self._vectors(problem.query.head_dim):
            indices = problem.key.memory_indices(self.batch, self.head, first + key, begin)
            held = load_vector(self.inputs[1], indices, lanes, self._mask_of(count))
            vectors.append(to_float32(held))
        self._prefetch_next_block(problem.key, 1, first + key, 0, problem.key.head_dim)
        for first_row in range(0, self.rows, 4):
            rows = range(first_row, min(self.rows, first_row + 4))
            totals = [self._product(row, vectors) for row in rows]
            sums = sums_of_four(totals) if len(rows) == 4 else [reduce("add", x) for x in totals]
            for row, score in zip(rows, sums, strict=True):
                store(score, self.weights, [row, key])

    def _product(self, row: int, key: list[ir.Value]) -> ir.Value:
        """A key, in vectors, times the query of a row: what is left is the sum across lanes."""
        lanes = self.kernel.configuration.lanes
        total = zeros(ir.F32Type.get(), lanes)
        for position, held in enumerate(key):
            query = load_vector(self.queries, [row, lanes * position], lanes)
            total = multiply_add(query, held, total)
        return total

    def _softmax_block(self, row: Index, first: Index, count: Index) -> None:
        """Scores of a block to weights, and the sums to the new largest score."""
        problem, lanes = self.kernel.problem, self.kernel.configuration.lanes
        element = ir.F32Type.get()
        nothing = splat(-np.inf, element, lanes)
        old = load(self.max_and_sum, [0, row])
        scores, largest = [], broadcast(old, lanes)
        for begin in range(0, self.kernel.configuration.block_keys, lanes):
            score = load_vector(self.weights, [row, begin], lanes)
            exists = None
            if count.static is None:
                exists = lane_mask((count - begin).at_least(0), lanes)
            score = self._masked(score, row, first + begin, exists)
            if exists is not None:
                score = arith.select(exists, score, nothing)
            scores.append(score)
            largest = maximum(largest, score)
        top = broadcast(reduce("maximumf", largest), lanes)
        total = zeros(element, lanes)
        for position, score in enumerate(scores):
            weight = exp(arith.subf(score, top))
            store_vector(weight, self.weights, [row, lanes * position])
            total = arith.addf(total, weight)
        correction = exp(arith.subf(broadcast(old, lanes), top))
        for begin, _ in self._vectors(problem.value.head_dim):
            held = load_vector(self.sums, [row, begin], lanes)
            store_vector(arith.mulf(held, correction), self.sums, [row, begin])
        before = arith.mulf(load(self.max_and_sum, [1, row]), first_element(correction))
        store(arith.addf(before, reduce("add", total)), self.max_and_sum, [1, row])
        store(first_element(top), self.max_and_sum, [0, row])

    def _masked(self, score: ir.Value, row: Index, key: Index, exists: ir.Value | None) -> ir.Value:
        """The scores of one row and a vector of keys under the mask."""
        problem = self.kernel.problem
        if problem.mask is None:
            return score
        head, query = self._row(row)
        sizes, indices = ArrayType.of(problem.mask).shape, (self.batch, head, query, key)
        return masked(score, self.inputs[3], sizes, indices, exists)

    def _add_values(self, first: Index, count: Index) -> None:
        """The weighted values of a block, of as many elements as registers hold for all rows.

        All elements of some rows would read values again, for which memory waits.
        """
        problem, lanes, rows = (
            self.kernel.problem,
            self.kernel.configuration.lanes,
            range(self.rows),
        )
        every = self._vectors(problem.value.head_dim)
        rounds = -(-len(every) // max(1, self.kernel.configuration.accumulators // self.rows))
        wide = -(-len(every) // rounds)
        for begin in range(0, len(every), wide):
            vectors = every[begin : begin + wide]
            positions = [[row, column] for row in rows for column, _ in vectors]

            def step(
                key: Index, sums: list[ir.Value], vectors: list[tuple[int, int]] = vectors
            ) -> list[ir.Value]:
                held = []
                for column, size in vectors:
                    indices = problem.value.memory_indices(
                        self.batch, self.head, first + key, column
                    )
                    one = load_vector(self.inputs[2], indices, lanes, self._mask_of(size))
                    held.append(to_float32(one))
                start, size = vectors[0][0], sum(size for _, size in vectors)
                self._prefetch_next_block(problem.value, 2, first + key, start, size)
                weights = [broadcast(load(self.weights, [row, key]), lanes) for row in rows]
                pairs = [(weight, one) for weight in weights for one in held]
                return [multiply_add(*pair, total) for pair, total in zip(pairs, sums)]

            carried = [load_vector(self.sums, position, lanes) for position in positions]
            for position, total in zip(positions, loop(0, count, 1, carried, step)):
                store_vector(total, self.sums, position)

    def _prefetch_next_block(
        self, heads: HeadLayout, number: int, key: Index, start: int, size: int
    ) -> None:
        """Prefetches `size` elements of a key of input `number` in the next block, line by line.

        Memory behind the last one is prefetched, too, which does no harm.
        """
        if self.rows < _PREFETCH_FROM_ROWS:
            return
        array, later = self.inputs[number], key + self.kernel.configuration.block_keys
        for begin in range(start, start + size, elements_per_cache_line(array)):
            prefetch(array, heads.memory_indices(self.batch, self.head, later, begin))

    def _end(self, split: Index, sums: ir.Value, max_and_sum: ir.Value) -> None:
        problem, lanes = self.kernel.problem, self.kernel.configuration.lanes

        def end(row: Index) -> None:
            head, query = self._row(row)
            target = (self.batch * problem.query.heads + head) * self.count + query
            for first, count in self._vectors(problem.value.head_dim):
                held = load_vector(self.sums, [row, first], lanes)
                store_vector(held, sums, [split, target, first], self._mask_of(count))
            for position in (0, 1):
                store(
                    load(self.max_and_sum, [position, row]), max_and_sum, [split, position, target]
                )

        self._each_row(end)


@dataclass(frozen=True)
class _Combine:
    """One row of the result from the splits of its keys."""

    problem: AttentionOperands
    configuration: DecodeConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        problem, lanes, element = self.problem, self.configuration.lanes, ir.F32Type.get()
        heads, queries = problem.query.heads, problem.query.shape[LENGTH] or 1
        sums, max_and_sum = (buffer.memref for buffer in inputs)
        row = workgroup_id[0]
        scores = [
            broadcast(load(max_and_sum, [p, 0, row]), lanes)
            for p in range(self.configuration.splits)
        ]
        top = scores[0]
        for score in scores[1:]:
            top = maximum(top, score)
        factors = [exp(arith.subf(score, top)) for score in scores]
        total = zeros(element, lanes)
        for split, factor in enumerate(factors):
            held = broadcast(load(max_and_sum, [split, 1, row]), lanes)
            total = multiply_add(held, factor, total)
        inverse = inverse_of_total(total)
        head, query = row // queries, row % queries
        for first in range(0, problem.value.head_dim, lanes):
            count = min(lanes, problem.value.head_dim - first)
            mask = tail_mask(count, lanes)
            result = zeros(element, lanes)
            for split, factor in enumerate(factors):
                result = multiply_add(
                    load_vector(sums, [split, row, first], lanes, mask), factor, result
                )
            target = problem.result.memory_indices(head // heads, head % heads, query, first)
            self._store(arith.mulf(result, inverse), results[0].memref, target, mask)
        if problem.logsumexp is not None:
            logarithm = arith.addf(top, math_functions.log(Element(total, FLOAT32)).value)
            store(first_element(logarithm), results[1].memref, [head // heads, head % heads, query])

    def _store(
        self, held: ir.Value, array: ir.Value, indices: list[IndexLike], mask: ir.Value | None
    ) -> None:
        if self.problem.is_bfloat16:
            held = arith.truncf(
                ir.VectorType.get([self.configuration.lanes], ir.BF16Type.get()), held
            )
        store_vector(held, array, indices, mask)


def _number(value: float) -> ir.Value:
    return arith.constant(ir.F32Type.get(), value)
