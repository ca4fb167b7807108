"""What only the first call of a compiled function needs: tracing it, and building its program.

Importing this module imports MLIR's bindings and IREE's compiler.
"""

from collections.abc import Sequence

import numpy as np

from tessel.compiler.driver import compile_module
from tessel.compiler.frontend.function_tracing import trace_function
from tessel.compiler.frontend.numpy.methods import install_methods
from tessel.compiler.frontend.python.substitution import with_tracing_numpy
from tessel.compiler.frontend.state.state_trace import called_by_signature, trace_with_state
from tessel.compiler.kernels.target_attributes import attach_tuned_configurations
from tessel.compiler.program import Program
from tessel.compiler.stages import Build, Traced
from tessel.compiler.state_entry import StateEntry, captured_beside
from tessel.compiler.targets.base import Target
from tessel.compiler.tuning.device_choice import faster_driver
from tessel.compiler.tuning.session import records_for, tune_module
from tessel.runtime.executable import Executable

__all__ = [
    "Build",
    "StateEntry",
    "Traced",
    "attach_measured",
    "build_program",
    "called_by_signature",
    "captured_beside",
    "trace_function",
    "trace_with_state",
    "with_tracing_numpy",
]

install_methods()


def build_program(
    program: Program, arrays: Sequence[np.ndarray], target: Target, mode: str
) -> Executable:
    """Machine code of a program, whose module is lowered in place, for arguments as `arrays`."""
    if mode == "default":
        return compile_module(program.module, target, program.parameters)
    records = records_for(target)
    tune_module(program.module, target, records)
    executable = compile_module(program.module, target, program.parameters)
    return faster_driver(executable, arrays, target, records)


def attach_measured(program: Program, target: Target) -> None:
    """Writes into a program's module what has been measured for `target`."""
    measured = records_for(target).configurations()
    attach_tuned_configurations(program.module.operation, measured)
