"""Where threads that run one call together count what each has taken.

The numbers are int32. Each thread has a range of the workgroups of a kernel, and each kernel has a
number for the threads that have begun it, one for what is reserved of each range, and one for the
workgroups that are done. Those of 32 kernels share a pair of cache lines, since kernels run one
after the other, but numbers of one kernel are a pair apart from each other: processors fetch lines
in pairs, and one that threads write would be taken from those who read its neighbour.
"""

from dataclasses import dataclass
from typing import Any

from tessel.runtime.size_expressions import Size

_APART = 32
"""Numbers in a pair of cache lines."""

LEFT = 0
"""Where threads that have left a kernel for good are counted."""

_KERNELS = _APART
"""Kernels whose numbers are neighbours."""


@dataclass(frozen=True)
class Counters:
    """Indices of the numbers of one kernel; `kernel` is its number, or what stands for it in code.

    >>> one = Counters(kernel=33, threads=2)
    >>> one.begun, one.next_index(0), one.next_index(1), one.done
    (161, 193, 225, 257)
    """

    kernel: Any
    threads: int

    @property
    def begun(self) -> Any:
        """Threads that have begun the kernel."""
        group, offset = self.kernel // _KERNELS, self.kernel % _KERNELS
        return group * (_rows(self.threads) * _APART) + offset + _APART

    def next_index(self, thread: Any) -> Any:
        """How many workgroups of a thread's range are reserved: where the next are."""
        return self.begun + (thread + 1) * _APART

    @property
    def done(self) -> Any:
        """Workgroups that are done."""
        return self.next_index(self.threads)


def counters_size(kernels: int, threads: int) -> int:
    """How many numbers `kernels` kernels need.

    >>> counters_size(34, 2)
    288
    """
    return _APART + -(-kernels // _KERNELS) * (_rows(threads) * _APART)


def _rows(threads: int) -> int:
    """Pairs of lines of 32 kernels."""
    return threads + 2


@dataclass(frozen=True)
class PersistentKernels:
    """What a program of persistent kernels takes, which a caller and `threads - 1` workers run.

    `workgroups` are how many each of its kernels has, None where that is dynamic; `memory` the
    bytes between them, and `results` the shapes of its results. Each thread is launched for the
    kernels in `calls` calls, one after the other.
    """

    workgroups: tuple[int | None, ...]
    threads: int
    calls: int
    memory: Size
    results: tuple[tuple[Size, ...], ...]

    @property
    def kernels(self) -> int:
        return len(self.workgroups)
