"""A program's modules as IREE loads them, and results whose memory IREE chose."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from iree import runtime as iree

from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.devices import instance


class _DeviceMemory:
    """Memory of a device as NumPy sees it, which dies before its device.

    IREE 3.13 crashes when memory is freed after its device, as at the end of a process.
    """

    # Freed in the order of their names.
    __slots__ = ("array", "device")

    def __init__(self, array: np.ndarray, device: iree.HalDevice):
        self.array, self.device = array, device

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self.array.view(np.uint8).__array_interface__


def read_result(
    returned: iree.VmVariantList, position: int, spec: ArraySpec, device: iree.HalDevice
) -> np.ndarray:
    """A result whose size the program chose."""
    view = returned.get_as_object(position, iree.HalBufferView)
    shape = tuple(view.shape)
    if 0 in shape:
        return np.empty(shape, spec.dtype)
    memory = _DeviceMemory(view.map().asarray([view.byte_length], np.dtype(np.uint8)), device)
    return np.asarray(memory).view(spec.dtype).reshape(shape)


def bytes_of(array: np.ndarray) -> np.ndarray:
    """An array's memory in row-major order as bytes, without a copy where it is so already."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def load_modules(
    binary: CompiledArtifact, parameters: Mapping[str, np.ndarray], hal_device: iree.HalDevice
) -> list[iree.VmModule]:
    modules = [iree.create_hal_module(instance(), hal_device)]
    if parameters:
        index = iree.ParameterIndex()
        for key, array in parameters.items():
            index.add_buffer(key, array)
        provider = index.create_provider(scope="model")
        modules.insert(0, iree.create_io_parameters_module(instance(), provider))
    modules.append(iree.VmModule.copy_buffer(instance(), binary.code))
    return modules
