"""How a loaded function is begun: by IREE's pool, or by the calling thread with workers."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from weakref import finalize

import numpy as np

from tessel.runtime.affinity import leave
from tessel.runtime.arrays import ALIGNMENT, aligned_empty, empty_bytes
from tessel.runtime.buffer import Buffer
from tessel.runtime.device import Device
from tessel.runtime.devices import WORKERS_WAIT, WorkerPool
from tessel.runtime.function import ArgumentList, Function
from tessel.runtime.work_stealing import LEFT, PersistentKernels, counters_size

_WORTH_WAKING = 80e-6
"""Seconds of work from which workers that sleep make a call faster.

On 2 cores of Zen 4, after 0.4 ms without a call, alone and with workers: 4x768x768 50 and 52 us,
8x768x768 91 and 74 to 118, 16x768x768 173 and 128. 30 us after a call: 50 and 33, 90 and 55, 171
and 93.
"""

_SLOTS = 4
"""Calls whose workers may still be on their way out while the next call begins."""


@dataclass(frozen=True)
class WorkerFunction:
    """A function on the threads of a pool, and the seconds that it takes on one core."""

    loaded: Function
    pool: WorkerPool
    seconds: float

    def should_wake(self) -> bool:
        """Whether the function takes long enough for those that sleep, or they are awake.

        They may be where calls follow each other: the first such call wakes them.
        """
        if self.seconds >= _WORTH_WAKING:
            return True
        return time.perf_counter() - self.pool.last_call < WORKERS_WAIT

    def launch(self, arguments: ArgumentList, returned: ArgumentList) -> None:
        """Has them take part in a call, and does not wait."""
        leave(self.pool.cores)
        self.loaded.invoke(arguments, returned)


class Invocation:
    """Calls of a function that ends when all is done."""

    def __init__(
        self,
        loaded: Function,
        results: int,
        waits: Callable[[], AbstractContextManager[None]],
    ):
        self._loaded, self._results, self._waits = loaded, results, waits
        self.result = loaded.result

    def slot(self) -> int:
        """The number of the next call's argument lists."""
        return 0

    def arguments(
        self, slot: int, inputs: Sequence[Buffer], outputs: Sequence[Buffer]
    ) -> ArgumentList:
        """What a call with this slot takes."""
        return self._loaded.argument_list([*inputs, *outputs])

    def __call__(self, slot: int, arguments: ArgumentList) -> ArgumentList:
        returned = self._loaded.result_list(self._results)
        with self._waits():
            self._loaded.invoke(arguments, returned)
        return returned


class CooperativeInvocation:
    """Calls of a function whose workgroups the calling thread and workers reserve.

    Workers are not waited for: the function ends, on each thread, when all workgroups are done. So
    one may still be about to find that when the next call begins, which therefore counts elsewhere.
    """

    def __init__(
        self,
        loaded: Function,
        workers: WorkerFunction | None,
        persistent: PersistentKernels,
        device: Device,
    ):
        self._loaded, self._workers = loaded, workers
        self.result = loaded.result
        # The function is begun on two devices, with a workgroup for each worker.
        self._all_left = persistent.calls * (persistent.threads - 1) * (1 + (workers is not None))
        size = (counters_size(persistent.kernels, persistent.threads),)
        self._counters = [aligned_empty(size, np.dtype(np.int32)) for _ in range(_SLOTS + 1)]
        for one in self._counters:
            one[LEFT] = self._all_left
        finalize(self, _keep_until_left, self._counters, self._all_left)
        self._views = [device.import_array(one) for one in self._counters]
        self._device, self._takes_memory = device, persistent.memory != 0
        self._memory, self._between = np.empty(0, np.uint8), []
        # What the function returns, which nobody writes or reads: views do not keep arrays alive.
        self._nothing = aligned_empty((ALIGNMENT,), np.dtype(np.int8))
        self._done = device.import_array(self._nothing)
        # Always the same lists: to make one takes 0.4 us of a call's 5.
        self._returned, self._workers_returned = loaded.result_list(1), loaded.result_list(1)
        self._fences = [device.fence(), device.fence()]
        self._last = 0

    def reserve(self, size: int) -> bool:
        """Has `size` bytes or more between kernels, if there is anything between them.

        Whether they are now elsewhere, and argument lists made before name memory that is gone.
        """
        if not self._takes_memory or (self._between and self._memory.nbytes >= size):
            return False
        self._memory = empty_bytes(max(size, ALIGNMENT))
        self._between = [self._device.import_array(self._memory)]
        return True

    def slot(self) -> int:
        """Counters that nobody uses: those longest unused, or those of calls without workers."""
        position = _SLOTS
        if self._workers is not None and self._workers.should_wake():
            unused = self._last = (self._last + 1) % _SLOTS
            if self._counters[unused].item(LEFT) == self._all_left:
                position = unused
        self._counters[position].fill(0)
        return position

    def arguments(
        self, slot: int, inputs: Sequence[Buffer], outputs: Sequence[Buffer]
    ) -> ArgumentList:
        """What a call with this slot takes."""
        views = [*inputs, self._views[slot], *outputs, *self._between]
        return self._loaded.argument_list([*views, self._done, *self._fences])

    def __call__(self, slot: int, arguments: ArgumentList) -> ArgumentList:
        workers = self._workers
        if workers is not None and slot < _SLOTS:
            workers.launch(arguments, self._workers_returned)
        self._loaded.invoke(arguments, self._returned)
        if workers is not None:
            workers.pool.last_call = time.perf_counter()
        return self._returned


_LEAVING: list[tuple[np.ndarray, int]] = []
"""Counters of programs that are gone, which workers may still look at: they are late, find nothing
to do, and touch nothing else."""


def _keep_until_left(counters: Sequence[np.ndarray], all_left: int) -> None:
    _LEAVING[:] = [one for one in _LEAVING if one[0][LEFT] != one[1]]
    # Those of calls without workers come last.
    _LEAVING.extend((one, all_left) for one in counters[:_SLOTS] if one[LEFT] != all_left)
