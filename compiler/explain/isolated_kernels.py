"""Kernels as functions of their own, so that each can be called and timed alone.

    %3 = scf.execute_region { ... %1 ... %p ... }  ->  func @kernel_3(%a, %b) { ... return }

What a kernel reads becomes an argument, parameters too; constants go with it. Kernels that are the
same are one function. All are in one module, which is compiled as the program is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tessel.compiler.driver import binary_of, machine_code, run_until
from tessel.compiler.explain.kernels import FusedKernel
from tessel.compiler.kernels.kernel_sequence import calls_in, grid_of, workgroups_of
from tessel.compiler.targets.base import Target
from tessel.dialects.arithmetic import Add
from tessel.dialects.constant import Constant
from tessel.dialects.instance import defining_op, owner_of
from tessel.dialects.mlir import arith, func, ir
from tessel.runtime.artifact import CompiledArtifact

_NOTHING = "nothing"
"""The function that does next to nothing: what it takes is what a call costs."""


@dataclass(frozen=True)
class IsolatedKernel:
    """The code of one kernel; `inputs` are the values of the program that its arguments stand for.

    `workgroups` are its workgroups, where a template of ours says how many.
    """

    binary: CompiledArtifact
    inputs: list[ir.Value]
    workgroups: int | None


@dataclass(frozen=True)
class _Cut:
    """A function that was made of a kernel."""

    name: str
    inputs: list[ir.Value]


def build_isolated(
    module: ir.Module, kernels: Sequence[FusedKernel], target: Target, driver: str
) -> tuple[list[IsolatedKernel | None], CompiledArtifact]:
    """The code of each kernel of `module`, at stage `fused`, and that of a function without work.

    None for a kernel that is not the program's own: in a loop or a branch it reads what only the
    loop knows.
    """
    with module.context, ir.Location.unknown():
        cut_module = ir.Module.create()
        for name in module.operation.attributes:
            cut_module.operation.attributes[name] = module.operation.attributes[name]
        _add_nothing(cut_module)
        known: dict[str, str] = {}
        cuts = [_cut(cut_module, kernel, known) for kernel in kernels]
        types = {function.name.value: function.type for function in _functions(cut_module)}
        pipeline = target.pipeline
        extracted = run_until(cut_module, pipeline.lowered, target, begin=pipeline.optimized)
        code, persistent = machine_code(cut_module, target), extracted.persistent
        workgroups = {one.name.value: _workgroups(one) for one in _functions(cut_module)}
        workgroups.update((name, _total(one.workgroups)) for name, one in persistent.items())

    def binary(name: str) -> CompiledArtifact:
        return binary_of(code, name, types[name], driver, persistent.get(name))

    built = [
        None if cut is None else IsolatedKernel(binary(cut.name), cut.inputs, workgroups[cut.name])
        for cut in cuts
    ]
    return built, binary(_NOTHING)


def _cut(module: ir.Module, kernel: FusedKernel, known: dict[str, str]) -> _Cut | None:
    """Adds the function of `kernel`, or finds the one that `known` has by its text."""
    if not isinstance(kernel.operation.parent.opview, func.FuncOp):
        return None
    captured = _captured(kernel.operation)
    inputs = [value for value in captured if not _is_constant(value)]
    if not all(isinstance(value.type, ir.RankedTensorType) for value in inputs):
        return None
    types = [value.type for value in inputs], [one.type for one in kernel.operation.results]
    with ir.InsertionPoint(module.body):
        function = func.FuncOp("kernel", types)
    block = function.add_entry_block()
    copies = dict(zip(inputs, block.arguments))
    with ir.InsertionPoint(block) as point:
        for value in captured:
            owner = owner_of(value)
            if value not in copies and owner is not None:
                copies[value] = owner.clone(point).results[0]
        copy = kernel.operation.clone(point)
        _replace_operands(copy, copies)
        func.ReturnOp(list(copy.results))
    text = str(function)
    if text in known:
        function.operation.erase()
    else:
        known[text] = f"kernel_{len(known)}"
        function.operation.attributes["sym_name"] = ir.StringAttr.get(known[text])
    return _Cut(known[text], inputs)


def _captured(operation: ir.Operation) -> list[ir.Value]:
    """What an op and those in its regions read from outside, in order."""
    inside: list[ir.Operation] = []
    operation.walk(lambda one: inside.append(one) or ir.WalkResult.ADVANCE)
    made = {result for one in inside for result in one.results}
    read = [value for one in inside for value in one.operands if value not in made]
    return list(dict.fromkeys(read))


def _is_constant(value: ir.Value) -> bool:
    owner = owner_of(value)
    upstream = owner is not None and isinstance(owner.opview, arith.ConstantOp)
    return upstream or defining_op(value, Constant) is not None


def _replace_operands(operation: ir.Operation, copies: dict[ir.Value, ir.Value]) -> None:
    def visit(one: ir.Operation) -> ir.WalkResult:
        for position, value in enumerate(one.operands):
            if value in copies:
                one.operands[position] = copies[value]
        return ir.WalkResult.ADVANCE

    operation.walk(visit)


def _add_nothing(module: ir.Module) -> None:
    element = ir.RankedTensorType.get([1], ir.F32Type.get())
    with ir.InsertionPoint(module.body):
        function = func.FuncOp(_NOTHING, ([element], [element]))
    block = function.add_entry_block()
    with ir.InsertionPoint(block):
        (number,) = block.arguments
        func.ReturnOp([Add.build(number, number)])


def _functions(module: ir.Module) -> list[func.FuncOp]:
    return [one for one in module.body.operations if isinstance(one, func.FuncOp)]


def _workgroups(function: func.FuncOp) -> int | None:
    """The workgroups of the one kernel of ours that a function calls, where they are known."""
    calls = calls_in(function.operation)
    return workgroups_of(grid_of(calls[0])) if len(calls) == 1 else None


def _total(counts: Sequence[int | None]) -> int | None:
    return None if None in counts else sum(one or 0 for one in counts)
