"""The devices of this process, each made once: the calling thread, and a pool of workers."""

import atexit
import ctypes
import math
import platform
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iree import runtime as iree
from iree.runtime._binding import create_hal_driver  # type: ignore[attr-defined]

from tessel.runtime.affinity import available_cores, pinned_cores
from tessel.runtime.errors import RuntimeCallError
from tessel.runtime.forking import keep_forever, tell_after_fork
from tessel.runtime.host_device import HostDevice

_WORKER_STACK = 1 << 20
"""Bytes of a worker's stack."""

WORKERS_WAIT = 50e-6
"""Seconds that workers look for work before they sleep: 4x768x3072 takes 97 us, and 109 from sleep.

With 200 us kernels on IREE's pool, which has the same cores, take 160 and not 137 us after a call.
"""

_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18
"""A system call of x86-64, what it is asked, and the part of a processor's state."""


def device(driver: str, threads: int | None = None) -> HostDevice:
    """The process's device for `local-sync` (the calling thread) or `local-task` (a pool).

    The process has one pool, with as many `threads` as the first call asks for (`available_cores()`
    for None), since a second one would fight it for the same cores. Raises RuntimeCallError for
    another driver.
    """
    if driver == "local-sync":
        return _DEVICES.local_sync()
    if driver == "local-task":
        return _DEVICES.workers(threads)
    raise RuntimeCallError(
        f"there is no device '{driver}'; programs run on local-sync or local-task"
    )


@dataclass
class WorkerPool:
    """Threads that help a calling thread, on `cores` of their own; they sleep while nobody calls.

    `last_call` is when a call ended that they could help, on the clock `time.perf_counter`.
    """

    device: HostDevice
    cores: frozenset[int]
    last_call: float = -math.inf


def worker_pool(threads: int | None = None) -> WorkerPool:
    """The process's workers; with the calling thread they are `threads`."""
    return _DEVICES.worker_pool(threads)


def allow_tiles() -> bool:
    """Asks Linux to let this process, with all its threads, use the tiles of AMX.

    Source: Linux, Documentation/arch/x86/xstate.rst.
    """
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    return ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA) == 0


class _Devices:
    """What this process has of IREE's, each made when it is first asked for.

    `_count` is the number of threads that was asked for first.
    """

    def __init__(self) -> None:
        self._begin()
        tell_after_fork(self)
        # nanobind lists on stderr what outlives the interpreter, and this module may: CPython does
        # not clear a module whose functions are still referred to from C.
        atexit.register(self._begin)

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._count: int | None = None
        self._made: dict[str, Any] = {}

    def after_fork(self) -> None:
        """A child makes its own: its parent's have no threads here."""
        keep_forever(self._made)
        self._begin()

    def instance(self) -> iree.VmInstance:
        return self._once("instance", iree.VmInstance)

    def local_sync(self) -> HostDevice:
        return self._once("local-sync", lambda: _create("local-sync"))

    def workers(self, threads: int | None) -> HostDevice:
        return self._once("local-task", lambda: _task_pool(self._threads(threads)))

    def worker_pool(self, threads: int | None) -> WorkerPool:
        return self._once("workers", lambda: _worker_pool(self._threads(threads)))

    def _threads(self, threads: int | None) -> int:
        if self._count is None:
            self._count = threads or available_cores()
        return self._count

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]


_DEVICES = _Devices()


def _task_pool(threads: int) -> HostDevice:
    return _new_pool(pinned_cores(threads), threads, spins=0)


def _worker_pool(threads: int) -> WorkerPool:
    cores = pinned_cores(threads)[1:]
    others = max(min(threads, available_cores()) - 1, 1)
    pool = _new_pool(cores, others, spins=round(1e6 * WORKERS_WAIT))
    return WorkerPool(pool, frozenset(cores))


def _new_pool(cores: list[int], threads: int, spins: int) -> HostDevice:
    """A pool whose threads look for work for `spins` us before they sleep."""
    # IREE reads flags when it makes a driver, and cores once given stay given: all pools have cores
    # of their own, or none. Kernels keep up to 128 KiB on the stack, which is all that IREE gives
    # its workers.
    ids = ",".join(map(str, cores))
    topology = f"--task_topology_{f'cpu_ids={ids}' if cores else f'group_count={threads}'}"
    stack = f"--task_worker_stack_size={_WORKER_STACK}"
    iree.flags.parse_flags(topology, f"--task_worker_spin_us={spins}", stack)
    return _create("local-task")


def _create(driver: str) -> HostDevice:
    # A driver of its own, not IREE's cached one: its devices share their threads.
    try:
        creator = create_hal_driver(driver)
        # Fresh pages cost more than small kernels (IREE issue 24012): transients come from a cache.
        hal = creator.create_device_by_uri(driver, allocators=["caching"])  # type: ignore[list-item]
    except RuntimeError as error:
        reason = str(error).splitlines()[0].rpartition("; ")[2]
        hint = "TESSEL_THREADS=1 needs no others"
        raise RuntimeCallError(f"threads cannot be started: {reason}; {hint}") from error
    return HostDevice(driver, hal, _DEVICES.instance())
