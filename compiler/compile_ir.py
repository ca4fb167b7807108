"""`tessel.compile_ir`: goes on from IR that a person has read, and perhaps edited."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tessel.compiler.analysis.size_guards import size_guards
from tessel.compiler.checked_programs import checks_of
from tessel.compiler.diagnostics import ArgumentError, CompilationError, ShapeError
from tessel.compiler.driver import build_module, entry_of, machine_code, run_until, slots_of
from tessel.compiler.failed_checks import RunTimeChecks
from tessel.compiler.frontend.traced_function import as_result
from tessel.compiler.host_resources import what_is_scarce
from tessel.compiler.ir_text import check_text
from tessel.compiler.kernels.target_attributes import EMULATE_AMX, processor_of
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.processors import PROCESSORS
from tessel.compiler.targets.iree import compile_to_vmfb
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.worker import Limits, WorkerDeath, shared_workers
from tessel.dialects.assumptions import SizeGuards
from tessel.dialects.context import new_context
from tessel.dialects.mlir import ir
from tessel.runtime.executable import Executable
from tessel.runtime.parameters import align_parameters

_BACK_END_DIALECTS = ("flow", "hal", "iree_codegen", "iree_linalg_ext", "stream", "util")
"""Dialects of IREE that upstream does not know."""


class CompiledModule:
    """The function `main` of a module of IR, called with arrays in order."""

    def __init__(
        self,
        executable: Executable,
        checks: RunTimeChecks | None = None,
        guards: SizeGuards | None = None,
    ):
        self._executable, self._checks = executable, checks
        self._guards = guards or SizeGuards()

    def __call__(self, *arrays: Any) -> Any:
        """The result, or a tuple of them.

        Raises ArgumentError for other types than the IR says, ShapeError for sizes that do not fit
        each other, and what its checks of data find.
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
        broken = self._guards.broken_by([array.shape for array in given])
        if broken is not None:
            shapes = ", ".join(str(array.shape) for array in given)
            raise ShapeError(f"main needs {broken}, which does not hold for the sizes {shapes}")
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
    resolved = resolve_target(target)
    *stages, _ = resolved.pipeline.names
    if stage not in stages:
        raise ArgumentError(
            f"cannot go on from stage '{stage}'", hint=f"stages: {', '.join(stages)}"
        )
    try:
        limits = Limits.of_settings()
        code = shared_workers().run(build_text, text, resolved, stage, limits=limits)
    except WorkerDeath as death:
        message = f"compiling this text {death.reason}"
        raise CompilationError(message, hint=death.hint or what_is_scarce() or "") from None
    # What a worker has survived this process survives, and logs.
    return load_text(text, code, resolved, stage, parameters)


def load_text(
    text: str,
    code: bytes,
    target: Target,
    stage: str,
    parameters: Mapping[str, np.ndarray] | None = None,
) -> CompiledModule:
    """The function `main` of MLIR text whose machine code is there, loaded."""
    module = parse_module(text)
    checks, guards = checks_of(module), size_guards(entry_of(module))
    compiler = lambda source, target: code  # noqa: E731
    binary, prepared = build_module(module, target, parameters, begin=stage, compiler=compiler)
    executable = Executable(binary, align_parameters(prepared), target.threads)
    return CompiledModule(executable, checks, guards)


def build_text(text: str, target: Target, stage: str) -> bytes:
    """Machine code of `main` in MLIR text. Raises CompilationError, or what a pass raises."""
    module = parse_module(text)
    _check_ops(module)
    _check_processor(module, target)
    entry = entry_of(module).type
    slots_of([*entry.inputs, *entry.results])
    run_until(module, target.pipeline.lowered, target, begin=stage)
    return machine_code(module, target, compile_to_vmfb)


def parse_module(text: str) -> ir.Module:
    """MLIR text as a module. Raises CompilationError for text that does not parse."""
    check_text(text)
    with new_context(), ir.Location.unknown():
        try:
            return ir.Module.parse(text)
        except ir.MLIRError as error:
            raise CompilationError(f"the text does not parse: {_first_line(error)}") from None


def _check_ops(module: ir.Module) -> None:
    """Raises CompilationError for an op that neither upstream nor IREE knows, which may crash."""

    symbols = {_symbol(view.operation) for view in module.body.operations}

    def visit(operation: ir.Operation) -> ir.WalkResult:
        name = operation.name
        if name == "flow.dispatch" and not set(_dispatched(operation)) <= symbols:
            unknown.append(f"{name} of a kernel that is not in the module")
        known = module.context.is_registered_operation(name)
        if not known and name.partition(".")[0] not in _BACK_END_DIALECTS:
            unknown.append(name)
        return ir.WalkResult.ADVANCE

    unknown: list[str] = []
    with module.context:
        module.operation.walk(visit)
    if unknown:
        raise CompilationError(f"there is no op '{unknown[0]}'")


def _symbol(operation: ir.Operation) -> str:
    name = operation.attributes.get("sym_name")
    return ir.StringAttr(name).value if name is not None else ""


def _dispatched(call: ir.Operation) -> list[str]:
    """The executables that a call of IREE's names."""
    try:
        return [
            ir.SymbolRefAttr(one).value[0] for one in ir.ArrayAttr(call.attributes["entry_points"])
        ]
    except (ValueError, TypeError, KeyError):
        return ["of no name"]


def _check_processor(module: ir.Module, target: Target) -> None:
    """Raises CompilationError for text whose kernels are for a processor that can do more."""
    attributes = module.operation.attributes
    said, has = (PROCESSORS.get(one) for one in (processor_of(module.operation), target.processor))
    if said is None or has is None or EMULATE_AMX in attributes:
        return
    # Kernels of another architecture are written in vectors of its width, which any machine has.
    if said.architecture == has.architecture and not said.features <= has.features:
        raise CompilationError(
            f"the text has kernels for {said.name}, and {has.name} cannot run them",
            hint="print it for this target",
        )


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if "error:" in line]
    return lines[0].split("error:", 1)[1].strip() if lines else str(error).splitlines()[0]
