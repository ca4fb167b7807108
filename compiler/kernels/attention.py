"""Attention without its scores in memory, for many queries: FlashAttention with queries in lanes.

A work-group takes the queries of one block of one head, transposed once, so that a vector holds one
depth of many queries. Then, for one block of keys after the other:

    scores^T [keys, queries] = key [keys, D] x query^T [D, queries]
    weights^T = exp(scores^T - largest), with the largest and the sum of each query in a lane
    result^T [E, queries] = result^T * correction + value^T [E, keys] x weights^T [keys, queries]

Both products read keys and values where they lie, one element for all lanes, and nothing is summed
across lanes. The result is divided by the sums and transposed at the end.
Source: Dao et al. 2022 and 2023, "FlashAttention" 1 and 2; Milakov and Gimelshein 2018, "Online
normalizer calculation for softmax".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.kernels.attention_operands import (
    LOWEST,
    AttentionOperands,
    inverse_of_total,
    masked,
)
from tessel.compiler.kernels.attention_tiles import AttentionTiles
from tessel.compiler.kernels.builder import (
    broadcast,
    counting,
    first_lanes,
    greater,
    load,
    load_vector,
    loop,
    multiply_add,
    scratch,
    splat,
    store_vector,
    tail_mask,
    when,
    zeros,
)
from tessel.compiler.kernels.executable import Buffer, Place, dispatch
from tessel.compiler.kernels.exponential import LOG2_E, exp2
from tessel.compiler.kernels.index import Index, IndexLike
from tessel.compiler.kernels.transpose import transpose_square
from tessel.dialects.mlir import arith, ir
from tessel.dialects.types import ArrayType


def attention(problem: AttentionOperands, tiles: AttentionTiles) -> ir.Value:
    """softmax(query @ key^T * scale + mask) @ value, head by head."""
    batch, heads, queries, depth = problem.query.shape
    grid = [-(-queries // tiles.queries), batch * heads, 1]
    name = f"attention_{batch * heads}x{queries}x{problem.key.shape[2]}x{depth}"
    body = _Kernel(problem, tiles).write
    return dispatch(name, grid, problem.inputs, [problem.result.tensor_type], [], body)[0]


@dataclass(frozen=True)
class _Kernel:
    problem: AttentionOperands
    tiles: AttentionTiles

    @property
    def is_binary(self) -> bool:
        """Whether scores are multiplied by log2(e), so that weights are powers of 2.

        Not where a mask is added: products with its very large numbers would be infinite.
        """
        mask = self.problem.mask
        return mask is None or ArrayType.of(mask).dtype == np.bool_

    def write(self, inputs: list[Buffer], results: list[Buffer], place: Place) -> None:
        problem, tiles = self.problem, self.tiles
        _, heads, queries, _ = problem.query.shape
        blocks = -(-queries // tiles.queries)
        block = _alternating(place[0], blocks) if problem.causal else place[0]
        element = ir.F32Type.get()
        group = _Group(
            self,
            [buffer.memref for buffer in inputs],
            results[0].memref,
            place[1] // heads,
            place[1] % heads,
            block * tiles.queries,
            scratch([problem.depth, tiles.queries], element),
            scratch([tiles.block_keys, tiles.queries], element),
            scratch([problem.value.shape[3], tiles.queries], element),
            scratch([2, tiles.queries], element),
        )
        group.write()


@dataclass(frozen=True)
class _Group:
    """A work-group: its head, its first query, and its memory.

    `turned` is query^T, `weights` the scores^T and weights^T of a block, `sums` the result^T, and
    `state` holds the largest score and the sum of weights of each query.
    """

    kernel: _Kernel
    inputs: list[ir.Value]
    result: ir.Value
    batch: Index
    head: Index
    start: Index
    turned: ir.Value
    weights: ir.Value
    sums: ir.Value
    state: ir.Value

    def write(self) -> None:
        self._turn_queries()
        self._clear()
        problem, step = self.kernel.problem, self.kernel.tiles.block_keys
        keys = problem.key.shape[2]
        whole = keys // step * step
        limit = Index(keys)
        if problem.causal:
            limit = (self.start + self.kernel.tiles.queries).at_most(keys)
        last = (limit + (step - 1)).at_most(whole) if problem.causal else Index(whole)
        loop(0, last, step, [], lambda first, _: self._block(first, step))
        if keys > whole and problem.causal:
            when(Index(whole).is_less(limit), lambda: self._block(Index(whole), keys - whole))
        elif keys > whole:
            self._block(Index(whole), keys - whole)
        self._finish()

    def _turn_queries(self) -> None:
        """query^T * scale; beyond the last query, that one again."""
        problem, lanes = self.kernel.problem, self.kernel.tiles.lanes
        factor = problem.scale * (LOG2_E if self.kernel.is_binary else 1.0)
        scale = splat(factor, ir.F32Type.get(), lanes)
        queries = problem.query.shape[2]

        def square(first: Index, depth: IndexLike, count: int) -> None:
            mask = tail_mask(count, lanes)
            rows = []
            for row in range(lanes):
                query = (self.start + first + row).at_most(queries - 1)
                place = problem.query.place(self.batch, self.head, query, depth)
                rows.append(arith.mulf(load_vector(self.inputs[0], place, lanes, mask), scale))
            for row, turned in enumerate(transpose_square(rows)[:count]):
                store_vector(turned, self.turned, [row + depth, first])

        self._squares(problem.depth, square)

    def _squares(self, depth: int, square: Callable[[Index, IndexLike, int], None]) -> None:
        """Calls `square(query, depth, depths)` for each square of lanes."""
        tiles = self.kernel.tiles
        whole = depth // tiles.lanes * tiles.lanes

        def column(first: Index, _: Sequence[ir.Value]) -> None:
            loop(0, whole, tiles.lanes, [], lambda d, _: square(first, d, tiles.lanes))
            if depth > whole:
                square(first, Index(whole), depth - whole)

        loop(0, tiles.queries, tiles.lanes, [], column)

    def _clear(self) -> None:
        tiles, element = self.kernel.tiles, ir.F32Type.get()
        zero = zeros(element, tiles.lanes)
        lowest = splat(LOWEST, element, tiles.lanes)
        for column in self._columns():
            store_vector(lowest, self.state, [0, column])
            store_vector(zero, self.state, [1, column])

        def clear(row: Index, _: Sequence[ir.Value]) -> None:
            for column in self._columns():
                store_vector(zero, self.sums, [row, column])

        loop(0, self.kernel.problem.value.shape[3], 1, [], clear)

    def _columns(self) -> range:
        """The first lane of each vector of queries."""
        return range(0, self.kernel.tiles.queries, self.kernel.tiles.lanes)

    def _block(self, first: Index, count: int) -> None:
        """Takes `count` keys from `first` on into the sums."""
        lanes = self.kernel.tiles.lanes
        before = [load_vector(self.state, [0, column], lanes) for column in self._columns()]
        largest = self._tiles(
            count, before, lambda row, rows, so_far: self._scores(first, row, rows, so_far)
        )
        corrections = [self._weight(old, new) for old, new in zip(before, largest)]
        totals = [
            arith.mulf(load_vector(self.state, [1, column], lanes), correction)
            for column, correction in zip(self._columns(), corrections)
        ]

        def weigh(row: Index, sums: list[ir.Value]) -> list[ir.Value]:
            added = []
            for column, top, total in zip(self._columns(), largest, sums):
                score = load_vector(self.weights, [row, column], lanes)
                weight = self._weight(score, top)
                store_vector(weight, self.weights, [row, column])
                added.append(arith.addf(total, weight))
            return added

        totals = loop(0, count, 1, totals, weigh)
        for column, top, total in zip(self._columns(), largest, totals):
            store_vector(top, self.state, [0, column])
            store_vector(total, self.state, [1, column])
        self._tiles(
            self.kernel.problem.value.shape[3],
            [],
            lambda row, rows, _: self._results(first, row, rows, count, corrections),
        )

    def _weight(self, score: ir.Value, largest: ir.Value) -> ir.Value:
        """exp(score - largest)"""
        difference = arith.subf(score, largest)
        if self.kernel.is_binary:
            return exp2(difference)
        return exp2(
            arith.mulf(difference, splat(LOG2_E, ir.F32Type.get(), self.kernel.tiles.lanes))
        )

    def _tiles(
        self,
        count: int,
        carried: Sequence[ir.Value],
        tile: Callable[[Index, int, list[ir.Value]], list[ir.Value]],
    ) -> list[ir.Value]:
        """`tile(row, rows, carried)` over `count` rows, as many at once as registers hold."""
        step = self.kernel.tiles.rows
        whole = count // step * step
        values = loop(0, whole, step, carried, lambda row, values: tile(row, step, values))
        return tile(Index(whole), count - whole, values) if count > whole else values

    def _scores(
        self, first: Index, row: Index, rows: int, largest: list[ir.Value]
    ) -> list[ir.Value]:
        """Scores of `rows` keys, into memory; returns the largest of each query so far."""
        problem, lanes = self.kernel.problem, self.kernel.tiles.lanes
        heads = problem.query.shape[1] // problem.key.shape[1]

        def key(i: int, depth: IndexLike) -> ir.Value:
            place = problem.key.place(self.batch, self.head // heads, first + row + i, depth)
            return broadcast(load(self.inputs[1], place), lanes)

        begin = [zeros(ir.F32Type.get(), lanes)] * (rows * len(self._columns()))
        sums = self._multiply(rows, problem.depth, begin, key, self.turned)
        for position, (i, column) in enumerate(self._places(rows)):
            score = self._masked(sums[position], first + row + i, column)
            store_vector(score, self.weights, [row + i, column])
            which = column // lanes
            largest[which] = greater(largest[which], score)
        return largest

    def _places(self, rows: int) -> list[tuple[int, int]]:
        return [(i, column) for i in range(rows) for column in self._columns()]

    def _multiply(
        self,
        rows: int,
        depth: int,
        begin: list[ir.Value],
        scalar: Callable[[int, IndexLike], ir.Value],
        matrix: ir.Value,
    ) -> list[ir.Value]:
        """begin + [rows, depth] x matrix [depth, queries]; `scalar(row, k)` is in all lanes."""
        lanes = self.kernel.tiles.lanes

        def step(k: Index, sums: list[ir.Value]) -> list[ir.Value]:
            vectors = [load_vector(matrix, [k, column], lanes) for column in self._columns()]
            pairs = [(scalar(i, k), one) for i in range(rows) for one in vectors]
            return [multiply_add(*pair, total) for pair, total in zip(pairs, sums)]

        return loop(0, depth, 1, begin, step)

    def _masked(self, score: ir.Value, key: Index, column: int) -> ir.Value:
        """The scores of one key and a vector of queries under the masks."""
        problem, lanes = self.kernel.problem, self.kernel.tiles.lanes
        nothing = splat(-np.inf, ir.F32Type.get(), lanes)
        query = self.start + column
        if problem.mask is not None:
            sizes = ArrayType.of(problem.mask).sizes
            exists = None
            if sizes[3] % self.kernel.tiles.queries:
                exists = first_lanes((Index(sizes[3]) - query).at_least(0), lanes)
            place = (self.batch, self.head, key, query)
            score = masked(score, self.inputs[3], sizes, place, exists)
        if problem.causal:
            # Lane i is query + i: it sees the key when i >= key - query.
            integer = ir.IntegerType.get_signless(32)
            difference = arith.index_cast(integer, (key - query).value)
            counts = counting(lanes)
            sees = arith.cmpi(arith.CmpIPredicate.sge, counts, broadcast(difference, lanes))
            score = arith.select(sees, score, nothing)
        return score

    def _results(
        self, first: Index, row: Index, rows: int, count: int, corrections: list[ir.Value]
    ) -> list[ir.Value]:
        """Adds `count` values, weighted, to `rows` depths of the result."""
        problem, lanes = self.kernel.problem, self.kernel.tiles.lanes
        heads = problem.query.shape[1] // problem.value.shape[1]

        def value(i: int, key: IndexLike) -> ir.Value:
            place = problem.value.place(self.batch, self.head // heads, first + key, row + i)
            return broadcast(load(self.inputs[2], place), lanes)

        held = [load_vector(self.sums, [row + i, c], lanes) for i, c in self._places(rows)]
        begin = [arith.mulf(*pair) for pair in zip(held, corrections * rows)]
        sums = self._multiply(rows, count, begin, value, self.weights)
        for (i, column), total in zip(self._places(rows), sums):
            store_vector(total, self.sums, [row + i, column])
        return []

    def _finish(self) -> None:
        """Divides by the sums of weights and writes the result, query by query."""
        problem, lanes = self.kernel.problem, self.kernel.tiles.lanes
        queries, depth = problem.query.shape[2], problem.value.shape[3]
        ragged = queries % self.kernel.tiles.queries != 0
        zero = zeros(ir.F32Type.get(), lanes)

        def square(first: Index, begin: IndexLike, count: int) -> None:
            total = load_vector(self.state, [1, first], lanes)
            factor = inverse_of_total(total)
            columns = [
                arith.mulf(load_vector(self.sums, [begin + row, first], lanes), factor)
                for row in range(count)
            ]
            columns += [zero] * (lanes - count)
            mask = tail_mask(count, lanes)
            for lane, written in enumerate(transpose_square(columns)):
                query = self.start + first + lane
                place = problem.result.place(self.batch, self.head, query, begin)
                self._write(written, place, mask, query if ragged else None)

        self._squares(depth, square)

    def _write(
        self, row: ir.Value, place: list[IndexLike], mask: ir.Value | None, query: Index | None
    ) -> None:
        if query is None:
            store_vector(row, self.result, place, mask)
            return
        exists = query.is_less(self.kernel.problem.query.shape[2])
        when(exists, lambda: store_vector(row, self.result, place, mask))


def _alternating(position: Index, count: int) -> Index:
    """0, count - 1, 1, count - 2, ...: neighbours have as much to do under a causal mask.

    Threads get neighbouring units, and the last queries have the most keys.
    """
    half = position // 2
    return half + position % 2 * (Index(count - 1) - half - half)
