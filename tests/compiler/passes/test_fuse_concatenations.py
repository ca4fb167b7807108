"""`tessel-fuse-concatenations` keeps results, and twice is once."""

import pytest
from pass_programs import PROGRAMS, check_keeps_results, check_twice_is_once

FIRST = ["cse"]
PASSES = ["tessel-fuse-concatenations"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_keeps_results(name: str) -> None:
    """The interpreter gives the same before and after."""
    check_keeps_results(name, [*FIRST, *PASSES])


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    check_twice_is_once(name, FIRST, PASSES)
