"""What attention is of, and what its kernels for many and for few queries both do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.kernels.builder import broadcast, load, load_vector, splat, zeros
from tessel.compiler.kernels.index import Index, IndexLike, as_index
from tessel.dialects.mlir import arith, ir

LOWEST = float(np.finfo(np.float32).min)
"""The largest score so far of a query that has seen no key: with it none becomes NaN."""


Indices = tuple[int, int, int, int]
"""One number for each of B, H, S and D."""


@dataclass(frozen=True)
class Heads:
    """An array [B, H, S, D] whose dimensions lie in memory in another order, or a part of one.

    `order` says which dimension of the memory each of B, H, S and D is; a part begins at `starts`.
    """

    tensor_type: ir.Type
    shape: Indices
    order: Indices = (0, 1, 2, 3)
    starts: Indices = (0, 0, 0, 0)

    @staticmethod
    def whole(tensor_type: ir.Type, order: Indices = (0, 1, 2, 3)) -> "Heads":
        """All of an array."""
        sizes = ir.RankedTensorType(tensor_type).shape
        b, h, s, d = (sizes[axis] for axis in order)
        return Heads(tensor_type, (b, h, s, d), order)

    def place(self, *indices: IndexLike) -> list[IndexLike]:
        """The memory's indices of element (b, h, s, d)."""
        shifted = [as_index(index) + start for index, start in zip(indices, self.starts)]
        by_axis = dict(zip(self.order, shifted))
        return [by_axis[axis] for axis in range(4)]


@dataclass(frozen=True)
class AttentionOperands:
    """Query, key and value as they lie, of known sizes, and what the op says.

    `mask` has rank 4 and sizes of 1 where it holds for all; for `attention` its keys come before
    its queries, [B, H, T, S].
    """

    tensors: tuple[ir.Value, ir.Value, ir.Value]
    query: Heads
    key: Heads
    value: Heads
    result: Heads
    mask: ir.Value | None
    causal: bool
    scale: float

    @property
    def depth(self) -> int:
        return self.query.shape[3]

    @property
    def inputs(self) -> list[ir.Value]:
        """What the kernel reads."""
        return [*self.tensors, *([] if self.mask is None else [self.mask])]


def masked(
    score: ir.Value,
    mask: ir.Value,
    sizes: Sequence[int],
    indices: Sequence[Index],
    exists: ir.Value | None,
) -> ir.Value:
    """A vector of scores under a mask of `sizes`: booleans, or numbers to add.

    `indices` are the first lane's place, of which those of sizes of 1 do not count; lanes run along
    the last one, and `exists` tells which of them the mask has.
    """
    lanes = ir.VectorType(score.type).shape[0]
    place = [index if size > 1 else Index(0) for index, size in zip(indices, sizes)]
    if sizes[-1] == 1:
        held = broadcast(load(mask, place), lanes)
    else:
        held = load_vector(mask, place, lanes, exists)
    element = ir.VectorType(held.type).element_type
    if not isinstance(element, ir.IntegerType):
        return arith.addf(score, held)
    allowed = arith.cmpi(arith.CmpIPredicate.ne, held, splat(0, element, lanes))
    return arith.select(allowed, score, splat(-np.inf, ir.F32Type.get(), lanes))


def inverse_of_total(total: ir.Value) -> ir.Value:
    """1 / total; 1 for a query whose weights are all 0, which may attend to nothing."""
    lanes, element = ir.VectorType(total.type).shape[0], ir.F32Type.get()
    one = splat(1.0, element, lanes)
    empty = arith.cmpf(arith.CmpFPredicate.OEQ, total, zeros(element, lanes))
    return arith.divf(one, arith.select(empty, one, total))
