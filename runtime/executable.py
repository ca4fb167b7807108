"""A compiled program, ready to be called with NumPy arrays.

A call borrows a frame: a VM context with prebuilt argument lists, so that calls from many threads
never share one, and a call of a small function makes no buffer. Small arrays are copied into the
frame's own memory (cheaper than importing them), large ones are read and written where they lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from iree import runtime as iree

from tessel.runtime.allocator import Pool
from tessel.runtime.arrays import (
    ALIGNMENT,
    aligned_empty,
    hal_element_type,
    import_array,
    is_importable,
)
from tessel.runtime.devices import device, instance
from tessel.runtime.errors import RuntimeCallError

_SMALL = 16 << 10
"""Bytes up to which a copy (about 0.4 us) costs less than an import (about 2 us)."""


@dataclass(frozen=True)
class Slot:
    """An argument or result: dtype and shape; `None` is a size known only when running."""

    dtype: np.dtype
    shape: tuple[int | None, ...]

    @property
    def is_static(self) -> bool:
        return None not in self.shape

    @property
    def nbytes(self) -> int:
        """Size of a static slot."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize  # type: ignore[arg-type]


@dataclass(frozen=True)
class Binary:
    """What the compiler makes: code, and how it is called.

    `preallocated` says that results are written into buffers passed after the arguments.
    """

    code: bytes
    function: str
    arguments: tuple[Slot, ...]
    results: tuple[Slot, ...]
    driver: str
    preallocated: bool


class Executable:
    """A loaded program. Safe to call from many threads; the GIL is released while it runs."""

    def __init__(self, binary: Binary, parameters: Mapping[str, np.ndarray]):
        self.binary = binary
        self._device = device(binary.driver)
        self._pool = Pool()
        self._modules = _load(binary, parameters, self._device)
        self._frames: list[_Frame] = [self._new_frame()]

    def __call__(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None = None
    ) -> list[np.ndarray]:
        """Results for `arrays`, which have the dtypes and shapes of the program's arguments.

        `out` names arrays to write results into; they are returned.
        """
        try:
            frame = self._frames.pop()
        except IndexError:
            frame = self._new_frame()
        try:
            return frame.call(arrays, out)
        finally:
            self._frames.append(frame)

    def _new_frame(self) -> "_Frame":
        context = iree.VmContext(instance(), self._modules)
        return _Frame(self.binary, context, self._modules[-1], self._device, self._pool)


class _Frame:
    """One VM context with argument lists; used by one call at a time."""

    def __init__(
        self,
        binary: Binary,
        context: iree.VmContext,
        module: iree.VmModule,
        hal_device: iree.HalDevice,
        pool: Pool,
    ):
        self._context = context
        self._function = module.lookup_function(binary.function)
        self._device, self._pool = hal_device, pool
        self._arguments, self._results = binary.arguments, binary.results
        self._preallocated = binary.preallocated
        outputs = binary.results if binary.preallocated else ()
        small = [slot.is_static and 0 < slot.nbytes <= _SMALL for slot in (*binary.arguments, *outputs)]
        self._staged = [
            aligned_empty(slot.shape, slot.dtype) if fits else None  # type: ignore[arg-type]
            for slot, fits in zip((*binary.arguments, *outputs), small)
        ]
        self._views = [
            None if array is None else import_array(hal_device, array) for array in self._staged
        ]
        self._all_small = all(small) and binary.preallocated
        if self._all_small:
            self._list = self._argument_list(self._views)
            self._inputs = self._staged[: len(binary.arguments)]
            self._outputs = self._staged[len(binary.arguments) :]

    def call(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None
    ) -> list[np.ndarray]:
        if not self._all_small:
            return self._call_general(arrays, out)
        for staged, array in zip(self._inputs, arrays):
            staged[...] = array  # type: ignore[index]
        self._invoke(self._list)
        if out is None:
            return [staged.copy() for staged in self._outputs]  # type: ignore[union-attr]
        return [_deliver(staged, target) for staged, target in zip(self._outputs, out)]

    def _call_general(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None
    ) -> list[np.ndarray]:
        views = [self._input_view(i, array) for i, array in enumerate(arrays)]
        targets = out or [None] * len(self._results)
        if not self._preallocated:
            returned = self._invoke(self._argument_list(views))
            arrays_out = [_read(returned, i, slot) for i, slot in enumerate(self._results)]
            return [_deliver(array, target) for array, target in zip(arrays_out, targets)]
        storage = [self._result_storage(i, target) for i, target in enumerate(targets)]
        views += [self._output_view(i, array) for i, array in enumerate(storage)]
        self._invoke(self._argument_list(views))
        return [_finish(array, target) for array, target in zip(storage, targets)]

    def _input_view(self, position: int, array: np.ndarray) -> iree.HalBufferView:
        staged = self._staged[position]
        if staged is not None:
            staged[...] = array
            return self._views[position]
        if array.size == 0:
            return _empty_view(self._device, array)
        if not is_importable(array):
            copy = aligned_empty(array.shape, array.dtype)
            copy[...] = array
            array = copy
        return import_array(self._device, array)

    def _result_storage(self, position: int, target: np.ndarray | None) -> np.ndarray:
        slot = self._results[position]
        if target is not None and is_importable(target):
            return target
        staged = self._staged[len(self._arguments) + position]
        if staged is not None:
            return staged
        if slot.nbytes == 0:
            return np.empty(slot.shape, slot.dtype)  # type: ignore[arg-type]
        if slot.dtype.kind == "V":  # bfloat16 has no array interface
            return aligned_empty(slot.shape, slot.dtype)  # type: ignore[arg-type]
        return self._pool.empty(slot.shape, slot.dtype, slot.nbytes)  # type: ignore[arg-type]

    def _output_view(self, position: int, array: np.ndarray) -> iree.HalBufferView:
        index = len(self._arguments) + position
        if array is self._staged[index]:
            return self._views[index]
        return _empty_view(self._device, array) if array.size == 0 else import_array(self._device, array)

    def _argument_list(self, views: Sequence[iree.HalBufferView | None]) -> iree.VmVariantList:
        arguments = iree.VmVariantList(len(views))
        for view in views:
            arguments.push_ref(view)
        return arguments

    def _invoke(self, arguments: iree.VmVariantList) -> iree.VmVariantList:
        results = iree.VmVariantList(len(self._results))
        try:
            self._context.invoke(self._function, arguments, results)
        except (RuntimeError, ValueError) as error:
            first = str(error).splitlines()[0] if str(error) else "unknown error"
            raise RuntimeCallError(f"the compiled program failed: {first}") from error
        return results


def _deliver(array: np.ndarray, target: np.ndarray | None) -> np.ndarray:
    """A result that lies in memory of the frame: copied out, into `target` if there is one."""
    if target is None:
        return array.copy()
    target[...] = array
    return target


def _finish(array: np.ndarray, target: np.ndarray | None) -> np.ndarray:
    """A result that lies in its own memory or in the frame's (which a small `target` avoids)."""
    if target is None:
        return array
    if array is not target:
        target[...] = array
    return target


def _read(returned: iree.VmVariantList, position: int, slot: Slot) -> np.ndarray:
    """A result whose size the program chose."""
    view = returned.get_as_object(position, iree.HalBufferView)
    return view.map().asarray(list(view.shape), slot.dtype)


def _empty_view(hal_device: iree.HalDevice, array: np.ndarray) -> iree.HalBufferView:
    """A view of a little memory for an array without elements, whose memory cannot be imported."""
    buffer = import_array(hal_device, aligned_empty((ALIGNMENT,), np.dtype(np.uint8))).get_buffer()
    return iree.HalBufferView(buffer, list(array.shape), hal_element_type(array.dtype))


def _load(
    binary: Binary, parameters: Mapping[str, np.ndarray], hal_device: iree.HalDevice
) -> list[iree.VmModule]:
    modules = [iree.create_hal_module(instance(), hal_device)]
    if parameters:
        index = iree.ParameterIndex()
        for key, array in parameters.items():
            flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            index.add_buffer(key, flat)
        provider = index.create_provider(scope="model")
        modules.insert(0, iree.create_io_parameters_module(instance(), provider))
    modules.append(iree.VmModule.copy_buffer(instance(), binary.code))
    return modules
