"""How attention is cut for registers, caches and threads."""

from dataclasses import dataclass, replace

from tessel.compiler.kernels.hardware import Hardware

_BLOCK_KEYS = 64
"""Keys of a block. Zen 4 is as fast with 48 to 192, but causal masks waste what is beyond them."""

_STACK = 96 << 10
"""Bytes that a work-group may keep of queries, weights and results: IREE allows 128 KiB."""

_DECODE_UNITS, _SHORTEST_PART = 4, 256
"""Work-groups for each thread when decoding, and keys from which another part is worth joining."""


@dataclass(frozen=True)
class AttentionTiles:
    """A work-group takes `vectors` * `lanes` queries, and `block_keys` keys at a time.

    `rows` keys (of the scores) or depths (of the results) times `vectors` sums are in registers.
    """

    rows: int
    vectors: int
    lanes: int
    block_keys: int

    @property
    def queries(self) -> int:
        return self.vectors * self.lanes


def default_attention_tiles(queries: int, depths: int, hardware: Hardware) -> AttentionTiles:
    """Four vectors of queries, or as few as there are; more rows in their place.

    `depths` are those of queries and values together.
    """
    lanes = hardware.instructions.lanes(4)
    large = hardware.instructions.registers == 32
    fitting = _STACK // (4 * lanes * (depths + _BLOCK_KEYS))
    vectors = min(4 if large else 2, -(-queries // lanes), fitting)
    rows = (12, 12, 8, 6)[vectors - 1] if large else 6
    return AttentionTiles(rows, vectors, lanes, _BLOCK_KEYS)


@dataclass(frozen=True)
class DecodeTiles:
    """Keys go in `parts` to work-groups, in each `block_keys` at once; `sums` are in registers.

    No part is empty.
    """

    parts: int
    block_keys: int
    lanes: int
    sums: int

    def padded(self, size: int) -> int:
        """`size` to whole vectors."""
        return -(-size // self.lanes) * self.lanes

    def part_keys(self, keys: int) -> int:
        """Keys of a part: whole blocks."""
        return -(-keys // self.parts // self.block_keys) * self.block_keys


def default_decode_tiles(keys: int, groups: int, hardware: Hardware) -> DecodeTiles:
    """As many parts of the keys as give each thread work; `groups` is the number of key heads."""
    lanes = hardware.instructions.lanes(4)
    parts = -(-_DECODE_UNITS * hardware.threads // groups)
    parts = max(1, min(parts, keys // _SHORTEST_PART))
    sums = 24 if hardware.instructions.registers == 32 else 12
    tiles = DecodeTiles(parts, _BLOCK_KEYS, lanes, sums)
    return replace(tiles, parts=-(-keys // tiles.part_keys(keys)))
