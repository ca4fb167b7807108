"""Memory for results: aligned blocks that are used again when the last array on them has died.

Fresh memory costs page faults at its first touch (1 M float32: 300 us), used memory none. Whether
an array of the caller still uses a block is read from its reference count: every view of a NumPy
array holds the array that owns the memory.
"""

import sys
from collections.abc import Sequence

import numpy as np

from tessel.runtime.arrays import ALIGNMENT
from tessel.runtime.device import Device
from tessel.runtime.function import ArgumentList

_KEPT_SETS = 4
"""Sets of results kept for later calls: a caller holds one or two while it makes the next."""

_SMALL_RESULT = 4 << 10
"""Bytes up to which results are copied out, so that a caller may keep very many of them cheaply."""

KEPT_BYTES = 256 << 20
"""Bytes of results that a frame keeps at most; larger results are allocated for each call."""


_PAGE = 4096
"""Where large results begin. A processor takes a load for a use of a store before it whose address
agrees in the low 12 bits, and waits. NumPy's large arrays begin 16 bytes into a page, so results
that begin with a page are written just behind where arguments are read (1 M float32: 220 us
instead of 170).
"""


class ResultSet:
    """Memory for all results of one call: arrays, and IREE's views of them."""

    __slots__ = ("_blocks", "_idle", "arguments", "arrays", "nbytes", "views")

    def __init__(self, layouts: Sequence[tuple[tuple[int, ...], np.dtype]], device: Device):
        sizes = [_nbytes(shape, dtype) for shape, dtype in layouts]
        self._blocks = [np.empty(max(size, 1) + _alignment(size), np.uint8) for size in sizes]
        self.arrays = [
            _aligned(block, size).view(dtype).reshape(shape)
            for block, size, (shape, dtype) in zip(self._blocks, sizes, layouts)
        ]
        self.views = [device.import_array(array) for array in self.arrays]
        self.nbytes = sum(sizes)
        self.arguments: dict[tuple[int, ...], ArgumentList] = {}
        self._idle = self._references()

    def is_free(self) -> bool:
        """Whether no array of a caller uses this memory."""
        return self._references() == self._idle

    def borrow(self) -> list[np.ndarray]:
        """The results as arrays of their own; `is_free` again when all of them have died."""
        return [array.view() for array in self.arrays]

    def _references(self) -> list[int]:
        return [sys.getrefcount(block) for block in self._blocks]


class ResultPool:
    """The result sets of one frame; used by one call at a time."""

    def __init__(self, layouts: Sequence[tuple[tuple[int, ...], np.dtype]], device: Device):
        self._layouts, self._device = layouts, device
        size = sum(_nbytes(shape, dtype) for shape, dtype in layouts)
        self._capacity = min(_KEPT_SETS, KEPT_BYTES // max(size, 1))
        self._sets: list[ResultSet] = []

    def acquire(self) -> ResultSet:
        """A set that no caller uses: a kept one, or a new one that replaces the oldest."""
        for position, kept in enumerate(self._sets):
            if kept.is_free():
                if position:
                    self._sets.insert(0, self._sets.pop(position))
                return kept
        fresh = ResultSet(self._layouts, self._device)
        if self._capacity:
            self._sets.insert(0, fresh)
            del self._sets[self._capacity :]
        return fresh

    @property
    def kept_bytes(self) -> int:
        """Bytes that wait for later calls or are lent and will return."""
        return sum(kept.nbytes for kept in self._sets)


class ResultMemory:
    """Memory for results of static shapes: small ones are copied, large ones lent."""

    def __init__(self, layouts: Sequence[tuple[tuple[int, ...], np.dtype]], device: Device):
        self._pool = ResultPool(layouts, device)
        size = sum(_nbytes(shape, dtype) for shape, dtype in layouts)
        self._small = self._pool.acquire() if size <= _SMALL_RESULT else None

    @property
    def kept_bytes(self) -> int:
        """Bytes that wait for later calls or are lent and will return."""
        return self._pool.kept_bytes

    def acquire(self) -> ResultSet:
        """Memory that no caller holds."""
        return self._small or self._pool.acquire()

    def release(self, results: ResultSet) -> list[np.ndarray]:
        """The results, as arrays that a caller may keep."""
        return results.borrow() if self._small is None else [one.copy() for one in results.arrays]


def _nbytes(shape: tuple[int, ...], dtype: np.dtype) -> int:
    return int(np.prod(shape, dtype=np.int64)) * dtype.itemsize


def _aligned(block: np.ndarray, size: int) -> np.ndarray:
    start = -block.ctypes.data % _alignment(size)
    return block[start : start + size]


def _alignment(size: int) -> int:
    return _PAGE if size > _PAGE else ALIGNMENT
