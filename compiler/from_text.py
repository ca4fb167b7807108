"""`tessel.compile_ir`: goes on from IR that a person has read, and perhaps edited."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError, CompilationError
from tessel.compiler.driver import compile_module
from tessel.compiler.frontend.program import as_result
from tessel.compiler.pipelines import STAGES
from tessel.compiler.run_time_checks import RunTimeChecks, checks_of
from tessel.compiler.targets.resolve import resolve_target
from tessel.dialects import new_context
from tessel.dialects.mlir import ir
from tessel.runtime.executable import Executable


class CompiledModule:
    """The function `main` of a module of IR, called with arrays in order."""

    def __init__(self, executable: Executable, checks: RunTimeChecks | None = None):
        self._executable, self._checks = executable, checks

    def __call__(self, *arrays: Any) -> Any:
        """The result, or a tuple of them.

        Raises ArgumentError for other types than the IR says, and what its checks of data find.
        """
        slots = self._executable.binary.arguments
        if len(arrays) != len(slots):
            raise ArgumentError(f"main takes {len(slots)} arrays, got {len(arrays)}")
        given = [np.asarray(array) for array in arrays]
        for position, (array, slot) in enumerate(zip(given, slots)):
            fits = len(array.shape) == len(slot.shape) and all(
                want in (None, have) for have, want in zip(array.shape, slot.shape)
            )
            if array.dtype != slot.dtype or not fits:
                have, want = f"{array.dtype}{array.shape}", f"{slot.dtype}{slot.shape}"
                raise ArgumentError(f"argument {position} of main is {have}, must be {want}")
        outputs = self._executable(given)
        if self._checks is not None:
            self._checks.raise_first(outputs.pop())
        results = tuple(as_result(one) for one in outputs)
        return results[0] if len(results) == 1 else results


def compile_ir(
    text: str,
    *,
    stage: str = "dialect",
    target: str = "host",
    parameters: Mapping[str, np.ndarray] | None = None,
) -> CompiledModule:
    """Compiles the function `main` of MLIR text, as `CompiledFunction.ir(stage, ...)` printed it.

    `stage` is the stage the text is at: the passes after it run. `parameters` gives the arrays of
    its `tessel.parameter` ops. Raises CompilationError for text that does not parse.

    >>> import numpy as np
    >>> double = compile_ir('''
    ... func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
    ...   %0 = "tessel.add"(%x, %x) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    ...   return %0 : tensor<2xf32>
    ... }''')
    >>> double(np.array([1, 2], np.float32))
    array([2., 4.], dtype=float32)
    """
    stages = [name for name in STAGES if name != "linalg"]
    if stage not in stages:
        raise ArgumentError(
            f"cannot go on from stage '{stage}'", hint=f"stages: {', '.join(stages)}"
        )
    module = parse_module(text)
    checks = checks_of(module)
    executable = compile_module(module, resolve_target(target), parameters, begin=stage)
    return CompiledModule(executable, checks)


def parse_module(text: str) -> ir.Module:
    """MLIR text as a module. Raises CompilationError for text that does not parse."""
    with new_context(), ir.Location.unknown():
        try:
            return ir.Module.parse(text)
        except ir.MLIRError as error:
            raise CompilationError(f"the text does not parse: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if "error:" in line]
    return lines[0].split("error:", 1)[1].strip() if lines else str(error).splitlines()[0]
