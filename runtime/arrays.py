"""NumPy arrays as the runtime wants them: aligned, contiguous, and as IREE's element types."""

import math
from typing import Any

import numpy as np

from tessel.runtime.errors import ArrayError

ALIGNMENT = 64
"""Bytes at which our own memory begins: a vector register, a cache line."""

IMPORT_ALIGNMENT = 16
"""Bytes at which an array must begin to be read in place; NumPy's own arrays do.

IREE does not check: code that was compiled for more than the array has would crash. The compiler
tells IREE this number (`compiler/targets/iree.py`).
"""

HUGE_PAGES = 4 << 20
"""Bytes of an array from which NumPy asks Linux for huge pages (`NUMPY_MADVISE_HUGEPAGE`)."""

_HUGE_PAGE = 2 << 20
"""Bytes of one, and where it begins."""

_LARGE = 1 << 20
"""Bytes that are worth a huge page."""

_DLPACK_CPU = (1, 3)
"""Kinds of DLPack devices whose memory the processor reads: the host, and page-locked memory."""


def as_numpy(value: Any) -> np.ndarray:
    """`value` as a NumPy array: itself, or a view of the memory of an object with `__dlpack__`.

    Raises ArrayError for memory of another device or a dtype that NumPy has no DLPack form of;
    TypeError for anything else.
    """
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    if not hasattr(value, "__dlpack__"):
        raise TypeError(f"{type(value).__name__} is neither a NumPy array nor has it __dlpack__")
    kind, _ = value.__dlpack_device__()
    if int(kind) not in _DLPACK_CPU:
        raise ArrayError(f"this {type(value).__name__} is on a device; copy it to the CPU first")
    try:
        return np.from_dlpack(value)
    except (BufferError, RuntimeError) as error:
        dtype = getattr(value, "dtype", "unknown")
        raise ArrayError(
            f"NumPy cannot take this {type(value).__name__} of dtype {dtype} by DLPack ({error})"
        ) from error


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An uninitialised C-contiguous array that begins at a 64-byte boundary."""
    size = math.prod(shape) * dtype.itemsize
    return _bytes_at(size, ALIGNMENT).view(dtype).reshape(shape)


def empty_bytes(size: int) -> np.ndarray:
    """Uninitialised memory that begins at a 64-byte boundary, if large on huge pages where the
    system has some to give.
    """
    if size < _LARGE:
        return _bytes_at(size, ALIGNMENT)
    # What is never touched takes no memory.
    return _bytes_at(max(size, HUGE_PAGES), _HUGE_PAGE)[:size]


def address_of(array: np.ndarray) -> int:
    """The address of an array's first element."""
    return array.__array_interface__["data"][0]


def is_importable(array: np.ndarray, dtype: np.dtype) -> bool:
    """Whether IREE can read the array in place: of `dtype` itself, contiguous, aligned."""
    return (
        array.dtype == dtype
        and array.flags.c_contiguous
        and address_of(array) % IMPORT_ALIGNMENT == 0
    )


def _bytes_at(size: int, alignment: int) -> np.ndarray:
    """Uninitialised memory that begins at a multiple of `alignment`."""
    raw = np.empty(size + alignment, np.uint8)
    start = -address_of(raw) % alignment
    return raw[start : start + size]
