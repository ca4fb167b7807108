"""Random programs of views and in-place writes leave in memory what NumPy leaves."""

import pytest
from memory_programs import differences


@pytest.mark.parametrize("seed", [0, 2])
def test_programs_of_views_and_writes(seed: int) -> None:
    """A sample of the fuzz: results, and the arguments that were written."""
    assert differences(seed, 4, 12) == []
