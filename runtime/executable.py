"""A compiled program, ready to be called with NumPy arrays.

All calls share one VM context, so that parameters are in memory once; a call borrows a frame, which
holds what must not be shared: memory for small arguments and for results, and IREE's views of both.
Small arrays are copied into the frame, so that they are always at one address; large ones are read
and written in place. Calls that read and write at the same addresses take the same argument
list: to make one costs 12 us where a program has pushed Python out of the caches.
"""

import ctypes
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np

from tessel.runtime.affinity import available_cores
from tessel.runtime.allocator import KEPT_BYTES, ResultMemory, ResultSet
from tessel.runtime.arrays import (
    IMPORT_ALIGNMENT,
    address_of,
    aligned_empty,
    is_importable,
)
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.buffer import Buffer
from tessel.runtime.device import Device
from tessel.runtime.devices import device, worker_pool
from tessel.runtime.driver_choice import DriverChoice
from tessel.runtime.errors import RuntimeCallError
from tessel.runtime.forking import keep_forever, tell_after_fork
from tessel.runtime.function import ArgumentList, Function
from tessel.runtime.invocation import (
    CooperativeInvocation,
    Invocation,
    WorkerFunction,
)
from tessel.runtime.loading import bytes_of
from tessel.runtime.size_expressions import number_of
from tessel.runtime.wait_policy import patient_thread

_SMALL_ARGUMENT = 32 << 10
"""Bytes up to which a copy (32 KiB: 0.8 us) costs less than an import (1.2 us)."""

_LARGEST_COPY_KEPT = 64 << 20
"""Bytes of an argument's aligned copy that a frame keeps for the next call."""

_KEPT_LISTS = 64
"""Argument lists that are kept for the results of a call, each for arguments of some addresses."""

_KEPT_SHAPES = 8
"""Shapes of arguments whose results a frame keeps memory for."""

_KEPT_FRAMES = 16
"""Frames that wait for later calls; more calls at once make frames that die after the call."""


class Executable:
    """A loaded program. Safe to call from many threads; the GIL is released while it runs."""

    def __init__(
        self,
        binary: CompiledArtifact,
        parameters: Mapping[str, np.ndarray],
        threads: int | None = None,
    ):
        """Loads `binary`; `threads` is the size of the process's thread pool if this creates it.

        A parameter that begins at 64 bytes is read in place, any other is copied once.
        """
        self.binary = binary
        # IREE reads parameters in place and does not keep the arrays alive.
        self._parameters = {key: bytes_of(array) for key, array in parameters.items()}
        self._threads = threads
        self._program: _Program | None = self._begin()
        self._frames: list[_Frame] = [self._new_frame()]
        self._choice = DriverChoice() if _may_choose(binary) else None
        self._sync: Executable | None = None
        tell_after_fork(self)

    @property
    def parameters(self) -> Mapping[str, np.ndarray]:
        """The bytes of what the program reads besides its arguments."""
        return self._parameters

    def after_fork(self) -> None:
        """A child of `fork` loads the program anew when it calls it."""
        keep_forever((self._program, self._frames))
        self._program, self._frames = None, []

    def on_driver(self, driver: str, threads: int | None = None) -> "Executable":
        """The same program, with the same parameters in memory, on another driver."""
        return Executable(replace(self.binary, driver=driver), self._parameters, threads)

    def __call__(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None = None
    ) -> list[np.ndarray]:
        """Results for `arrays`, which have the dtypes and shapes of the program's arguments.

        `out` names arrays to write results into, of the results' shapes; they are returned.
        Arrays that overlap are fine.
        """
        if self._choice is None:
            return self._run(arrays, out)
        sync = self._sync = self._sync or self.on_driver("local-sync")
        return self._choice.run((self._run, sync._run), arrays, out)

    def _run(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None
    ) -> list[np.ndarray]:
        try:
            frame = self._frames.pop()
        except IndexError:
            frame = self._new_frame()
        try:
            return frame.call(arrays, out)
        finally:
            if len(self._frames) < _KEPT_FRAMES:
                self._frames.append(frame)

    def _begin(self) -> "_Program":
        binary = self.binary
        driver = "local-sync" if binary.persistent else binary.driver
        host = device(driver, self._threads)
        loaded = host.load(binary, self._parameters)
        # A worker on its caller's core would be waited for by who keeps it from running.
        if not binary.persistent or binary.driver != "local-task" or available_cores() == 1:
            return _Program(host, loaded, None)
        pool = worker_pool(binary.persistent.threads)
        workers = WorkerFunction(pool.device.load(binary, self._parameters), pool, binary.seconds)
        return _Program(host, loaded, workers)

    def _new_frame(self) -> "_Frame":
        program = self._program = self._program or self._begin()
        binary = self.binary
        if binary.persistent:
            loaded = program.loaded, program.workers
            invocation = CooperativeInvocation(*loaded, binary.persistent, program.device)
        else:
            waits = patient_thread if binary.driver == "local-task" else nullcontext
            invocation = Invocation(program.loaded, len(binary.results), waits)
        return _Frame(binary, invocation, program.device)


def _may_choose(binary: CompiledArtifact) -> bool:
    """Whether a program may run on the calling thread where its sizes are small."""
    is_static = all(spec.is_static for spec in binary.arguments)
    return not is_static and binary.driver == "local-task" and binary.persistent is None


@dataclass(frozen=True)
class _Program:
    """A program in memory: the device it runs on, and the same on those who help."""

    device: Device
    loaded: Function
    workers: WorkerFunction | None


class _Frame:
    """Memory and argument lists of one call at a time."""

    def __init__(
        self,
        binary: CompiledArtifact,
        invocation: Invocation | CooperativeInvocation,
        device: Device,
    ):
        self._invocation, self._device = invocation, device
        self._binary, self._results = binary, binary.results
        self._arguments = [_Argument(spec, device) for spec in binary.arguments]
        # All sizes follow from those of arguments, where a program does not choose them.
        self._is_static = all(spec.is_static for spec in binary.arguments)
        self._memories: dict[tuple[tuple[int, ...], ...], ResultMemory] = {}
        if self._is_static and binary.preallocated:
            self._memories[()] = self._new_memory([])

    def call(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None
    ) -> list[np.ndarray]:
        if not self._binary.preallocated:
            return self._call_dynamic(arrays, out)
        memory = self._memories[()] if self._is_static else self._memory_of(arrays)
        if out is not None:
            return self._call_into(arrays, out, memory)
        results, slot = memory.acquire(), self._invocation.slot()
        addresses, _alive = self._addresses(arrays)
        self._invoke(slot, self._list_of(slot, arrays, addresses, results))
        return memory.release(results)

    @property
    def kept_bytes(self) -> int:
        """Bytes of results that wait for later calls or are lent and will return."""
        return sum(memory.kept_bytes for memory in self._memories.values())

    def _memory_of(self, arrays: Sequence[np.ndarray]) -> ResultMemory:
        """Memory for the results of arguments of these shapes: that of their last call, or new."""
        shapes = tuple(array.shape for array in arrays)
        memory = self._memories.pop(shapes, None)
        if memory is None:
            while len(self._memories) >= _KEPT_SHAPES or self.kept_bytes > KEPT_BYTES:
                del self._memories[next(iter(self._memories))]
            memory = self._new_memory(shapes)
        self._memories[shapes] = memory
        return memory

    def _new_memory(self, shapes: Sequence[tuple[int, ...]]) -> ResultMemory:
        """For the results of arguments of these shapes, and what kernels pass on before."""
        persistent, specs = self._binary.persistent, self._results
        if persistent is None:
            found = [spec.static_shape for spec in specs]
        else:
            found = [tuple(number_of(one, shapes) for one in shape) for shape in persistent.results]
        if persistent is not None and isinstance(self._invocation, CooperativeInvocation):
            if self._invocation.reserve(number_of(persistent.memory, shapes)):
                # Argument lists of other shapes name memory that is gone.
                self._memories.clear()
        layouts = [(shape, spec.dtype) for shape, spec in zip(found, specs)]
        return ResultMemory(layouts, self._device)

    def _list_of(
        self,
        slot: int,
        arrays: Sequence[np.ndarray],
        addresses: Sequence[int],
        results: ResultSet,
    ) -> ArgumentList:
        """The argument list of a call, which serves all that read and write at the same addresses.

        A view is no more than an address and a shape, so it outlives what was there; shapes are
        always the same where the results' memory is.
        """
        key = (slot, *addresses)
        kept = results.arguments.get(key)
        if kept is None:
            if len(results.arguments) >= _KEPT_LISTS:
                results.arguments.clear()
            views = self._views(arrays, addresses)
            kept = results.arguments[key] = self._invocation.arguments(slot, views, results.views)
        return kept

    def _call_into(
        self,
        arrays: Sequence[np.ndarray],
        out: Sequence[np.ndarray | None],
        memory: ResultMemory,
    ) -> list[np.ndarray]:
        """Writes results where they belong, or copies them there if that memory is in use."""
        addresses, _alive = self._addresses(arrays)
        results = memory.acquire()
        outputs = list(results.views)
        copied: list[int] = []
        for position, target in enumerate(out):
            if target is None:
                continue
            others = [other for index, other in enumerate(out) if index != position]
            if self._is_writable_in_place(position, target, [*arrays, *others]):
                outputs[position] = self._device.import_array(target)
            else:
                copied.append(position)
        slot, views = self._invocation.slot(), self._views(arrays, addresses)
        self._invoke(slot, self._invocation.arguments(slot, views, outputs))
        for position in copied:
            out[position][...] = results.arrays[position]  # type: ignore[index]
        # Only what a caller holds may leave: memory of the frame is written by the next call.
        own = memory.release(results) if any(target is None for target in out) else out
        return [mine if target is None else target for mine, target in zip(own, out)]  # type: ignore[misc]

    def _is_writable_in_place(
        self, position: int, target: np.ndarray, busy: Sequence[np.ndarray | None]
    ) -> bool:
        if target.nbytes <= _SMALL_ARGUMENT or not target.flags.writeable:
            return False
        if not is_importable(target, self._results[position].dtype):
            return False
        return not any(other is not None and np.may_share_memory(target, other) for other in busy)

    def _call_dynamic(
        self, arrays: Sequence[np.ndarray], out: Sequence[np.ndarray | None] | None
    ) -> list[np.ndarray]:
        """A call of a program that allocates its results itself, with sizes that it chooses."""
        addresses, copies = self._addresses(arrays)
        slot, views = self._invocation.slot(), self._views(arrays, addresses)
        returned = self._invoke(slot, self._invocation.arguments(slot, views, []))
        read, result = self._device.read, self._invocation.result
        results = [read(result(returned, i), spec) for i, spec in enumerate(self._results)]
        copies += [one.copy for one in self._arguments if one.copy is not None]
        for position, result in enumerate(results):
            # The program may return an argument itself, whose memory belongs to the caller, or to
            # this frame and so to its next call.
            if any(np.may_share_memory(result, array) for array in (*arrays, *copies)):
                results[position] = result.copy()
        for position, target in enumerate(out or ()):
            if target is not None:
                target[...] = results[position]
                results[position] = target
        return results

    def _addresses(self, arrays: Sequence[np.ndarray]) -> tuple[list[int], list[np.ndarray]]:
        """Where IREE is to read arguments, and copies that must live while it reads them."""
        copies: list[np.ndarray] = []
        return [one.address(array, copies) for one, array in zip(self._arguments, arrays)], copies

    def _views(self, arrays: Sequence[np.ndarray], addresses: Sequence[int]) -> list[Buffer]:
        taken = zip(self._arguments, arrays, addresses)
        return [one.view(array.shape, address) for one, array, address in taken]

    def _invoke(self, slot: int, arguments: ArgumentList) -> ArgumentList:
        try:
            return self._invocation(slot, arguments)
        except (RuntimeError, ValueError, LookupError) as error:
            first = str(error).splitlines()[0] if str(error) else "unknown error"
            raise RuntimeCallError(f"the compiled program failed: {first}") from error


class _Argument:
    """Where IREE reads one argument: in place, or a copy in the frame's memory.

    `copy` is that memory, of the next call too: fresh pages cost more than the copy.
    """

    def __init__(self, spec: ArraySpec, device: Device):
        self._dtype, self._device = spec.dtype, device
        self.copy: np.ndarray | None = None
        self._staged_at: int | None = None
        if spec.is_static and spec.nbytes <= _SMALL_ARGUMENT:
            self.copy = aligned_empty(spec.static_shape, spec.dtype)
            self._staged_at = address_of(self.copy)

    def address(self, array: np.ndarray, copies: list[np.ndarray]) -> int:
        """The address at which IREE is to read `array`.

        A copy too large to be kept is added to `copies`, which must live as long as IREE reads.
        """
        if self._staged_at is not None:
            self.copy[...] = array  # type: ignore[index]
            return self._staged_at
        if array.dtype != self._dtype:
            return self._copied(array, copies)
        try:
            # Much faster than to ask NumPy for flags and address.
            address = ctypes.addressof(ctypes.c_uint8.from_buffer(array))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            # Read-only, of a dtype without the buffer protocol, empty, or not contiguous.
            if not is_importable(array, self._dtype):
                return self._copied(array, copies)
            return address_of(array)
        return self._copied(array, copies) if address % IMPORT_ALIGNMENT else address

    def view(self, shape: tuple[int, ...], address: int) -> Buffer:
        """IREE's view of an array of this shape at an address."""
        return self._device.import_address(address, shape, self._dtype)

    def _copied(self, array: np.ndarray, copies: list[np.ndarray]) -> int:
        copy = self.copy
        if copy is None or copy.shape != array.shape:
            copy = aligned_empty(array.shape, self._dtype)
            self.copy = copy if copy.nbytes <= _LARGEST_COPY_KEPT else None
        if self.copy is None:
            copies.append(copy)
        copy[...] = array
        return address_of(copy)
