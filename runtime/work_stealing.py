"""Where threads that run one call together count what each has taken.

The numbers are int32. The units of a kernel are cut into a part for each thread, and each kernel
has a number for the threads that have begun it, one for the claims of each part, and one for the
units that are done. Those of 32 kernels share a pair of cache lines, since kernels run one after
the other, but numbers of one kernel are a pair apart from each other: processors fetch lines in
pairs, and one that threads write would be taken from those who read its neighbour.
"""

from dataclasses import dataclass
from typing import Any

from tessel.runtime.size_expressions import Size

_APART = 32
"""Numbers in a pair of cache lines."""

LEFT = 0
"""Where threads that have left a kernel for good are counted."""

_KERNELS = _APART
"""Kernels whose numbers lie together."""


@dataclass(frozen=True)
class Counters:
    """Places of the numbers of one kernel; `kernel` is its number, or what stands for it in code.

    >>> one = Counters(kernel=33, threads=2)
    >>> one.begun, one.claimed(0), one.claimed(1), one.done
    (161, 193, 225, 257)
    """

    kernel: Any
    threads: int

    @property
    def begun(self) -> Any:
        """Threads that have begun the kernel."""
        group, place = self.kernel // _KERNELS, self.kernel % _KERNELS
        return group * (_rows(self.threads) * _APART) + place + _APART

    def claimed(self, part: Any) -> Any:
        """Units of a thread's part that are claimed."""
        return self.begun + (part + 1) * _APART

    @property
    def done(self) -> Any:
        """Units that are done."""
        return self.claimed(self.threads)


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
class Shared:
    """What a program takes whose work a caller and `threads - 1` others at most do together.

    `units` are how many units of work each of its kernels has, None where that is known only when
    running; `memory` the bytes between them, and `results` the shapes of its results. Each thread
    is asked for the kernels in `calls` calls, one after the other.
    """

    units: tuple[int | None, ...]
    threads: int
    calls: int
    memory: Size
    results: tuple[tuple[Size, ...], ...]

    @property
    def kernels(self) -> int:
        return len(self.units)
