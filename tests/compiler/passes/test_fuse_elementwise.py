"""`tessel-fuse-elementwise` keeps results, and twice is once."""

import numpy as np
import pytest
from pass_programs import PROGRAMS, check_keeps_results, check_twice_is_once

import tessel

FIRST = ["tessel-decompose", "cse"]
PASSES = ["tessel-fuse-elementwise"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_keeps_results(name: str) -> None:
    """The interpreter gives the same before and after."""
    check_keeps_results(name, [*FIRST, *PASSES])


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    check_twice_is_once(name, FIRST, PASSES)


def test_kernels_of_many_arrays() -> None:
    """A sum of a hundred arrays is several kernels, and right."""
    arrays = [np.full(5, n, np.float32) for n in range(100)]

    def total(parts):
        result = parts[0]
        for part in parts[1:]:
            result = result + part * 2
        return result

    np.testing.assert_array_equal(tessel.compile(total)(arrays), total(arrays))
