"""A problem as a program of its own: the op alone, with weights as parameters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tessel import dialects
from tessel.compiler.cache import Compiler
from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.driver import build_module
from tessel.compiler.kernels.attention_tiles import AttentionProblem, DecodeProblem
from tessel.compiler.kernels.gemm_tiles import AmxProblem, ConvolutionProblem, GemmProblem
from tessel.compiler.kernels.hardware import describe_measured
from tessel.compiler.kernels.problem import KernelProblem, parse_problem
from tessel.compiler.kernels.winograd_tiles import WinogradProblem
from tessel.compiler.lowering.term import Term
from tessel.compiler.targets.base import Target
from tessel.compiler.tuning.timing import TimedProgram
from tessel.dialects.attention import ScaledDotProductAttention
from tessel.dialects.channels_last import ChannelsLastConvolution
from tessel.dialects.constant import Parameter
from tessel.dialects.contraction import Matmul
from tessel.dialects.mlir import func, ir
from tessel.dialects.packing import product_dtype
from tessel.dialects.types import ArrayType
from tessel.dialects.winograd import WINDOW

_TYPICAL_ROWS = 128
"""What stands for a size known only when running when a problem is measured."""


@dataclass(frozen=True)
class _Program:
    """Types of the arguments and of the parameter, if there is one, and what is computed."""

    arguments: list[ArrayType]
    parameter: ArrayType | None
    compute: Callable[..., ir.Value]


def build_candidate(
    problem: KernelProblem, tiles: dict[str, int], target: Target, compiler: Compiler
) -> TimedProgram:
    """The code of `problem` with `tiles`, and the types of what it takes."""
    program = _PROGRAMS[type(problem)](problem)
    with dialects.new_context(), ir.Location.unknown():
        module = _module(program)
        describe_measured(module.operation, {problem.name: tiles})
        weight = {} if program.parameter is None else {"weight": _numbers(program.parameter)}
        binary, prepared = build_module(module, target, weight, compiler=compiler)
    arguments = [(one.dtype.name, _sizes(one)) for one in program.arguments]
    parameters = {key: (array.dtype.name, array.shape) for key, array in prepared.items()}
    return TimedProgram(binary, arguments, parameters)


def is_tunable(problem: KernelProblem) -> bool:
    """Whether there is a program for problems of this kind."""
    return type(problem) in _PROGRAMS


def parse_tunable(text: str) -> KernelProblem:
    """The problem with the name `text`. Raises ArgumentError for a text that names none of them."""
    names = [cls.template for cls in _PROGRAMS]
    if text.split(" ")[0] not in names:
        hint = f"choose of {', '.join(names)}"
        raise ArgumentError(f"'{text}' is no kernel that is tuned", hint=hint)
    return parse_problem(text)


def _module(program: _Program) -> ir.Module:
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


def _gemm(problem: GemmProblem | AmxProblem) -> _Program:
    dtype, weight = np.dtype(problem.dtype), np.dtype(problem.weight)
    result = product_dtype(dtype, weight)
    if result is None:
        raise ArgumentError(f"no kernel multiplies {dtype} by {weight}")

    def compute(rows: ir.Value, weight: ir.Value) -> ir.Value:
        return Matmul.build(*[Term(one).cast(result).value for one in (rows, weight)])

    rows = ArrayType(dtype, (problem.rows, problem.depth))
    matrix = ArrayType(weight, (problem.depth, problem.width))
    if isinstance(problem, GemmProblem) and problem.layout == "plain":
        return _Program([rows, matrix], None, compute)
    return _Program([rows], matrix, compute)


def _convolution(problem: ConvolutionProblem) -> _Program:
    def compute(image: ir.Value, weight: ir.Value) -> ir.Value:
        attributes = {"strides": problem.strides, "dilation": problem.dilation}
        return ChannelsLastConvolution.build(image, weight, **attributes)

    types = [ArrayType(np.dtype(np.float32), shape) for shape in (problem.image, problem.weight)]
    return _Program(types[:1], types[1], compute)


def _winograd(problem: WinogradProblem) -> _Program:
    weight = (WINDOW, WINDOW, problem.image[3], problem.width)
    return _convolution(ConvolutionProblem(problem.image, weight))


def _attention(problem: AttentionProblem) -> _Program:
    return _attend(problem, problem.heads, problem.shared, causal=bool(problem.causal))


def _decode(problem: DecodeProblem) -> _Program:
    return _attend(problem, problem.groups, problem.groups, causal=False)


def _attend(
    problem: AttentionProblem | DecodeProblem, heads: int, shared: int, *, causal: bool
) -> _Program:
    queries, keys, depth = problem.queries, problem.keys, problem.depth

    def compute(query: ir.Value, key: ir.Value, value: ir.Value) -> ir.Value:
        scale = depth**-0.5
        return ScaledDotProductAttention.build(query, key, value, None, causal=causal, scale=scale)

    shapes = (1, heads, queries, depth), (1, shared, keys, depth), (1, shared, keys, problem.width)
    dtype = np.dtype(problem.dtype)
    return _Program([ArrayType(dtype, one) for one in shapes], None, compute)


_PROGRAMS: dict[type[KernelProblem], Callable[..., _Program]] = {
    GemmProblem: _gemm,
    AmxProblem: _gemm,
    ConvolutionProblem: _convolution,
    WinogradProblem: _winograd,
    AttentionProblem: _attention,
    DecodeProblem: _decode,
}


def _sizes(array: ArrayType) -> tuple[int, ...]:
    return tuple(_TYPICAL_ROWS if size is None else size for size in array.shape)


def _numbers(array: ArrayType) -> np.ndarray:
    """A weight; its numbers do not matter, so long as none is subnormal."""
    return np.ones(array.sizes, array.dtype)
