"""Counters that are used at one time are apart from each other."""

from tessel.runtime.work_stealing import LEFT, Counters, counters_size

LINE = 16
"""Numbers in a cache line."""


def indices_of(kernel: int, threads: int) -> list[int]:
    counters = Counters(kernel, threads)
    return [counters.begun, counters.done, *map(counters.next_index, range(threads))]


def test_each_kernel_has_counters_of_its_own():
    for threads in (2, 3, 16):
        for kernels in (1, 2, 32, 33, 100):
            own = [index for kernel in range(kernels) for index in indices_of(kernel, threads)]
            indices = [LEFT, *own]
            assert len(set(indices)) == len(indices)
            assert max(indices) < counters_size(kernels, threads)


def test_what_threads_write_at_one_time_lies_in_pairs_of_lines_of_its_own():
    for kernel in (0, 1, 31, 32, 99):
        indices = [LEFT, *indices_of(kernel, 4)]
        assert len({index // (2 * LINE) for index in indices}) == len(indices)
