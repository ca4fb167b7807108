"""The default configurations of a GEMM use registers, caches and threads as the cost model says."""

import pytest

from tessel.compiler.kernels.convolution.problem import ConvolutionProblem
from tessel.compiler.kernels.gemm.problem import GemmProblem
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of

AVX512, AVX2 = (instruction_set_of(name) for name in ("znver4", "x86-64-v3"))
ROWS = (1, 2, 6, 7, 8, 12, 13, 60, 128, 512, 1000, 4096)


@pytest.mark.parametrize("instructions", [AVX512, AVX2], ids=["avx512", "avx2"])
@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("depth", [16, 768, 4096, 10_000])
def test_configurations_are_valid(instructions, rows, depth):
    """Sums and loads fit the registers; blocks hold whole tiles; parts of K are equal."""
    for width in (8, 64, 100, 4096):
        problem, hardware = GemmProblem(rows, depth, width), Hardware(instructions, 2)
        default = problem.default_configuration(hardware)
        around = problem.neighbours(default, hardware)
        assert around or (rows, depth, width) == (1, 16, 8)
        assert default not in around
        for configuration in (default, *around):
            assert (
                configuration.mr * configuration.vectors + configuration.vectors + 1
                <= instructions.registers
            )
            assert configuration.mr <= max(configuration.block_m, rows)
            assert rows <= configuration.block_m or configuration.block_m % configuration.mr == 0
            parts = -(-depth // configuration.block_k)
            assert depth > (parts - 1) * configuration.block_k
            assert configuration.block_k * parts - depth < parts
            cut = configuration.block_k < depth
            assert not cut or 4 * configuration.block_m * configuration.nr <= 100 << 10


def test_every_thread_has_work():
    """A narrow product is cut along its rows."""
    configuration = GemmProblem(1024, 64, 64).default_configuration(Hardware(AVX512, 8))
    assert -(-1024 // configuration.block_m) >= 24


def test_a_matrix_is_packed_alike_for_all_rows():
    """So that programs for several batch sizes may share a packed weight."""
    widths = {
        GemmProblem(rows, 768, 768).default_configuration(Hardware(AVX512, 2)).nr
        for rows in (*ROWS, None)
    }
    assert len(widths) == 1


@pytest.mark.parametrize(
    ("rows", "depth", "distance"), [(8, 4096, 512), (12, 768, 384), (4, 4096, 0), (8, 512, 0)]
)
def test_the_next_part_is_prefetched_while_few_rows_read_one_again(rows, depth, distance):
    configuration = GemmProblem(rows, depth, 4096).default_configuration(Hardware(AVX512, 2))
    assert configuration.prefetch_distance(depth) == distance


def test_many_rows_ask_for_nothing():
    configuration = GemmProblem(128, 4096, 4096).default_configuration(Hardware(AVX512, 2))
    assert configuration.block_k < 4096
    assert configuration.prefetch_distance(4096) == 0


def test_dynamic_rows_leave_depth_whole():
    problem, hardware = GemmProblem(None, 10_000, 64), Hardware(AVX512, 2)
    configuration = problem.default_configuration(hardware)
    assert {
        one.block_k for one in (configuration, *problem.neighbours(configuration, hardware))
    } == {10_000}


def test_a_convolution_cuts_depth_between_runs():
    problem = ConvolutionProblem((1, 58, 58, 64), (3, 3, 64, 64))
    assert problem.output == (56, 56)
    assert problem.matrix == GemmProblem(56 * 56, 576, 64)
    configuration = problem.default_configuration(Hardware(AVX512, 2))
    around = problem.neighbours(configuration, Hardware(AVX512, 2))
    assert {one.block_k % 192 for one in (configuration, *around)} == {0}
    assert ConvolutionProblem((1, 9, 9, 8), (3, 3, 8, 16), (2, 2), 2).output == (3, 4)


def test_pairs_of_bfloat16_count_as_one():
    configuration = GemmProblem(128, 768, 768, "bfloat16").default_configuration(
        Hardware(AVX512, 2)
    )
    assert configuration.block_k == 384
