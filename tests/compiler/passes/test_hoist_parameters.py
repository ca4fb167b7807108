"""`tessel-hoist-parameters` keeps results, and twice is once."""

from pass_programs import program_tests

FIRST = ["tessel-decompose", "cse"]
PASSES = ["tessel-hoist-parameters"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)
