"""Where threads that run one call together count what each has taken.

The numbers are int32. Each kernel has two, a pair of cache lines apart, since processors fetch
lines in pairs: one that threads write would be taken from those who read its neighbour.
"""

from dataclasses import dataclass

from tessel.runtime.sizes import Size

_APART = 32
"""Numbers in a pair of cache lines."""


LEFT = 0
"""Where threads that have left a kernel for good are counted."""

CLAIMED, DONE = _APART, 2 * _APART
"""Where the claimed and the finished units of the first kernel are counted."""

KERNEL = 2 * _APART
"""Numbers from those of a kernel to those of the next."""


def counters_size(kernels: int) -> int:
    """How many numbers `kernels` kernels need."""
    return CLAIMED + kernels * KERNEL


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
