"""Where threads that run one call together count what each has taken.

The numbers are int32. Each kernel has two, a pair of cache lines apart, since processors fetch
lines in pairs: one that threads write would be taken from those who read its neighbour.
"""

from dataclasses import dataclass

_APART = 32
"""Numbers in a pair of cache lines."""


def claimed_place(kernel: int) -> int:
    """Where the claimed units of the kernel number `kernel` are counted."""
    return 2 * kernel * _APART


def done_place(kernel: int) -> int:
    """Where the finished units of the kernel number `kernel` are counted."""
    return (2 * kernel + 1) * _APART


def left_place(kernels: int) -> int:
    """Where threads that have left the last of `kernels` kernels are counted."""
    return 2 * kernels * _APART


def counters_size(kernels: int) -> int:
    """How many numbers `kernels` kernels need."""
    return left_place(kernels) + _APART


@dataclass(frozen=True)
class Shared:
    """What a program takes whose work a caller and `threads - 1` others at most do together.

    `units` are how many units of work each of its kernels has; `memory` the bytes between them.
    """

    units: tuple[int, ...]
    memory: int
    threads: int

    @property
    def kernels(self) -> int:
        return len(self.units)
