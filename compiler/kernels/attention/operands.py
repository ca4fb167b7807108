"""The operands of attention in memory, and what its kernels for many and few queries share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.index import Index, IndexLike, as_index
from tessel.compiler.emit.multiply_accumulate import to_float32
from tessel.compiler.emit.vector import broadcast, load, load_vector, splat, zeros
from tessel.compiler.kernels.dispatch import Buffer
from tessel.compiler.lowering.base import dim
from tessel.dialects.mlir import arith, ir
from tessel.dialects.types import ArrayType, Dimension, bfloat16

INITIAL_MAXIMUM = float(np.finfo(np.float32).min)
"""The largest score so far of a query that has seen no key: with it none becomes NaN."""

BATCH, HEADS, LENGTH, HEAD_DIM = range(4)
"""The dimensions of queries, keys, values and results."""

Indices = tuple[int, int, int, int]
"""One number for each of B, H, S and D."""


@dataclass(frozen=True)
class HeadLayout:
    """An array [B, H, S, D] whose dimensions have another order in memory, or a part of one.

    `order` says which dimension of the memory each of B, H, S and D is; a part, whose sizes are
    static, begins at `starts`.
    """

    tensor_type: ir.Type
    shape: tuple[Dimension, Dimension, Dimension, Dimension]
    order: Indices = (0, 1, 2, 3)
    starts: Indices = (0, 0, 0, 0)

    @staticmethod
    def whole(tensor_type: ir.Type, order: Indices = (0, 1, 2, 3)) -> "HeadLayout":
        """All of an array."""
        sizes = ArrayType.of(tensor_type).shape
        b, h, s, d = (sizes[axis] for axis in order)
        return HeadLayout(tensor_type, (b, h, s, d), order)

    @property
    def heads(self) -> int:
        return self._static(HEADS)

    @property
    def head_dim(self) -> int:
        return self._static(HEAD_DIM)

    def size(self, dimension: int, tensor: ir.Value) -> Index:
        """The size of a dimension of `tensor`, where the kernel is called."""
        known = self.shape[dimension]
        return Index(dim(tensor, self.order[dimension]) if known is None else known)

    def size_inside(self, dimension: int, buffer: Buffer) -> Index:
        """The size of a dimension, in the kernel."""
        known = self.shape[dimension]
        return buffer.shape[self.order[dimension]] if known is None else Index(known)

    def memory_indices(self, *indices: IndexLike) -> list[IndexLike]:
        """The memory's indices of element (b, h, s, d)."""
        shifted = [as_index(index) + start for index, start in zip(indices, self.starts)]
        by_axis = dict(zip(self.order, shifted))
        return [by_axis[axis] for axis in range(4)]

    def _static(self, dimension: int) -> int:
        size = self.shape[dimension]
        assert size is not None, "kernels are for static heads and head dimensions"
        return size


@dataclass(frozen=True)
class AttentionOperands:
    """Query, key and value in memory, and what the op says.

    B and the numbers of queries and keys may be dynamic. `mask` has rank 4 and
    sizes of 1 where it holds for all; for `attention` its keys come before its queries,
    [B, H, T, S]. `logsumexp` is the type of that result, [B, H, S], where it is wanted.
    """

    tensors: tuple[ir.Value, ir.Value, ir.Value]
    query: HeadLayout
    key: HeadLayout
    value: HeadLayout
    result: HeadLayout
    logsumexp: ir.Type | None
    mask: ir.Value | None
    causal: bool
    scale: float

    @property
    def inputs(self) -> list[ir.Value]:
        """What the kernel reads."""
        return [*self.tensors, *([] if self.mask is None else [self.mask])]

    @property
    def results(self) -> list[ir.Type]:
        """What the kernel writes."""
        return [self.result.tensor_type, *([] if self.logsumexp is None else [self.logsumexp])]

    @property
    def is_binary(self) -> bool:
        """Whether scores are multiplied by log2(e), so that weights are powers of 2.

        Not where a mask is added: products with its very large numbers would be infinite.
        """
        return self.mask is None or ArrayType.of(self.mask).dtype == np.bool_

    @property
    def is_bfloat16(self) -> bool:
        return ArrayType.of(self.query.tensor_type).dtype == bfloat16

    def sizes(self) -> tuple[Index, Index, Index]:
        """B and the numbers of queries and keys, where the kernel is called."""
        query, key, _ = self.tensors
        batch, queries = (self.query.size(one, query) for one in (BATCH, LENGTH))
        return batch, queries, self.key.size(LENGTH, key)

    def sizes_inside(self, inputs: Sequence[Buffer]) -> tuple[Index, Index, Index]:
        """B and the numbers of queries and keys, in the kernel."""
        query, key = inputs[:2]
        batch, queries = (self.query.size_inside(one, query) for one in (BATCH, LENGTH))
        return batch, queries, self.key.size_inside(LENGTH, key)

    def result_sizes(self) -> list[ir.Value]:
        """The sizes of `results` that are dynamic, in order."""
        batch, queries, _ = self.sizes()
        by_dimension = batch, Index(self.query.heads), queries, Index(self.value.head_dim)
        axes = [by_dimension[self.result.order.index(axis)] for axis in range(4)]
        pairs = list(zip(ArrayType.of(self.result.tensor_type).shape, axes))
        if self.logsumexp is not None:
            pairs += zip(ArrayType.of(self.logsumexp).shape, by_dimension)
        return [size.value for known, size in pairs if known is None]


def masked(
    score: ir.Value,
    mask: ir.Value,
    sizes: Sequence[Dimension],
    indices: Sequence[Index],
    exists: ir.Value | None,
) -> ir.Value:
    """A vector of scores under a mask of `sizes`: booleans, or numbers to add.

    `indices` are the first lane's, of which those of sizes of 1 do not count; lanes run along
    the last one, and `exists` tells which of them the mask has.
    """
    lanes = ir.VectorType(score.type).shape[0]
    mask_indices = [Index(0) if size == 1 else index for index, size in zip(indices, sizes)]
    if sizes[-1] == 1:
        held = broadcast(load(mask, mask_indices), lanes)
    else:
        held = load_vector(mask, mask_indices, lanes, exists)
    element = ir.VectorType(held.type).element_type
    if not isinstance(element, ir.IntegerType):
        return arith.addf(score, to_float32(held))
    allowed = arith.cmpi(arith.CmpIPredicate.ne, held, splat(0, element, lanes))
    return arith.select(allowed, score, splat(-np.inf, ir.F32Type.get(), lanes))


def inverse_of_total(total: ir.Value) -> ir.Value:
    """1 / total; 1 for a query whose weights are all 0, which may attend to nothing."""
    lanes, element = ir.VectorType(total.type).shape[0], ir.F32Type.get()
    one = splat(1.0, element, lanes)
    empty = arith.cmpf(arith.CmpFPredicate.OEQ, total, zeros(element, lanes))
    return arith.divf(one, arith.select(empty, one, total))
