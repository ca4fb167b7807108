"""One block of keys, taken into the sums of a block of queries, one query a lane.

    scores^T [keys, queries] = key [keys, D] x query^T [D, queries]
    weights^T = exp(scores^T - largest), with the largest and the sum of each query in a lane
    result^T [E, queries] = result^T * correction + value^T [E, keys] x weights^T [keys, queries]

Both products read keys and values in place, one element for all lanes, and nothing is summed
across lanes. Of bfloat16 the products are those of pairs (`multiply_accumulate.py`): of two
neighbours of a key, and of two keys, whose values are put side by side once a block. Scores,
weights' sums and results are float32; weights are rounded for the second product alone.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tessel.compiler.emit.index import Index, IndexLike
from tessel.compiler.emit.multiply_accumulate import (
    add_product,
    broadcast_kr_elements,
    kr_of,
    load_kr_elements,
    load_panel,
    store_panel,
)
from tessel.compiler.emit.softmax_exponential import LOG2_E, exp, exp2
from tessel.compiler.emit.vector import (
    broadcast,
    interleave,
    lane_ids,
    lane_mask,
    load_vector,
    loop,
    maximum,
    splat,
    stack_alloc,
    store_vector,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.attention.operands import AttentionOperands, masked
from tessel.compiler.kernels.attention.problem import AttentionConfiguration
from tessel.dialects.mlir import arith, ir
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class Workspace:
    """What a workgroup works on: a head's queries from `start` on, and its memory.

    `transposed` is query^T, `scores` and `weights` those of a block, transposed, `sums` the
    result^T, and `max_and_sum` holds the largest score and the sum of weights of each query.
    `transposed` and `weights` are panels of `kr` rows; `interleaved_values` holds the values of
    a block in pairs of keys. `start` is a multiple of `alignment`.
    """

    problem: AttentionOperands
    configuration: AttentionConfiguration
    inputs: list[ir.Value]
    batch: Index
    head: Index
    start: Index
    queries: Index
    keys: Index
    alignment: int
    kr: int
    transposed: ir.Value
    scores: ir.Value
    weights: ir.Value
    interleaved_values: ir.Value | None
    sums: ir.Value
    max_and_sum: ir.Value

    @staticmethod
    def allocate(
        problem: AttentionOperands,
        configuration: AttentionConfiguration,
        inputs: list[ir.Value],
        batch: Index,
        head: Index,
        start: Index,
        sizes: tuple[Index, Index],
    ) -> "Workspace":
        """With memory on the stack; `sizes` are the numbers of queries and keys."""
        dtype = ArrayType.of(problem.query.tensor_type).dtype
        kr, wide = kr_of(dtype), ir.F32Type.get()
        element = wide if kr == 1 else ir.BF16Type.get()
        head_dim, value_dim = problem.query.head_dim, problem.value.head_dim
        # A tile may be of more keys than are left.
        rows = max(configuration.mr, configuration.mr_of(1))
        keys = -(-configuration.block_keys // rows) * rows
        scores = stack_alloc([keys, configuration.queries], wide)
        weights, pairs = scores, None
        if kr > 1:
            weights = stack_alloc(
                [configuration.block_keys // kr, configuration.queries * kr], element
            )
            pairs = stack_alloc(
                [configuration.block_keys // kr, _padded(value_dim, configuration) * kr],
                element,
            )
        return Workspace(
            problem,
            configuration,
            inputs,
            batch,
            head,
            start,
            *sizes,
            configuration.queries,
            kr,
            stack_alloc([head_dim // kr, configuration.queries * kr], element),
            scores,
            weights,
            pairs,
            stack_alloc([value_dim, configuration.queries], wide),
            stack_alloc([2, configuration.queries], wide),
        )

    def of_one_vector(self) -> "Workspace":
        """For the queries of the first vector alone."""
        configuration = replace(self.configuration, vectors=1, mr=self.configuration.mr_of(1))
        return replace(self, configuration=configuration)

    @property
    def query_factor(self) -> float:
        """What queries are multiplied by when transposed, where that is not rounded again."""
        return self._factor if self.kr == 1 else 1.0

    @property
    def score_factor(self) -> float:
        """What scores are multiplied by."""
        return 1.0 if self.kr == 1 else self._factor

    @property
    def _factor(self) -> float:
        return self.problem.scale * (LOG2_E if self.problem.is_binary else 1.0)

    @property
    def is_ragged(self) -> bool:
        """Whether the last block may have fewer queries."""
        known = self.queries.static
        return known is None or known % self.configuration.queries != 0

    def columns(self) -> range:
        """The first lane of each vector of queries."""
        return range(0, self.configuration.queries, self.configuration.lanes)


@dataclass(frozen=True)
class KvBlock:
    """`count` keys from `first` on, for the queries of `columns`.

    In `causal_columns` the causal mask may hide some. Where `count` is dynamic
    the last tile may reach beyond; it takes the last key again, which changes no largest score.
    """

    workspace: Workspace
    first: Index
    count: Index
    columns: range
    causal_columns: Collection[int]

    def write(self) -> None:
        """Takes the keys into the sums."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        before = [load_vector(workspace.max_and_sum, [0, column], lanes) for column in self.columns]
        largest = self._tiles(self.count, before, self._scores)
        corrections = [self._weight(old, new) for old, new in zip(before, largest)]
        totals = [
            arith.mulf(load_vector(workspace.max_and_sum, [1, column], lanes), correction)
            for column, correction in zip(self.columns, corrections)
        ]
        totals = self._softmax_block(largest, totals)
        for column, top, total in zip(self.columns, largest, totals):
            store_vector(top, workspace.max_and_sum, [0, column])
            store_vector(total, workspace.max_and_sum, [1, column])
        value = self._values()
        self._tiles(
            Index(workspace.problem.value.head_dim),
            [],
            lambda row, rows, _: self._results(row, rows, value, corrections),
        )

    def _tiles(
        self,
        count: Index,
        carried: Sequence[ir.Value],
        tile: Callable[[Index, int, list[ir.Value]], list[ir.Value]],
    ) -> list[ir.Value]:
        """`tile(row, rows, carried)` over `count` rows, as many at once as registers hold."""
        step = self.workspace.configuration.mr_of(len(self.columns))
        if count.static is None:
            return loop(0, count, step, carried, lambda row, values: tile(row, step, values))
        whole = count.static // step * step
        values = loop(0, whole, step, carried, lambda row, values: tile(row, step, values))
        rest = count.static - whole
        return tile(Index(whole), rest, values) if rest else values

    def _scores(self, row: Index, rows: int, largest: list[ir.Value]) -> list[ir.Value]:
        """Scores of `rows` keys, into memory; returns the largest of each query so far."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        problem, kr = workspace.problem, workspace.kr
        queries_per_kv_head = problem.query.heads // problem.key.heads
        keys = [self._key(row + i) for i in range(rows)]

        def key(i: int, step: Index) -> ir.Value:
            indices = problem.key.memory_indices(
                workspace.batch, workspace.head // queries_per_kv_head, keys[i], step * kr
            )
            return broadcast_kr_elements(load_kr_elements(workspace.inputs[1], indices, kr), lanes)

        begin = [zeros(ir.F32Type.get(), lanes)] * (rows * len(self.columns))
        steps = Index(problem.query.head_dim // kr)
        sums = self._multiply(rows, steps, begin, key, workspace.transposed)
        for position, (i, column) in enumerate(self._rows_and_columns(rows)):
            score = self._masked(self._scaled(sums[position]), keys[i], column)
            store_vector(score, workspace.scores, [row + i, column])
            which = position % len(self.columns)
            largest[which] = maximum(largest[which], score)
        return largest

    def _key(self, row: Index) -> Index:
        """The key of a row, or the last one."""
        key = self.first + row
        return key if self.count.static is not None else key.at_most(self.workspace.keys - 1)

    def _rows_and_columns(self, rows: int) -> list[tuple[int, int]]:
        return [(i, column) for i in range(rows) for column in self.columns]

    def _multiply(
        self,
        rows: int,
        steps: Index,
        begin: list[ir.Value],
        scalar: Callable[[int, Index], ir.Value],
        panel: ir.Value,
    ) -> list[ir.Value]:
        """begin + [rows, steps] x panel [steps, queries]; `scalar(row, step)` is in all lanes."""
        lanes, kr = self.workspace.configuration.lanes, self.workspace.kr

        def step(k: Index, sums: list[ir.Value]) -> list[ir.Value]:
            vectors = [load_panel(panel, [k, column], lanes, kr) for column in self.columns]
            pairs = [(scalar(i, k), one) for i in range(rows) for one in vectors]
            return [add_product(*pair, total) for pair, total in zip(pairs, sums)]

        return loop(0, steps, 1, begin, step)

    def _scaled(self, score: ir.Value) -> ir.Value:
        factor = self.workspace.score_factor
        if factor == 1:
            return score
        return arith.mulf(
            score, splat(factor, ir.F32Type.get(), self.workspace.configuration.lanes)
        )

    def _masked(self, score: ir.Value, key: Index, column: int) -> ir.Value:
        """The scores of one key and a vector of queries under the masks."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        query = workspace.start + column
        mask = workspace.problem.mask
        if mask is not None:
            sizes = ArrayType.of(mask).shape
            exists = None
            if sizes[3] != 1 and workspace.is_ragged:
                exists = lane_mask((workspace.queries - query).at_least(0), lanes)
            indices = (workspace.batch, workspace.head, key, query)
            score = masked(score, workspace.inputs[3], sizes, indices, exists)
        if column in self.causal_columns:
            # Lane i is query + i: it sees the key when i >= key - query.
            integer = ir.IntegerType.get_signless(32)
            difference = arith.index_cast(integer, (key - query).value)
            counts = lane_ids(lanes)
            sees = arith.cmpi(arith.CmpIPredicate.sge, counts, broadcast(difference, lanes))
            score = arith.select(sees, score, splat(-np.inf, ir.F32Type.get(), lanes))
        return score

    def _softmax_block(self, largest: list[ir.Value], totals: list[ir.Value]) -> list[ir.Value]:
        """Scores to weights, `kr` keys at a time; adds them to the totals."""
        kr = self.workspace.kr
        whole = self.count // kr * kr

        def weigh(row: Index, keys: int, totals: list[ir.Value]) -> list[ir.Value]:
            return [
                self._softmax_keys(row, keys, *one) for one in zip(self.columns, largest, totals)
            ]

        totals = loop(0, whole, kr, totals, lambda row, sums: weigh(row, kr, sums))
        if kr == 1:
            return totals
        return loop(whole, self.count, kr, totals, lambda row, sums: weigh(row, 1, sums))

    def _softmax_keys(
        self, row: Index, keys: int, column: int, top: ir.Value, total: ir.Value
    ) -> ir.Value:
        """The weights of `keys` keys, KR at most, and one vector of queries."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        scores = [load_vector(workspace.scores, [row + i, column], lanes) for i in range(keys)]
        weights = [self._weight(score, top) for score in scores]
        for weight in weights:
            total = arith.addf(total, weight)
        weights += [zeros(ir.F32Type.get(), lanes)] * (workspace.kr - keys)
        store_panel(weights, workspace.weights, [row // workspace.kr, column])
        return total

    def _weight(self, score: ir.Value, largest: ir.Value) -> ir.Value:
        """exp(score - largest)"""
        difference = arith.subf(score, largest)
        return exp2(difference) if self.workspace.problem.is_binary else exp(difference)

    def _values(self) -> Callable[[Index, Index], ir.Value]:
        """`value(d, step)`: element d of the values of `kr` keys, in all lanes."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        pairs = workspace.interleaved_values
        if pairs is not None:
            self._interleave_values(pairs)
            return lambda d, step: broadcast_kr_elements(
                load_kr_elements(pairs, [step, d * 2], 2), lanes
            )

        def value(d: Index, step: Index) -> ir.Value:
            return broadcast_kr_elements(
                load_kr_elements(workspace.inputs[2], self._value(step, d), 1), lanes
            )

        return value

    def _value(self, row: Index, d: IndexLike) -> list[IndexLike]:
        """The indices of a value of the block."""
        workspace, problem = self.workspace, self.workspace.problem
        head = workspace.head // (problem.query.heads // problem.value.heads)
        return problem.value.memory_indices(workspace.batch, head, self.first + row, d)

    def _interleave_values(self, pairs: ir.Value) -> None:
        """Interleaves the values of two keys, element by element; zeros beyond the last key."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        value_dim, whole = workspace.problem.value.head_dim, self.count // 2 * 2

        def pair(row: Index, keys: int) -> None:
            for d in range(0, value_dim, lanes):
                mask = tail_mask(value_dim - d, lanes)
                first, second = (
                    load_vector(workspace.inputs[2], self._value(row + i, d), lanes, mask)
                    if i < keys
                    else zeros(ir.BF16Type.get(), lanes)
                    for i in range(2)
                )
                store_vector(interleave(first, second), pairs, [row // 2, 2 * d])

        loop(0, whole, 2, [], lambda row, _: pair(row, 2))
        loop(whole, self.count, 2, [], lambda row, _: pair(row, 1))

    def _results(
        self,
        row: Index,
        rows: int,
        value: Callable[[Index, Index], ir.Value],
        corrections: list[ir.Value],
    ) -> list[ir.Value]:
        """Adds the block's values, weighted, to `rows` rows of result^T."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        held = [
            load_vector(workspace.sums, [row + i, c], lanes)
            for i, c in self._rows_and_columns(rows)
        ]
        begin = [arith.mulf(*pair) for pair in zip(held, corrections * rows)]
        steps = self.count.ceildiv(workspace.kr)
        sums = self._multiply(rows, steps, begin, lambda i, k: value(row + i, k), workspace.weights)
        for (i, column), total in zip(self._rows_and_columns(rows), sums):
            store_vector(total, workspace.sums, [row + i, column])
        return []


def _padded(size: int, configuration: AttentionConfiguration) -> int:
    return -(-size // configuration.lanes) * configuration.lanes
