"""From NumPy-style functions to machine code."""

from tessel.compiler.logs import set_from_environment
from tessel.compiler.stack_check import check_stack

# Importing upstream MLIR's bindings with 400 KiB ends the process.
check_stack("tessel is imported")

set_from_environment()
