"""Counter-based random bits: a pure function of a key and a position (Philox4x32-10).

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.flops import TRANSCENDENTAL, Attributes, Types, elements, product
from tessel.dialects.types import ArrayType

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10


class RandomBits(TesselOp, name="random_bits"):
    """Random bits for each position of an array.

    Semantics: the first word (uint32) or the first two (uint64, low word first) of Philox4x32-10
    with key = the two halves of key[0] and counter = (halves of i, halves of key[1]), where i is
    the position in row-major order.
    (C1) key is uint64[2].  (C2) dtype is uint32 or uint64.
    """

    key: Operand
    shape: tuple[int, ...]
    dtype: np.dtype
    result: Result

    @staticmethod
    def infer(key: ArrayType, shape: tuple[int, ...], dtype: np.dtype) -> ArrayType:
        check(
            key.dtype == np.uint64 and key.shape == (2,), "C1", f"key is {key}, must be uint64[2]"
        )
        check(dtype in (np.uint32, np.uint64), "C2", f"dtype {dtype} is not uint32 or uint64")
        check(all(size >= 0 for size in shape), "C2", f"shape {shape} has a negative size")
        return ArrayType(dtype, shape)

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(TRANSCENDENTAL, elements(results[0]))

    @staticmethod
    def reference(key: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        low = np.uint64(0xFFFFFFFF)
        high = np.uint64(32)
        count = np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.uint64)
        zeros = np.zeros_like(count)
        words = [count & low, count >> high, zeros + (key[1] & low), zeros + (key[1] >> high)]
        keys = [key[0] & low, key[0] >> high]
        for _ in range(ROUNDS):
            left = words[0] * np.uint64(MULTIPLIERS[0])
            right = words[2] * np.uint64(MULTIPLIERS[1])
            words = [
                (right >> high) ^ words[1] ^ keys[0],
                right & low,
                (left >> high) ^ words[3] ^ keys[1],
                left & low,
            ]
            keys = [(one + np.uint64(weyl)) & low for one, weyl in zip(keys, WEYL)]
        bits = words[0] if dtype == np.uint32 else words[0] | (words[1] << high)
        return bits.astype(dtype).reshape(shape)
