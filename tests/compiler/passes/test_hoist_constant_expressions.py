"""`tessel-hoist-constant-expressions` keeps results, and twice is once."""

import numpy as np
from pass_programs import program_tests

import tessel

FIRST = ["tessel-decompose", "cse"]
PASSES = ["tessel-hoist-constant-expressions"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


def _brightened(image: np.ndarray) -> np.ndarray:
    """A table of constants, whose ops use a value and what is computed of it."""
    table = np.clip((np.arange(256) / 255.0) ** 0.5 * 255, 0, 255).astype(np.uint8)
    return table[image]


def test_value_used_beside_what_it_makes() -> None:
    """What was erased with one operand is not looked at as the next one."""
    image = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(tessel.compile(_brightened)(image), _brightened(image))
