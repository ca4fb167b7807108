"""Counters that are used at one time lie apart from each other."""

from tessel.runtime.sharing import LEFT, counters_of, counters_size

LINE = 16
"""Numbers in a cache line."""


def test_each_kernel_has_counters_of_its_own():
    for kernels in (1, 2, 32, 33, 100):
        places = [LEFT, *(place for kernel in range(kernels) for place in counters_of(kernel))]
        assert len(set(places)) == len(places)
        assert max(places) < counters_size(kernels)


def test_what_threads_write_at_one_time_lies_in_pairs_of_lines_of_its_own():
    for kernel in (0, 1, 31, 32, 99):
        places = [LEFT, *counters_of(kernel)]
        assert len({place // (2 * LINE) for place in places}) == len(places)
