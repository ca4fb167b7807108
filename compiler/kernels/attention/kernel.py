"""Attention without its scores in memory, for many queries: FlashAttention with queries in lanes.

A workgroup takes the queries of one block of one head, transposed once, so that a vector holds one
element of many queries. Then it takes in one block of keys after the other (`block.py`),
with the largest score and the sum of weights of each query in a lane. The result is divided by the
sums and transposed at the end.

Under a causal mask keys come in three parts: those that all queries see, in whole blocks without
the mask; then the diagonal, in pieces, each for the queries that see any of its keys; or, where
keys end within the diagonal, what is left of them with the mask everywhere.
Source: Dao et al. 2022 and 2023, "FlashAttention" 1 and 2; Milakov and Gimelshein 2018, "Online
normalizer calculation for softmax".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tessel.compiler.emit import math_functions
from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index, IndexLike
from tessel.compiler.emit.multiply_accumulate import FLOAT32, store_panel, to_bfloat16, to_float32
from tessel.compiler.emit.register_transpose import transpose_square
from tessel.compiler.emit.softmax_exponential import LOG2_E
from tessel.compiler.emit.vector import (
    if_else,
    if_then,
    lane_mask,
    load_vector,
    loop,
    splat,
    store_vector,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.attention.block import KvBlock, Workspace
from tessel.compiler.kernels.attention.operands import (
    INITIAL_MAXIMUM,
    AttentionOperands,
    inverse_of_total,
)
from tessel.compiler.kernels.attention.problem import AttentionConfiguration
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.dialects.mlir import arith, ir

_PIECE = 2
"""Vectors of a piece of the diagonal.

12x512x64 takes 1 / 1.87 of the time without a mask; with pieces of 1 vector 1 / 1.92, but compiling
takes a third longer; in one piece of 4 vectors 1 / 1.77.
"""


def attention(problem: AttentionOperands, configuration: AttentionConfiguration) -> list[ir.Value]:
    """softmax(query @ key^T * scale + mask) @ value, head by head; and the sums' logarithms."""
    batch, queries, keys = problem.sizes()
    heads = batch * problem.query.heads
    grid = [queries.ceildiv(configuration.queries), heads, 1]
    sizes = [heads, queries, keys, Index(problem.query.head_dim)]
    name = "attention_" + "x".join(str(size.static or "n") for size in sizes)
    body = _Kernel(problem, configuration).write
    return dispatch(name, grid, problem.inputs, problem.results, problem.result_sizes(), body)


@dataclass(frozen=True)
class _Kernel:
    problem: AttentionOperands
    configuration: AttentionConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        problem, configuration = self.problem, self.configuration
        _, queries, keys = problem.sizes_inside(inputs)
        blocks = queries.ceildiv(configuration.queries)
        block = _alternating(workgroup_id[0], blocks) if problem.causal else workgroup_id[0]
        workspace = Workspace.allocate(
            problem,
            configuration,
            [buffer.memref for buffer in inputs],
            workgroup_id[1] // problem.query.heads,
            workgroup_id[1] % problem.query.heads,
            block * configuration.queries,
            (queries, keys),
        )
        memrefs = [buffer.memref for buffer in results]
        full = _Workgroup(workspace, memrefs)
        if not _may_end_with_one_vector(queries, configuration):
            full.write()
            return
        one_vector = _Workgroup(workspace.of_one_vector(), memrefs)
        last = (queries - configuration.lanes).is_less(workspace.start + 1)
        if_else(last, one_vector.write, full.write)


def _may_end_with_one_vector(queries: Index, configuration: AttentionConfiguration) -> bool:
    """Whether the last block of queries may be of one vector at most, where others are of more.

    One query then takes a quarter of the time, which is most of it where there is no other.
    """
    if queries.static is None:
        return configuration.vectors > 1
    return (
        configuration.vectors > 1
        and 0 < queries.static % configuration.queries <= configuration.lanes
    )


@dataclass(frozen=True)
class _Workgroup:
    """A workgroup: what it works on, and where its results go."""

    workspace: Workspace
    results: list[ir.Value]

    def write(self) -> None:
        self._transpose_queries()
        self._clear()
        if self.workspace.problem.causal:
            self._causal_keys()
        else:
            self._all_keys()
        self._finish()

    def _all_keys(self) -> None:
        step, keys = self.workspace.configuration.block_keys, self.workspace.keys
        whole = keys // step * step
        loop(0, whole, step, [], lambda first, _: self._block(first, step))
        loop(whole, keys, step, [], lambda first, _: self._block(first, keys - first))

    def _causal_keys(self) -> None:
        configuration, keys, start = (
            self.workspace.configuration,
            self.workspace.keys,
            self.workspace.start,
        )
        seen = start.at_most(keys)
        whole = seen // configuration.block_keys * configuration.block_keys
        loop(
            0,
            whole,
            configuration.block_keys,
            [],
            lambda first, _: self._block(first, configuration.block_keys),
        )
        # Where blocks of queries do not begin where blocks of keys do.
        common = math.gcd(configuration.block_keys, self.workspace.alignment)
        if common < configuration.block_keys:
            seen = seen // common * common
            loop(whole, seen, common, [], lambda first, _: self._block(first, common))
            whole = seen
        diagonal = start + configuration.queries
        if_then((keys + 1).is_greater(diagonal), self._diagonal)
        if self._has_whole_diagonals():
            return
        ends = Index(arith.select(diagonal.is_greater(keys), keys.value, whole.value))
        causal_columns = self.workspace.columns()

        def rest(first: Index, _: Sequence[ir.Value]) -> None:
            count = (ends - first).at_most(configuration.block_keys)
            KvBlock(self.workspace, first, count, causal_columns, causal_columns).write()

        loop(whole, ends, configuration.block_keys, [], rest)

    def _has_whole_diagonals(self) -> bool:
        """Whether there is known to be a key beside each query of all blocks."""
        workspace = self.workspace
        queries, keys, block = (
            workspace.queries.static,
            workspace.keys.static,
            workspace.configuration.queries,
        )
        return queries is not None and keys is not None and -(-queries // block) * block <= keys

    def _diagonal(self) -> None:
        """The keys beside the queries: none is seen by the queries before it."""
        workspace = self.workspace
        columns, lanes = workspace.columns(), workspace.configuration.lanes
        for first in range(0, len(columns), _PIECE):
            causal_columns = columns[first : first + _PIECE]
            begin, count = workspace.start + causal_columns[0], Index(lanes * len(causal_columns))
            KvBlock(workspace, begin, count, columns[first:], causal_columns).write()

    def _block(self, first: Index, count: IndexLike) -> None:
        """`count` keys that all queries see."""
        count = count if isinstance(count, Index) else Index(count)
        KvBlock(self.workspace, first, count, self.workspace.columns(), ()).write()

    def _transpose_queries(self) -> None:
        """query^T * scale; beyond the last query, that one again."""
        workspace = self.workspace
        problem, lanes = workspace.problem, workspace.configuration.lanes
        scale = splat(workspace.query_factor, ir.F32Type.get(), lanes)

        def square(first: Index, d: IndexLike, count: int) -> None:
            mask = tail_mask(count, lanes)
            rows = []
            for row in range(lanes):
                query = (workspace.start + first + row).at_most(workspace.queries - 1)
                indices = problem.query.memory_indices(workspace.batch, workspace.head, query, d)
                held = to_float32(load_vector(workspace.inputs[0], indices, lanes, mask))
                rows.append(held if workspace.query_factor == 1 else arith.mulf(held, scale))
            transposed = transpose_square(rows)[:count]
            for row in range(0, count, workspace.kr):
                indices = [(d + row) // workspace.kr, first]
                store_panel(transposed[row : row + workspace.kr], workspace.transposed, indices)

        self._squares(problem.query.head_dim, square)

    def _squares(self, size: int, square: Callable[[Index, IndexLike, int], None]) -> None:
        """Calls `square(query, first, count)` for each square of lanes."""
        configuration = self.workspace.configuration
        whole = size // configuration.lanes * configuration.lanes

        def column(first: Index, _: Sequence[ir.Value]) -> None:
            loop(
                0,
                whole,
                configuration.lanes,
                [],
                lambda d, _: square(first, d, configuration.lanes),
            )
            if size > whole:
                square(first, Index(whole), size - whole)

        loop(0, configuration.queries, configuration.lanes, [], column)

    def _clear(self) -> None:
        workspace, element = self.workspace, ir.F32Type.get()
        zero = zeros(element, workspace.configuration.lanes)
        lowest = splat(INITIAL_MAXIMUM, element, workspace.configuration.lanes)
        for column in workspace.columns():
            store_vector(lowest, workspace.max_and_sum, [0, column])
            store_vector(zero, workspace.max_and_sum, [1, column])

        def clear(row: Index, _: Sequence[ir.Value]) -> None:
            for column in workspace.columns():
                store_vector(zero, workspace.sums, [row, column])

        loop(0, workspace.problem.value.head_dim, 1, [], clear)

    def _finish(self) -> None:
        """Divides by the sums of weights and writes the result, query by query."""
        workspace = self.workspace
        problem, lanes = workspace.problem, workspace.configuration.lanes
        zero = zeros(ir.F32Type.get(), lanes)

        def square(first: Index, begin: IndexLike, count: int) -> None:
            total = load_vector(workspace.max_and_sum, [1, first], lanes)
            factor = inverse_of_total(total)
            columns = [
                arith.mulf(load_vector(workspace.sums, [begin + row, first], lanes), factor)
                for row in range(count)
            ]
            columns += [zero] * (lanes - count)
            mask = tail_mask(count, lanes)
            for lane, written in enumerate(transpose_square(columns)):
                query = workspace.start + first + lane
                indices = problem.result.memory_indices(
                    workspace.batch, workspace.head, query, begin
                )
                self._write(written, indices, mask, query)

        self._squares(problem.value.head_dim, square)
        if problem.logsumexp is not None:
            self._finish_logsumexp()

    def _write(
        self, row: ir.Value, indices: list[IndexLike], mask: ir.Value | None, query: Index
    ) -> None:
        workspace, result = self.workspace, self.results[0]
        held = to_bfloat16(row) if workspace.problem.is_bfloat16 else row
        if workspace.is_ragged:
            exists = query.is_less(workspace.queries)
            if_then(exists, lambda: store_vector(held, result, indices, mask))
        else:
            store_vector(held, result, indices, mask)

    def _finish_logsumexp(self) -> None:
        """The logarithms of the sums of exponentials: the largest score's share, and the rest."""
        workspace, lanes = self.workspace, self.workspace.configuration.lanes
        ratio = 1 / LOG2_E if workspace.problem.is_binary else 1.0
        for column in workspace.columns():
            largest, total = (
                load_vector(workspace.max_and_sum, [i, column], lanes) for i in (0, 1)
            )
            logarithm = math_functions.log(Element(total, FLOAT32)).value
            scaled = arith.mulf(largest, splat(ratio, ir.F32Type.get(), lanes))
            query = workspace.start + column
            exists = None
            if workspace.is_ragged:
                exists = lane_mask((workspace.queries - query).at_least(0), lanes)
            indices = [workspace.batch, workspace.head, query]
            store_vector(arith.addf(scaled, logarithm), self.results[1], indices, exists)


def _alternating(position: Index, count: Index) -> Index:
    """0, count - 1, 1, count - 2, ...: neighbours have as much to do under a causal mask.

    Threads get neighbouring workgroups, and the last queries have the most keys.
    """
    half = position // 2
    return half + position % 2 * (count - 1 - half - half)
