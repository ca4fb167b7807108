"""A problem as a program of its own: the op alone, with weights as parameters."""

import numpy as np

from tessel import dialects
from tessel.compiler.cache import Compiler
from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.driver import build_module
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.registry import parse_problem, template_named, templates
from tessel.compiler.kernels.target_attributes import attach_tuned_configurations
from tessel.compiler.kernels.template import Example, KernelTemplate
from tessel.compiler.targets.base import Target
from tessel.compiler.tuning.timing import TimedProgram
from tessel.dialects.constant import Parameter
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType

_TYPICAL_ROWS = 128
"""What stands for a dynamic size when a problem is measured."""


def build_candidate(
    problem: KernelProblem, configuration: dict[str, int], target: Target, compiler: Compiler
) -> TimedProgram:
    """The code of `problem` with a configuration, and the types of what it takes."""
    program = _example_of(problem)
    with dialects.new_context(), ir.Location.unknown():
        module = _module(program)
        attach_tuned_configurations(module.operation, {problem.name: configuration})
        weight = {} if program.parameter is None else {"weight": _numbers(program.parameter)}
        binary, prepared = build_module(module, target, weight, compiler=compiler)
    arguments = [(one.dtype.name, _sizes(one)) for one in program.arguments]
    parameters = {key: (array.dtype.name, array.shape) for key, array in prepared.items()}
    return TimedProgram(binary, arguments, parameters)


def is_tunable(problem: KernelProblem) -> bool:
    """Whether there is a program for problems of this kind."""
    return _is_tuned(template_named(problem.template))


def parse_tunable(text: str) -> KernelProblem:
    """The problem with the name `text`. Raises ArgumentError for a text that names none of them."""
    names = [name for name, template in templates().items() if _is_tuned(template)]
    if text.split(" ")[0] not in names:
        hint = f"choose of {', '.join(sorted(names))}"
        raise ArgumentError(f"'{text}' is no kernel that is tuned", hint=hint)
    return parse_problem(text)


def _is_tuned(template: KernelTemplate) -> bool:
    return type(template).example is not KernelTemplate.example


def _example_of(problem: KernelProblem) -> Example:
    example = template_named(problem.template).example(problem)
    if example is None:
        raise ArgumentError(f"'{problem.name}' is no kernel that is tuned")
    return example


def _module(program: Example) -> ir.Module:
    module = ir.Module.create()
    types = [one.to_mlir() for one in program.arguments]
    with ir.InsertionPoint(module.body):

        @func.FuncOp.from_py_func(*types)
        def main(*operands: ir.Value) -> ir.Value:
            one = program.parameter
            if one is None:
                return program.compute(*operands)
            weight = Parameter.build(key="weight", dtype=one.dtype, shape=one.sizes)
            return program.compute(*operands, weight)

    return module


def _sizes(array: ArrayType) -> tuple[int, ...]:
    return tuple(_TYPICAL_ROWS if size is None else size for size in array.shape)


def _numbers(array: ArrayType) -> np.ndarray:
    """A weight; its numbers do not matter, so long as none is subnormal."""
    return np.ones(array.sizes, array.dtype)
