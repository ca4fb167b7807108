"""Runs passes over a module, stage by stage, and hands the result to IREE."""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import cast

import numpy as np

from tessel.compiler import logs
from tessel.compiler.analysis.cost import choose_driver, module_seconds
from tessel.compiler.cache import Compiler, cached_compile
from tessel.compiler.constant_evaluation import erase_constant_evaluation, evaluate_constants
from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.passes.form_persistent_kernels import strip_persistent_kernels
from tessel.compiler.passes.results_to_out_params import ENTRY
from tessel.compiler.pipeline_parser import make_manager, parse_pipeline
from tessel.compiler.pipelines import PIPELINES, Step
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_assembly, compile_to_llvm, compile_to_phase
from tessel.compiler.worker import back_end, in_back_end
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.executable import Executable
from tessel.runtime.parameters import align_parameters
from tessel.runtime.work_stealing import PersistentKernels

_log = logging.getLogger("tessel.passes")
_compile_log = logging.getLogger("tessel.compile")


def run_passes(module: ir.Module, names: Sequence[str], verify_each: bool = True) -> None:
    """Runs passes in order over `module`: ours and upstream's, each as pipeline text.

    The module is verified after each, or after the last alone.

    Raises PassError for an unknown pass, and what a pass raises.
    """
    errors: list[Exception] = []
    elements = [element for name in names for element in parse_pipeline(name, PIPELINES)]
    with module.context:
        manager = make_manager(elements, errors, _timed, verify_each)
        try:
            manager.run(module.operation)
            if not verify_each:
                module.operation.verify()
        except ir.MLIRError:
            if errors:
                raise errors[0] from errors[0].__cause__
            raise


@dataclass
class Extracted:
    """What the steps of a pipeline leave beside the module.

    `parameters` are those that the program reads, None where only its text is wanted: then nothing
    is evaluated. `persistent` is what functions of persistent kernels take, by name.
    """

    parameters: dict[str, np.ndarray] | None = None
    persistent: dict[str, PersistentKernels] = field(default_factory=dict)


def run_until(
    module: ir.Module,
    stage: str,
    target: Target,
    begin: str = "trace",
    parameters: Mapping[str, np.ndarray] | None = None,
) -> Extracted:
    """Brings `module` from the stage `begin` to `stage`, by the pipeline of `target`.

    Raises LookupError for a parameter that constants are made of and that is not given.
    """
    extracted = Extracted(None if parameters is None else dict(parameters))
    order = target.pipeline.names
    for name in order[order.index(begin) + 1 : order.index(stage) + 1]:
        for are_passes, group in groupby(target.steps(name), lambda one: isinstance(one, str)):
            if are_passes:
                # Verifying after each pass is half of the time of all passes.
                run_passes(module, [str(one) for one in group], verify_each=False)
            else:
                for step in group:
                    _STEPS[Step(step)](module, extracted)
        logs.LOGS.show(name, module.__str__)
    return extracted


def _evaluate_constants(module: ir.Module, extracted: Extracted) -> None:
    if extracted.parameters is None:
        erase_constant_evaluation(module)
    else:
        extracted.parameters = evaluate_constants(module, extracted.parameters)


def _strip_persistent_kernels(module: ir.Module, extracted: Extracted) -> None:
    extracted.persistent = strip_persistent_kernels(module.operation)


_STEPS: dict[Step, Callable[[ir.Module, Extracted], None]] = {
    Step.EVALUATE_CONSTANTS: _evaluate_constants,
    Step.STRIP_PERSISTENT_KERNELS: _strip_persistent_kernels,
}


def compile_module(
    module: ir.Module,
    target: Target,
    parameters: Mapping[str, np.ndarray] | None = None,
    driver: str | None = None,
    begin: str = "trace",
) -> Executable:
    """The function `main` of a module at stage `begin`, loaded; lowers `module` in place."""
    binary, prepared = build_module(module, target, parameters, driver, begin)
    return Executable(binary, align_parameters(prepared), target.threads)


def build_module(
    module: ir.Module,
    target: Target,
    parameters: Mapping[str, np.ndarray] | None = None,
    driver: str | None = None,
    begin: str = "trace",
    compiler: Compiler | None = None,
) -> tuple[CompiledArtifact, dict[str, np.ndarray]]:
    """The code of `main`, and the parameters that it reads; lowers `module` in place.

    `driver` runs it; where it is None, the amount of work says which. `compiler` makes machine
    code; where it is None, `TESSEL_ISOLATE` says in which process.
    """
    seconds = module_seconds(module)
    function_type = entry_of(module).type
    logs.LOGS.show(begin, module.__str__)
    extracted = run_until(module, target.pipeline.lowered, target, begin, parameters or {})
    code = machine_code(module, target, compiler)
    kernels = extracted.persistent.get(ENTRY)
    driver = driver or choose_driver(seconds, target.threads, is_persistent=kernels is not None)
    return binary_of(
        code, ENTRY, function_type, driver, kernels, seconds
    ), extracted.parameters or {}


def binary_of(
    code: bytes,
    name: str,
    function_type: ir.FunctionType,
    driver: str,
    persistent: PersistentKernels | None,
    seconds: float = math.inf,
) -> CompiledArtifact:
    """The function `name` of machine code, as its type was when it was traced."""
    arguments, results = slots_of(function_type.inputs), slots_of(function_type.results)
    preallocated = persistent is not None or all(spec.is_static for spec in results)
    return CompiledArtifact(
        code, name, arguments, results, driver, preallocated, persistent, seconds
    )


def machine_code(module: ir.Module, target: Target, compiler: Compiler | None = None) -> bytes:
    """The code of all functions of a module at the last stage of its target."""
    text = module_text(module)
    logs.LOGS.show("iree", lambda: in_back_end(compile_to_phase, text, target, "flow"))
    logs.LOGS.show("llvm", lambda: in_back_end(compile_to_llvm, text, target))
    logs.LOGS.show("asm", lambda: in_back_end(compile_to_assembly, text, target))
    start = time.perf_counter()
    identity = module.operation.get_asm(assume_verified=True).encode()
    code = cached_compile(text, target, compiler or back_end(), identity)
    seconds = time.perf_counter() - start
    _compile_log.info("%s for %s took %.2f s: %d bytes", ENTRY, target.name, seconds, len(code))
    return code


def module_text(module: ir.Module) -> bytes:
    """The text that IREE compiles, with locations.

    Text and not bytecode: IREE 3.13 cannot read its own ops from the bytecode that upstream writes
    for them while they are unregistered ("expected mlir::TypedAttr"). The generic form of ops: what
    upstream prints otherwise for a `vector.store` with `nontemporal` it cannot read either.
    """
    text = module.operation.get_asm(
        enable_debug_info=True, assume_verified=True, print_generic_op_form=True
    )
    return text.encode()


def copied_module(module: ir.Module) -> ir.Module:
    """A module of its own; upstream's bindings give an op, which has all that is asked of it."""
    return cast(ir.Module, module.operation.clone())


def entry_of(module: ir.Module) -> func.FuncOp:
    """The function that a program is called by. Raises CompilationError where there is none."""
    for view in module.body.operations:
        if isinstance(view, func.FuncOp) and view.name.value == ENTRY:
            hidden = "sym_visibility" in view.operation.attributes
            if not view.is_external and not hidden:
                return view
    raise CompilationError(f"the module has no public function '{ENTRY}' with a body")


def slots_of(types: Sequence[ir.Type]) -> tuple[ArraySpec, ...]:
    """Types of arguments or results as the runtime knows them.

    Raises CompilationError for a type that no array has.
    """
    slots = []
    for mlir_type in types:
        try:
            array = ArrayType.of(mlir_type)
        except (KeyError, ValueError):
            message = f"'{ENTRY}' takes or returns {str(mlir_type)[:80]}, which no array is"
            raise CompilationError(message) from None
        slots.append(ArraySpec(array.dtype, array.shape))
    return tuple(slots)


def _timed(name: str, run: Callable[[ir.Operation], None]) -> Callable[[ir.Operation], None]:
    """A pass that logs how long it takes."""

    def timed(operation: ir.Operation) -> None:
        start = time.perf_counter()
        run(operation)
        _log.debug("%s took %.1f ms", name, 1e3 * (time.perf_counter() - start))

    return timed
