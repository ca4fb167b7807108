"""Counters of kernels lie apart from each other."""

from tessel.runtime.sharing import CLAIMED, DONE, KERNEL, LEFT, counters_size

LINE = 16
"""Numbers in a cache line."""


def test_counters_lie_in_lines_of_their_own():
    for kernels in (1, 2, 16):
        places = [LEFT]
        for kernel in range(kernels):
            places += [CLAIMED + kernel * KERNEL, DONE + kernel * KERNEL]
        lines = {place // (2 * LINE) for place in places}
        assert len(lines) == len(places)
        assert max(places) < counters_size(kernels)
