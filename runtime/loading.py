"""A program as IREE loads it, and results whose memory IREE chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from iree import runtime as iree

from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.buffer import Buffer
from tessel.runtime.errors import RuntimeCallError
from tessel.runtime.function import ArgumentList, Fence

_VIEW = iree.HalBufferView


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


def read_buffer(buffer: iree.HalBufferView, spec: ArraySpec, device: iree.HalDevice) -> np.ndarray:
    """An array whose size the program chose."""
    shape = tuple(buffer.shape)
    if 0 in shape:
        return np.empty(shape, spec.dtype)
    mapped = buffer.map().asarray([buffer.byte_length], np.dtype(np.uint8))
    return np.asarray(_DeviceMemory(mapped, device)).view(spec.dtype).reshape(shape)


def bytes_of(array: np.ndarray) -> np.ndarray:
    """An array's memory in row-major order as bytes, without a copy where it is so already."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


@dataclass(frozen=True)
class LoadedFunction:
    """A function, and the context with the devices and parameters that it uses."""

    context: iree.VmContext
    function: iree.VmFunction

    def argument_list(self, values: Sequence[Buffer | Fence]) -> iree.VmVariantList:
        """What a call takes; IREE counts references to the values."""
        arguments = iree.VmVariantList(len(values))
        for one in values:
            arguments.push_ref(one)  # type: ignore[arg-type] (takes what has a VmRef)
        return arguments

    def result_list(self, count: int) -> iree.VmVariantList:
        """Room for `count` results."""
        return iree.VmVariantList(count)

    def invoke(self, arguments: ArgumentList, returned: ArgumentList) -> None:
        """Runs the function; what it returns replaces what is in `returned`."""
        self.context.invoke(self.function, arguments, returned)  # type: ignore[arg-type] (made here)

    def result(self, returned: ArgumentList, position: int) -> Buffer:
        """A buffer of what a call returned."""
        return returned.get_as_object(position, _VIEW)  # type: ignore[attr-defined] (a list made here)


def load_function(
    binary: CompiledArtifact,
    parameters: Mapping[str, np.ndarray],
    device: iree.HalDevice,
    instance: iree.VmInstance,
) -> LoadedFunction:
    """The function of a program, with its parameters in place."""
    modules = [iree.create_hal_module(instance, device)]
    if parameters:
        index = iree.ParameterIndex()
        for key, array in parameters.items():
            index.add_buffer(key, array)
        provider = index.create_provider(scope="model")
        modules.insert(0, iree.create_io_parameters_module(instance, provider))
    modules.append(iree.VmModule.copy_buffer(instance, binary.code))
    function = modules[-1].lookup_function(binary.function)
    if function is None:
        raise RuntimeCallError(f"the compiled program has no function '{binary.function}'")
    return LoadedFunction(iree.VmContext(instance, modules), function)
