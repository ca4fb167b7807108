"""`tessel-fuse-copies` keeps results, and twice is once."""

from pass_programs import program_tests

FIRST = ["cse"]
PASSES = ["tessel-fuse-copies"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)
