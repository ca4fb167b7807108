"""NumPy arrays as the runtime wants them: aligned, contiguous, and as IREE's element types."""

import ml_dtypes
import numpy as np
from iree import runtime as iree

ALIGNMENT = 64
"""Bytes. Generated code moves whole 64-byte vectors; IREE imports a less aligned array and crashes."""

_ELEMENT_TYPES = {
    np.dtype(np.bool_): iree.HalElementType.BOOL_8,
    np.dtype(np.int8): iree.HalElementType.INT_8,
    np.dtype(np.int16): iree.HalElementType.INT_16,
    np.dtype(np.int32): iree.HalElementType.INT_32,
    np.dtype(np.int64): iree.HalElementType.INT_64,
    np.dtype(np.uint8): iree.HalElementType.INT_8,
    np.dtype(np.uint16): iree.HalElementType.INT_16,
    np.dtype(np.uint32): iree.HalElementType.INT_32,
    np.dtype(np.uint64): iree.HalElementType.INT_64,
    np.dtype(np.float16): iree.HalElementType.FLOAT_16,
    np.dtype(ml_dtypes.bfloat16): iree.HalElementType.BFLOAT_16,
    np.dtype(np.float32): iree.HalElementType.FLOAT_32,
    np.dtype(np.float64): iree.HalElementType.FLOAT_64,
    np.dtype(np.complex64): iree.HalElementType.COMPLEX_64,
    np.dtype(np.complex128): iree.HalElementType.COMPLEX_128,
}


def hal_element_type(dtype: np.dtype) -> iree.HalElementType:
    """How IREE calls a dtype at a function's boundary, where integers are signless."""
    return _ELEMENT_TYPES[dtype]


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An uninitialised C-contiguous array that begins at a 64-byte boundary."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


def is_importable(array: np.ndarray) -> bool:
    """Whether IREE can read the array where it lies: contiguous, aligned, native byte order."""
    return (
        array.flags.c_contiguous
        and array.flags.writeable
        and array.dtype.isnative
        and array.__array_interface__["data"][0] % ALIGNMENT == 0
    )


def import_array(device: iree.HalDevice, array: np.ndarray) -> iree.HalBufferView:
    """A view of an importable array's memory, without a copy; it keeps the array alive."""
    flat = array.reshape(-1).view(np.uint8)
    memory = iree.MemoryType.HOST_LOCAL | iree.MemoryType.DEVICE_VISIBLE
    usage = iree.BufferUsage.DEFAULT | iree.BufferUsage.MAPPING
    buffer = device.allocator.import_host_allocation(flat, memory, usage)
    return iree.HalBufferView(buffer, list(array.shape), hal_element_type(array.dtype))
