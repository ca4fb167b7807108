"""Where threads that run one call together count what each has taken.

The numbers are int32. Each kernel has two: units claimed, and units done. Those of 32 kernels share
a pair of cache lines, since kernels run one after the other, but what is claimed is a pair apart
from what is done: processors fetch lines in pairs, and one that threads write would be taken from
those who read its neighbour.
"""

from dataclasses import dataclass
from typing import Any

from tessel.runtime.sizes import Size

_APART = 32
"""Numbers in a pair of cache lines."""

LEFT = 0
"""Where threads that have left a kernel for good are counted."""

_KERNELS = _APART
"""Kernels whose numbers lie together."""


def counters_of(kernel: Any) -> tuple[Any, Any]:
    """Where the claimed and the finished units of a kernel are counted.

    `kernel` is its number in the program, or what stands for it in code.

    >>> counters_of(0), counters_of(1), counters_of(32)
    ((32, 64), (33, 65), (96, 128))
    """
    claimed = kernel // _KERNELS * (2 * _APART) + kernel % _KERNELS + _APART
    return claimed, claimed + _APART


def counters_size(kernels: int) -> int:
    """How many numbers `kernels` kernels need."""
    return _APART + -(-kernels // _KERNELS) * (2 * _APART)


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
