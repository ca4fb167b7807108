"""One block of keys, taken into the sums of a block of queries that lie in the lanes of vectors.

    scores^T [keys, queries] = key [keys, D] x query^T [D, queries]
    weights^T = exp(scores^T - largest), with the largest and the sum of each query in a lane
    result^T [E, queries] = result^T * correction + value^T [E, keys] x weights^T [keys, queries]

Both products read keys and values where they lie, one element for all lanes, and nothing is summed
across lanes. Of bfloat16 the products are those of pairs (`dot_product.py`): of two depths, which
are neighbours in a key, and of two keys, whose values are put side by side once a block. Scores,
weights' sums and results are float32; weights are rounded for the second product alone.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tessel.compiler.emit.index import Index, IndexLike
from tessel.compiler.emit.multiply_accumulate import (
    add_product,
    group_of,
    in_all_lanes,
    load_group,
    load_panel,
    store_panel,
)
from tessel.compiler.emit.softmax_exponential import LOG2_E, exp, exp2
from tessel.compiler.emit.vector import (
    broadcast,
    counting,
    greater,
    interleave,
    lane_mask,
    load_vector,
    loop,
    scratch,
    splat,
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

    `turned` is query^T, `scores` and `weights` those of a block, transposed, `sums` the result^T,
    and `state` holds the largest score and the sum of weights of each query. `turned` and `weights`
    are panels of `group` rows; `pairs` holds the values of a block in pairs of keys. `start` is a
    multiple of `alignment`.
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
    group: int
    turned: ir.Value
    scores: ir.Value
    weights: ir.Value
    pairs: ir.Value | None
    sums: ir.Value
    state: ir.Value

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
        group, wide = group_of(dtype), ir.F32Type.get()
        element = wide if group == 1 else ir.BF16Type.get()
        depth, width = problem.query.depth, problem.value.depth
        # A tile may be of more keys than are left.
        rows = max(configuration.rows, configuration.rows_of(1))
        keys = -(-configuration.block_keys // rows) * rows
        scores = scratch([keys, configuration.queries], wide)
        weights, pairs = scores, None
        if group > 1:
            weights = scratch(
                [configuration.block_keys // group, configuration.queries * group], element
            )
            pairs = scratch(
                [configuration.block_keys // group, _padded(width, configuration) * group], element
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
            group,
            scratch([depth // group, configuration.queries * group], element),
            scores,
            weights,
            pairs,
            scratch([width, configuration.queries], wide),
            scratch([2, configuration.queries], wide),
        )

    def narrowed(self) -> "Workspace":
        """For the queries of the first vector alone."""
        configuration = replace(self.configuration, vectors=1, rows=self.configuration.rows_of(1))
        return replace(self, configuration=configuration)

    @property
    def query_factor(self) -> float:
        """What queries are multiplied by when they are turned, where that is not rounded again."""
        return self._factor if self.group == 1 else 1.0

    @property
    def score_factor(self) -> float:
        """What scores are multiplied by."""
        return 1.0 if self.group == 1 else self._factor

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
class KeyBlock:
    """`count` keys from `first` on, for the queries of `columns`.

    In the columns `hidden` the causal mask may hide some. Where `count` is dynamic
    the last tile may reach beyond; it takes the last key again, which changes no largest score.
    """

    workspace: Workspace
    first: Index
    count: Index
    columns: range
    hidden: Collection[int]

    def write(self) -> None:
        """Takes the keys into the sums."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        before = [load_vector(workspace.state, [0, column], lanes) for column in self.columns]
        largest = self._tiles(self.count, before, self._scores)
        corrections = [self._weight(old, new) for old, new in zip(before, largest)]
        totals = [
            arith.mulf(load_vector(workspace.state, [1, column], lanes), correction)
            for column, correction in zip(self.columns, corrections)
        ]
        totals = self._weigh(largest, totals)
        for column, top, total in zip(self.columns, largest, totals):
            store_vector(top, workspace.state, [0, column])
            store_vector(total, workspace.state, [1, column])
        value = self._values()
        self._tiles(
            Index(workspace.problem.value.depth),
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
        step = self.workspace.configuration.rows_of(len(self.columns))
        if count.static is None:
            return loop(0, count, step, carried, lambda row, values: tile(row, step, values))
        whole = count.static // step * step
        values = loop(0, whole, step, carried, lambda row, values: tile(row, step, values))
        rest = count.static - whole
        return tile(Index(whole), rest, values) if rest else values

    def _scores(self, row: Index, rows: int, largest: list[ir.Value]) -> list[ir.Value]:
        """Scores of `rows` keys, into memory; returns the largest of each query so far."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        problem, group = workspace.problem, workspace.group
        shared = problem.query.heads // problem.key.heads
        keys = [self._key(row + i) for i in range(rows)]

        def key(i: int, step: Index) -> ir.Value:
            indices = problem.key.memory_indices(
                workspace.batch, workspace.head // shared, keys[i], step * group
            )
            return in_all_lanes(load_group(workspace.inputs[1], indices, group), lanes)

        begin = [zeros(ir.F32Type.get(), lanes)] * (rows * len(self.columns))
        steps = Index(problem.query.depth // group)
        sums = self._multiply(rows, steps, begin, key, workspace.turned)
        for position, (i, column) in enumerate(self._rows_and_columns(rows)):
            score = self._masked(self._scaled(sums[position]), keys[i], column)
            store_vector(score, workspace.scores, [row + i, column])
            which = position % len(self.columns)
            largest[which] = greater(largest[which], score)
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
        lanes, group = self.workspace.configuration.lanes, self.workspace.group

        def step(k: Index, sums: list[ir.Value]) -> list[ir.Value]:
            vectors = [load_panel(panel, [k, column], lanes, group) for column in self.columns]
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
        if column in self.hidden:
            # Lane i is query + i: it sees the key when i >= key - query.
            integer = ir.IntegerType.get_signless(32)
            difference = arith.index_cast(integer, (key - query).value)
            counts = counting(lanes)
            sees = arith.cmpi(arith.CmpIPredicate.sge, counts, broadcast(difference, lanes))
            score = arith.select(sees, score, splat(-np.inf, ir.F32Type.get(), lanes))
        return score

    def _weigh(self, largest: list[ir.Value], totals: list[ir.Value]) -> list[ir.Value]:
        """Scores to weights, `group` keys at a time; adds them to the totals."""
        group = self.workspace.group
        whole = self.count // group * group

        def weigh(row: Index, keys: int, totals: list[ir.Value]) -> list[ir.Value]:
            return [self._weigh_keys(row, keys, *one) for one in zip(self.columns, largest, totals)]

        totals = loop(0, whole, group, totals, lambda row, sums: weigh(row, group, sums))
        if group == 1:
            return totals
        return loop(whole, self.count, group, totals, lambda row, sums: weigh(row, 1, sums))

    def _weigh_keys(
        self, row: Index, keys: int, column: int, top: ir.Value, total: ir.Value
    ) -> ir.Value:
        """The weights of `keys` keys, at most a group, and one vector of queries."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        scores = [load_vector(workspace.scores, [row + i, column], lanes) for i in range(keys)]
        weights = [self._weight(score, top) for score in scores]
        for weight in weights:
            total = arith.addf(total, weight)
        weights += [zeros(ir.F32Type.get(), lanes)] * (workspace.group - keys)
        store_panel(weights, workspace.weights, [row // workspace.group, column])
        return total

    def _weight(self, score: ir.Value, largest: ir.Value) -> ir.Value:
        """exp(score - largest)"""
        difference = arith.subf(score, largest)
        return exp2(difference) if self.workspace.problem.is_binary else exp(difference)

    def _values(self) -> Callable[[Index, Index], ir.Value]:
        """`value(depth, step)`: the values at a depth of `group` keys, in all lanes."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        pairs = workspace.pairs
        if pairs is not None:
            self._pair_values(pairs)
            return lambda depth, step: in_all_lanes(load_group(pairs, [step, depth * 2], 2), lanes)

        def value(depth: Index, step: Index) -> ir.Value:
            return in_all_lanes(load_group(workspace.inputs[2], self._value(step, depth), 1), lanes)

        return value

    def _value(self, row: Index, depth: IndexLike) -> list[IndexLike]:
        """The indices of a value of the block."""
        workspace, problem = self.workspace, self.workspace.problem
        head = workspace.head // (problem.query.heads // problem.value.heads)
        return problem.value.memory_indices(workspace.batch, head, self.first + row, depth)

    def _pair_values(self, pairs: ir.Value) -> None:
        """Puts the values of two keys side by side, depth by depth; zeros beyond the last key."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        width, whole = workspace.problem.value.depth, self.count // 2 * 2

        def pair(row: Index, keys: int) -> None:
            for depth in range(0, width, lanes):
                mask = tail_mask(width - depth, lanes)
                first, second = (
                    load_vector(workspace.inputs[2], self._value(row + i, depth), lanes, mask)
                    if i < keys
                    else zeros(ir.BF16Type.get(), lanes)
                    for i in range(2)
                )
                store_vector(interleave(first, second), pairs, [row // 2, 2 * depth])

        loop(0, whole, 2, [], lambda row, _: pair(row, 2))
        loop(whole, self.count, 2, [], lambda row, _: pair(row, 1))

    def _results(
        self,
        row: Index,
        rows: int,
        value: Callable[[Index, Index], ir.Value],
        corrections: list[ir.Value],
    ) -> list[ir.Value]:
        """Adds the block's values, weighted, to `rows` depths of the result."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        held = [
            load_vector(workspace.sums, [row + i, c], lanes)
            for i, c in self._rows_and_columns(rows)
        ]
        begin = [arith.mulf(*pair) for pair in zip(held, corrections * rows)]
        steps = self.count.ceildiv(workspace.group)
        sums = self._multiply(rows, steps, begin, lambda i, k: value(row + i, k), workspace.weights)
        for (i, column), total in zip(self._rows_and_columns(rows), sums):
            store_vector(total, workspace.sums, [row + i, column])
        return []


def _padded(width: int, configuration: AttentionConfiguration) -> int:
    return -(-width // configuration.lanes) * configuration.lanes
