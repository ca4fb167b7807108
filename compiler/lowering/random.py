"""Lowering of `dialects/random.py`: Philox on each element, straight-line integer arithmetic."""

import numpy as np

from tessel.compiler.emit.element import Element, cast
from tessel.compiler.lowering.base import empty, generic, identity_map, index_constant, lowers
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg, tensor
from tessel.dialects.random import MULTIPLIERS, ROUNDS, WEYL, RandomBits

_UINT64 = np.dtype(np.uint64)
_LOW = 0xFFFFFFFF


@lowers(RandomBits)
def lower_random_bits(op: OpInstance) -> ir.Value:
    (key,), result = op.operands, op.result_type
    seed, stream = (Element(tensor.extract(key, [index_constant(i)]), _UINT64) for i in (0, 1))

    def element(_: ir.Value) -> list[ir.Value]:
        position = _position(op)
        words = [position & _LOW, position >> 32, stream & _LOW, stream >> 32]
        first, second = _philox(words, [seed & _LOW, seed >> 32])
        bits = first if result.dtype == np.uint32 else first | (second << 32)
        return [cast(bits, result.dtype).value]

    iterators = ["parallel"] * result.rank
    return generic([], [identity_map(result.rank)], [empty(result)], iterators, element)[0]


def _position(op: OpInstance) -> Element:
    """The linear index of this element, in row-major order."""
    linear_index = index_constant(0)
    for axis, size in enumerate(op.attributes["shape"]):
        scaled = arith.muli(linear_index, index_constant(size))
        linear_index = arith.addi(scaled, linalg.IndexOp(axis).result)
    return Element(arith.index_cast(ir.IntegerType.get_signless(64), linear_index), _UINT64)


def _philox(words: list[Element], keys: list[Element]) -> tuple[Element, Element]:
    """The first two words after all rounds; each word is the low half of a uint64."""
    for _ in range(ROUNDS):
        left, right = words[0] * MULTIPLIERS[0], words[2] * MULTIPLIERS[1]
        words = [
            (right >> 32) ^ words[1] ^ keys[0],
            right & _LOW,
            (left >> 32) ^ words[3] ^ keys[1],
            left & _LOW,
        ]
        keys = [(one + weyl) & _LOW for one, weyl in zip(keys, WEYL)]
    return words[0], words[1]
