"""The host's processor as a device, by IREE's drivers."""

import ctypes
import math
from collections.abc import Mapping

import ml_dtypes
import numpy as np
from iree import runtime as iree

from tessel.runtime.arrays import address_of
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.buffer import Buffer
from tessel.runtime.function import Fence
from tessel.runtime.loading import LoadedFunction, load_function, read_buffer

_MEMORY = iree.MemoryType.HOST_LOCAL | iree.MemoryType.DEVICE_VISIBLE
_USAGE = iree.BufferUsage.DEFAULT | iree.BufferUsage.MAPPING

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


class HostDevice:
    """The processor, by one of IREE's drivers: `local-sync` or `local-task`."""

    def __init__(self, name: str, hal: iree.HalDevice, instance: iree.VmInstance):
        self.name = name
        self._hal, self._instance = hal, instance
        self._allocator = hal.allocator

    def import_array(self, array: np.ndarray) -> iree.HalBufferView:
        """An importable array (`is_importable`) without a copy.

        A read-only array is fine, since IREE writes to results only.
        """
        return self.import_address(address_of(array), array.shape, array.dtype)

    def import_address(
        self, address: int, shape: tuple[int, ...], dtype: np.dtype
    ) -> iree.HalBufferView:
        # IREE imports no empty memory, and takes writable objects with the buffer protocol, which
        # bfloat16 arrays do not have.
        size = max(math.prod(shape) * dtype.itemsize, 1)
        memory = self._allocator.import_host_allocation(
            (ctypes.c_uint8 * size).from_address(address), _MEMORY, _USAGE
        )
        # To IREE integers are signless.
        return iree.HalBufferView(memory, shape, _ELEMENT_TYPES[dtype])

    def read(self, buffer: Buffer, spec: ArraySpec) -> np.ndarray:
        return read_buffer(buffer, spec, self._hal)  # type: ignore[arg-type] (made here)

    def fence(self) -> Fence:
        return iree.HalFence(0)

    def load(
        self, binary: CompiledArtifact, parameters: Mapping[str, np.ndarray]
    ) -> LoadedFunction:
        return load_function(binary, parameters, self._hal, self._instance)
