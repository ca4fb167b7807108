"""Counters of kernels lie apart from each other."""

from tessel.runtime.sharing import claimed_place, counters_size, done_place, left_place

LINE = 16
"""Numbers in a cache line."""


def test_counters_lie_in_lines_of_their_own():
    for kernels in (1, 2, 16):
        places = [left_place(kernels)]
        for kernel in range(kernels):
            places += [claimed_place(kernel), done_place(kernel)]
        lines = {place // (2 * LINE) for place in places}
        assert len(lines) == len(places)
        assert max(places) < counters_size(kernels)
