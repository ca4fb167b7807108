"""A problem is a line of text; what was measured for it replaces the default."""

from dataclasses import asdict, replace

import pytest

from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.kernels.attention.problem import AttentionProblem, DecodeProblem
from tessel.compiler.kernels.convolution.problem import ConvolutionProblem
from tessel.compiler.kernels.convolution.winograd_problem import (
    WinogradInputProblem,
    WinogradProblem,
)
from tessel.compiler.kernels.copy.concatenation_problem import ConcatenationProblem
from tessel.compiler.kernels.copy.problem import PackProblem, TransposeProblem
from tessel.compiler.kernels.depthwise.nchw_problem import DepthwiseNchwProblem
from tessel.compiler.kernels.depthwise.nhwc_problem import DepthwiseNhwcProblem
from tessel.compiler.kernels.gemm.problem import AmxProblem, GemmProblem
from tessel.compiler.kernels.indexing.problem import (
    CheckIndicesProblem,
    GatherProblem,
    ScatterProblem,
)
from tessel.compiler.kernels.pool.problem import PoolProblem
from tessel.compiler.kernels.registry import parse_problem, templates
from tessel.compiler.kernels.row_reduction.problem import ArgReductionProblem, RowsProblem
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of

PROBLEMS = [
    GemmProblem(None, 64, 32, "bfloat16"),
    AmxProblem(64, 128, 48, "uint8", "int8"),
    ConvolutionProblem((1, 58, 58, 64), (3, 3, 64, 64), (2, 1)),
    AttentionProblem(12, 12, 128, 128, 64, 64, 1),
    AttentionProblem(12, 12, None, None, 256, 256, 0, "bfloat16"),
    DecodeProblem(4, 1, 4096, 64, 64),
    DecodeProblem(4, 1, None, 64, 64, "bfloat16"),
    RowsProblem(64, 512),
    ArgReductionProblem(64, 512),
    DepthwiseNhwcProblem((1, 14, 14, 96), 9),
    DepthwiseNchwProblem(96, (14, 14), (3, 3), (1, 1), (0, 1), (1, 0)),
    PoolProblem((1, 7, 7, 64), (7, 7), (1, 1), (0, 0), (0, 0), kind="sum"),
    WinogradProblem((1, 58, 58, 64), 64),
    WinogradInputProblem((1, 58, 58, 64)),
    ConcatenationProblem(4, (3, 5, 7)),
    ConcatenationProblem(4, (3,)),
    TransposeProblem(1, 64, 49),
    PackProblem(64, 48, 64),
    GatherProblem(None, 2, "int8"),
    ScatterProblem(64, 1, "float64"),
    CheckIndicesProblem(64),
]


def test_each_template_is_among_them():
    assert {one.template for one in PROBLEMS} == set(templates())


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda one: one.template)
def test_a_name_says_all(problem):
    assert parse_problem(problem.name) == problem


def test_a_name_is_for_people():
    assert GemmProblem(None, 64, 32).name == "gemm m=? k=64 n=32 version=4"
    assert "image=1x58x58x64 weight=3x3x64x64 strides=2x1" in PROBLEMS[2].name


@pytest.mark.parametrize("text", ["gemm m=1", "gemm 1x2x3", "gemm m=1 height=2"])
def test_what_is_no_problem_says_how_to_write_one(text):
    with pytest.raises(ArgumentError, match=r"is no problem; write gemm m=\.\.\. k="):
        parse_problem(text)


def test_a_problem_of_another_version_is_refused():
    """And a person may leave the version out."""
    assert parse_problem("gemm m=1 k=768 n=3072").name.endswith(" version=4")
    with pytest.raises(ArgumentError, match=r"is not of version 4; write gemm m=\.\.\. k="):
        parse_problem("gemm m=1 k=768 n=3072 version=1")


def test_an_unknown_kernel_names_those_there_are():
    with pytest.raises(ArgumentError, match="no kernel 'fft'.*gemm"):
        parse_problem("fft rows=1")


def test_what_was_measured_is_taken():
    problem, instructions = GemmProblem(128, 768, 768), instruction_set_of("znver4")
    default = problem.default_configuration(Hardware(instructions, 2))
    other = replace(default, mr=12, vectors=2)
    known = Hardware(instructions, 2, {problem.name: asdict(other)})
    assert problem.configuration(known) == other
    assert replace(problem, m=129).configuration(known) != other
    stale = Hardware(instructions, 2, {problem.name: {"mr": 12}})
    assert problem.configuration(stale) == default


def test_neighbours_of_attention_fit_the_registers_and_the_stack():
    for name, registers in (("znver4", 32), ("x86-64-v3", 16)):
        hardware = Hardware(instruction_set_of(name), 2)
        problem = AttentionProblem(12, 12, 512, 512, 64, 64)
        configuration = problem.default_configuration(hardware)
        for one in (configuration, *problem.neighbours(configuration, hardware)):
            assert one.mr * one.vectors + one.vectors + 1 <= registers
            assert 4 * one.queries * (64 + 64 + one.block_keys) <= 96 << 10


def test_amx_tiles_fit_the_rows_and_eight_registers():
    hardware = Hardware(instruction_set_of("sapphirerapids"), 2)
    for rows in (16, 31, 32, 47, 48, 1000):
        problem = AmxProblem(rows, 128, 64, "bfloat16", "bfloat16")
        configuration = problem.default_configuration(hardware)
        for one in (configuration, *problem.neighbours(configuration, hardware)):
            assert one.mr <= rows
            assert one.tile_rows * one.tile_columns + one.tile_rows + one.tile_columns <= 8
            assert one.block_m % one.mr == 0
