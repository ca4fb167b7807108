"""Devices that run programs: the calling thread, or a pool of worker threads."""

import ctypes
import os
import platform
import threading
from functools import cache

from iree import runtime as iree

_LOCK = threading.Lock()

_WORKER_STACK = 1 << 20
"""Bytes of a worker's stack."""


_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18
"""A system call of x86-64, what it is asked, and the part of a processor's state."""


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def device(driver: str, threads: int | None = None) -> iree.HalDevice:
    """The process's device for `local-sync` (the calling thread) or `local-task` (a pool).

    The process has one pool, with as many `threads` as the first call for it asks for
    (`available_cores()` for None): IREE reads the number once.
    """
    with _LOCK:
        return _local_sync() if driver == "local-sync" else _local_task(driver, threads)


def allow_tiles() -> bool:
    """Asks Linux to let this process, with all its threads, use the tiles of AMX.

    Source: Linux, Documentation/arch/x86/xstate.rst.
    """
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    return ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA) == 0


@cache
def instance() -> iree.VmInstance:
    """The process's VM instance."""
    return iree.VmInstance()


@cache
def _local_sync() -> iree.HalDevice:
    return _create("local-sync")


# Not by number of threads: a second pool would fight the first one for the same cores.
_POOLS: dict[str, iree.HalDevice] = {}


def _local_task(driver: str, threads: int | None) -> iree.HalDevice:
    if driver not in _POOLS:
        # Must precede the driver's creation, which reads the flags once.
        iree.flags.parse_flags(_topology(threads or available_cores()))
        # Kernels keep up to 128 KiB on the stack, which is all that IREE gives its workers.
        iree.flags.parse_flags(f"--task_worker_stack_size={_WORKER_STACK}")
        _POOLS[driver] = _create(driver)
    return _POOLS[driver]


def _topology(threads: int) -> str:
    """IREE's flag for a pool of `threads`, each on a core of its own where all cores are used.

    Left to itself Linux often wakes two workers on one core, since the caller is still on the other
    one: 8x768x3072 on 2 cores took 250 to 430 us, and 250 with a core for each. A pool of fewer is
    free to move, for others may use the same cores.
    """
    if threads == available_cores() and hasattr(os, "sched_getaffinity"):
        return f"--task_topology_cpu_ids={','.join(map(str, sorted(os.sched_getaffinity(0))))}"
    return f"--task_topology_group_count={threads}"


def _create(driver: str) -> iree.HalDevice:
    # Fresh pages cost more than small kernels (IREE issue 24012): transients come from a cache.
    creator = iree.get_driver(driver)
    return creator.create_device_by_uri(driver, allocators=["caching"])  # type: ignore[list-item]
