"""How much memory a program needs, known before it runs: what IREE has planned for it."""

import re
from dataclasses import dataclass

from tessel.compiler.driver import entry_of, module_text, run_until
from tessel.compiler.lowering.constant import used_parameters
from tessel.compiler.passes.results_to_out_params import ENTRY
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_phase
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType

_ENTRY = re.compile(r"util\.func public @main\(.*?^  \}", re.DOTALL | re.MULTILINE)
_CONSTANT = re.compile(r"(%[\w#]+) = arith\.constant (\d+) : index")
_CHANGE = re.compile(
    r"stream\.resource\.(alloca|dealloca)\b.*!stream\.resource<transient>\{(%[\w#]+)\}"
)


@dataclass(frozen=True)
class MemoryFootprint:
    """Bytes; None where a size is dynamic.

    `parameters` are read in place and last as long as the program. `arguments` and `results`
    are the caller's. `transients` is the most that a call holds at once beside them.
    """

    parameters: int
    arguments: int | None
    results: int | None
    transients: int | None


def memory_footprint(module: ir.Module, target: Target) -> MemoryFootprint:
    """What the function `main` of a traced module needs; lowers `module` in place."""
    (entry,) = [one for one in module.body.operations if isinstance(one, func.FuncOp)]
    inputs, outputs = list(entry.type.inputs), list(entry.type.results)
    arguments, results = _total(inputs), _total(outputs)
    run_until(module, target.pipeline.optimized, target)
    read = used_parameters(entry_of(module).operation)
    parameters = sum(array.nbytes for array in read.values())
    begin = target.pipeline.optimized
    extracted = run_until(module, target.pipeline.lowered, target, begin)
    persistent = extracted.persistent.get(ENTRY)
    if persistent is not None:
        transients = persistent.memory if isinstance(persistent.memory, int) else None
        return MemoryFootprint(parameters, arguments, results, transients)
    plan = compile_to_phase(module_text(module), target, "stream")
    return MemoryFootprint(parameters, arguments, results, peak_of_plan(plan))


def peak_of_plan(plan: str) -> int | None:
    """The most bytes of transients alive at once in `main` of IREE's `stream` phase."""
    match = _ENTRY.search(plan)
    assert match is not None, "IREE keeps the entry's name"
    sizes = {name: int(number) for name, number in _CONSTANT.findall(match[0])}
    alive = peak = 0
    for change, name in _CHANGE.findall(match[0]):
        if name not in sizes:
            return None
        alive += sizes[name] if change == "alloca" else -sizes[name]
        peak = max(peak, alive)
    return peak


def _total(types: list[ir.Type]) -> int | None:
    arrays = [ArrayType.of(one) for one in types]
    if not all(array.is_static for array in arrays):
        return None
    return sum(array.nbytes for array in arrays)
