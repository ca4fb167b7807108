"""Memory for results: aligned blocks that return to a pool when the last array on them dies.

A fresh large allocation costs page faults at its first touch (1 M float32: 300 us), a used one none.
"""

import threading
from typing import Any

import numpy as np

from tessel.runtime.arrays import ALIGNMENT

_LARGEST_POOL = 256 << 20
"""Bytes that the pool keeps for later; more than that goes back to the system."""


class Pool:
    """Blocks by size. Safe to use from many threads."""

    def __init__(self) -> None:
        self._free: dict[int, list[np.ndarray]] = {}
        self._kept = 0
        self._lock = threading.Lock()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype, size: int) -> np.ndarray:
        """An uninitialised aligned array of `size` bytes; its block returns here when it dies."""
        with self._lock:
            blocks = self._free.get(size)
            block = blocks.pop() if blocks else None
            if block is not None:
                self._kept -= size
        if block is None:
            block = np.empty(size + ALIGNMENT, np.uint8)
        return np.asarray(_Lease(self, block, shape, dtype, size))

    def give_back(self, block: np.ndarray, size: int) -> None:
        """Keeps a block for the next result of its size, unless the pool is full."""
        with self._lock:
            if self._kept + size <= _LARGEST_POOL:
                self._free.setdefault(size, []).append(block)
                self._kept += size


class _Lease:
    """Owns a block while arrays use it: NumPy keeps the object that gave it an array interface."""

    __slots__ = ("__array_interface__", "_block", "_pool", "_size")

    def __init__(
        self, pool: Pool, block: np.ndarray, shape: tuple[int, ...], dtype: np.dtype, size: int
    ):
        address = block.__array_interface__["data"][0]
        aligned = address + (-address % ALIGNMENT)
        self._pool, self._block, self._size = pool, block, size
        self.__array_interface__: dict[str, Any] = {
            "shape": shape,
            "typestr": dtype.str,
            "data": (aligned, False),
            "version": 3,
        }

    def __del__(self) -> None:
        self._pool.give_back(self._block, self._size)
