"""From NumPy-style functions to machine code."""

from tessel.compiler.stack_check import check_stack

# Importing upstream MLIR's bindings with 400 KiB ends the process.
check_stack("tessel is imported")
