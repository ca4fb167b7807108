"""How much stack the calling thread has: compilers and kernels need more than some threads have."""

import ctypes
import resource
import sys
import threading

LEAST_STACK = 1 << 20
"""Bytes of stack that a compilation or a kernel may need."""

_ATTRIBUTES = 64
"""Bytes of a `pthread_attr_t` in glibc and musl, with room to spare."""


def stack_size() -> int | None:
    """Bytes that the calling thread's stack may have; None without limit, or where nobody says."""
    if not sys.platform.startswith("linux"):
        return None
    if threading.current_thread() is threading.main_thread():  # it grows up to the process's limit
        limit = resource.getrlimit(resource.RLIMIT_STACK)[0]
        return None if limit == resource.RLIM_INFINITY else limit
    libc = ctypes.CDLL(None)
    attributes = ctypes.create_string_buffer(2 * _ATTRIBUTES)
    libc.pthread_self.restype = ctypes.c_void_p
    thread = ctypes.c_void_p(libc.pthread_self())
    if libc.pthread_getattr_np(thread, attributes) != 0:
        return None
    size = ctypes.c_size_t()
    libc.pthread_attr_getstacksize(attributes, ctypes.byref(size))
    libc.pthread_attr_destroy(attributes)
    return size.value
