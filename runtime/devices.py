"""Devices that run programs: the calling thread, or a pool of worker threads."""

import os
import threading
from functools import cache

from iree import runtime as iree

_LOCK = threading.Lock()


def thread_count() -> int:
    """Worker threads of the pool: `TESSEL_THREADS`, else the cores this process may use."""
    configured = os.environ.get("TESSEL_THREADS", "")
    if configured.isdigit() and int(configured) > 0:
        return int(configured)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def device(driver: str) -> iree.HalDevice:
    """The process's device for `local-sync` (the calling thread) or `local-task` (the pool)."""
    with _LOCK:
        return _create_device(driver)


@cache
def instance() -> iree.VmInstance:
    """The process's VM instance."""
    return iree.VmInstance()


@cache
def _create_device(driver: str) -> iree.HalDevice:
    if driver == "local-task":
        # Must precede the driver's creation, which reads the flags once.
        iree.flags.parse_flags(f"--task_topology_group_count={thread_count()}")
    # Fresh pages cost more than small kernels (IREE issue 24012): transients come from a cache.
    return iree.get_driver(driver).create_device_by_uri(driver, allocators=["caching"])
