"""`tessel-decompose` keeps results, and twice is once."""

from pass_programs import program_tests

FIRST: list[str] = []
PASSES = ["tessel-decompose"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)
