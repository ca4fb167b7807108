"""`tessel-select-kernels` keeps results, and twice is once."""

from pass_programs import program_tests

FIRST = ["tessel-attach-target", "tessel-decompose", "cse"]
PASSES = ["tessel-fuse-epilogues", "tessel-select-kernels"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)
