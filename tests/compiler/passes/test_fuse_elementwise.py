"""`tessel-fuse-elementwise` keeps results, and twice is once."""

import numpy as np
from pass_programs import program_tests

import tessel

FIRST = ["tessel-decompose", "cse"]
PASSES = ["tessel-fuse-elementwise"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def test_kernels_of_many_arrays() -> None:
    """A sum of a hundred arrays is several kernels, and right."""
    arrays = [np.full(5, n, np.float32) for n in range(100)]

    def total(parts):
        result = parts[0]
        for part in parts[1:]:
            result = result + part * 2
        return result

    np.testing.assert_array_equal(tessel.compile(total)(arrays), total(arrays))
