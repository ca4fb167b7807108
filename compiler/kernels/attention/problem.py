"""How attention is cut for registers, caches and threads."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from tessel.compiler.emit.index import Index
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import STACK, Hardware
from tessel.dialects.instance import OpInstance
from tessel.dialects.types import bfloat16

_ROWS = {32: (12, 12, 8, 6, 5, 4), 16: (6, 6)}
"""Registers of a processor -> rows of tiles of 1, 2, ... vectors."""

_MOST_ROWS = 8
"""Rows of tiles of fewer vectors at most: a piece of the diagonal is a multiple of it."""

_BLOCK_KEYS = 64
"""Keys of a block. Zen 4 is as fast with 48 to 192, but causal masks waste what is beyond them."""

_LARGEST_HEAD_DIM = 256
"""Attention beyond keeps too much on the stack."""

_MANY = 1 << 16
"""Stands for a number of vectors that is dynamic."""

_SHORTEST_SPLIT = 256
"""Keys from which another split is worth combining."""


@dataclass(frozen=True)
class AttentionConfiguration:
    """A workgroup takes `vectors` * `lanes` queries, and `block_keys` keys at a time.

    `mr` keys (of the scores) or elements of values (of the results) times `vectors` sums are in
    registers.
    """

    mr: int
    vectors: int
    lanes: int
    block_keys: int

    @property
    def queries(self) -> int:
        return self.vectors * self.lanes

    def mr_of(self, vectors: int) -> int:
        """Rows of tiles of fewer vectors, which use as many registers."""
        return min(_MOST_ROWS, self.mr * self.vectors // vectors)


@dataclass(frozen=True)
class AttentionProblem(KernelProblem):
    """Queries [heads, queries, head_dim], keys [kv_heads, keys, head_dim] and
    values [kv_heads, keys, value_dim].

    `heads` and `kv_heads`, those of keys, count all of the whole batch; of one element of it
    where their number is dynamic.
    """

    template: ClassVar[str] = "attention"

    heads: int
    kv_heads: int
    queries: int | None
    keys: int | None
    head_dim: int
    value_dim: int
    causal: int = 0
    dtype: str = "float32"

    def default_configuration(self, hardware: Hardware) -> AttentionConfiguration:
        """Four vectors of queries, or as few as there are; more rows instead."""
        lanes = hardware.instructions.lanes(4)
        most = self._most_vectors(_BLOCK_KEYS, hardware)
        vectors = min(4, self._vectors(lanes), most)
        return AttentionConfiguration(_mr(vectors, hardware), vectors, lanes, _BLOCK_KEYS)

    def neighbours(
        self, configuration: AttentionConfiguration, hardware: Hardware
    ) -> list[AttentionConfiguration]:
        """More or fewer queries, and blocks of more or fewer keys."""
        found = [replace(configuration, block_keys=keys) for keys in (32, 48, 64, 96, 128, 192)]
        widest = min(
            len(_ROWS[hardware.instructions.registers]), self._vectors(configuration.lanes)
        )
        found += [
            replace(configuration, vectors=vectors, mr=_mr(vectors, hardware))
            for vectors in range(1, widest + 1)
        ]
        return [
            one
            for one in dict.fromkeys(found)
            if one != configuration and one.vectors <= self._most_vectors(one.block_keys, hardware)
        ]

    def _vectors(self, lanes: int) -> int:
        """Vectors that hold all queries of a head; many where their number is not known."""
        return _MANY if self.queries is None else -(-self.queries // lanes)

    def _most_vectors(self, block_keys: int, hardware: Hardware) -> int:
        """Vectors of queries that registers and the stack have room for."""
        lanes = hardware.instructions.lanes(4)
        rows = self.head_dim + self.value_dim + block_keys
        pairs = 0
        if np.dtype(self.dtype) == bfloat16:
            # Weights beside scores, queries of half the size, and values in pairs.
            rows += (block_keys - self.head_dim) // 2
            pairs = 2 * block_keys * -(-self.value_dim // lanes) * lanes
        fitting = (STACK - pairs) // (4 * lanes * rows)
        return min(len(_ROWS[hardware.instructions.registers]), fitting)


@dataclass(frozen=True)
class DecodeConfiguration:
    """Keys go in `splits` to workgroups, `block_keys` at once; `accumulators` are in registers.

    No split is empty, but where the number of keys is dynamic.
    """

    splits: int
    block_keys: int
    lanes: int
    accumulators: int

    def padded(self, size: int) -> int:
        """`size` to whole vectors."""
        return -(-size // self.lanes) * self.lanes

    def split_keys(self, keys: Index) -> Index:
        """Keys of a split: whole blocks."""
        return keys.ceildiv(self.splits * self.block_keys) * self.block_keys


@dataclass(frozen=True)
class DecodeProblem(KernelProblem):
    """Queries [kv_heads, queries, head_dim], few that share keys [kv_heads, keys, head_dim].

    `kv_heads` counts the heads of keys of the whole batch, or of one element of it where their
    number is dynamic.
    """

    template: ClassVar[str] = "attention_decode"

    kv_heads: int
    queries: int
    keys: int | None
    head_dim: int
    value_dim: int
    dtype: str = "float32"

    def default_configuration(self, hardware: Hardware) -> DecodeConfiguration:
        """As many splits of the keys as give each thread work."""
        lanes = hardware.instructions.lanes(4)
        splits = -(-hardware.min_workgroups // self.kv_heads)
        accumulators = 24 if hardware.instructions.registers == 32 else 12
        if self.keys is None:
            return DecodeConfiguration(splits, _BLOCK_KEYS, lanes, accumulators)
        splits = max(1, min(splits, self.keys // _SHORTEST_SPLIT))
        configuration = DecodeConfiguration(splits, _BLOCK_KEYS, lanes, accumulators)
        # Splits are of whole blocks: the last may be empty.
        length = configuration.split_keys(Index(self.keys)).static
        assert length is not None, "made of what is known"
        return replace(configuration, splits=-(-self.keys // length))


def fits_attention(attended: OpInstance) -> bool:
    """Whether a kernel can be written for the dtype and the sizes that are known."""
    query, key, value, mask = attended.operand_types
    arrays = [query, key, value, *([] if mask is None else [mask])]
    sizes = [size for size in (query.shape[3], value.shape[3]) if size is not None]
    return (
        query.dtype in (np.float32, bfloat16)
        and all(0 not in one.shape for one in arrays)
        and max(sizes, default=0) <= _LARGEST_HEAD_DIM
    )


def _mr(vectors: int, hardware: Hardware) -> int:
    """Keys, or elements of values, whose sums fill registers together with `vectors` of queries."""
    return _ROWS[hardware.instructions.registers][vectors - 1]
