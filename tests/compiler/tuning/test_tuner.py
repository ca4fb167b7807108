"""Tuning measures real candidates, takes one only for a gain, and never changes results."""

from dataclasses import asdict

import numpy as np
import pytest

from tessel import dialects
from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.driver import compile_module
from tessel.compiler.kernels.attention.problem import AttentionProblem, DecodeProblem
from tessel.compiler.kernels.convolution.problem import ConvolutionProblem
from tessel.compiler.kernels.convolution.winograd_problem import WinogradProblem
from tessel.compiler.kernels.gemm.problem import GemmConfiguration, GemmProblem
from tessel.compiler.kernels.target_attributes import Hardware, attach_tuned_configurations
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.tuning.candidates import parse_tunable
from tessel.compiler.tuning.timing import Sample, time_programs
from tessel.compiler.tuning.tuner import _PROOF_ROUNDS, Candidate, Tuner, table
from tessel.compiler.worker import Workers
from tessel.dialects.constant import Parameter
from tessel.dialects.contraction import Matmul
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType

TARGET = resolve_target("host")
HARDWARE = Hardware(instruction_set_of(TARGET.processor), TARGET.threads)


def samples(*pairs: tuple[float, float]) -> list[Sample]:
    return [Sample(*pair) for pair in pairs]


def test_a_gain_must_be_larger_than_noise():
    before = Candidate("a", samples((10, 20), (11, 21), (10, 20), (12, 24), (10, 20)))
    faster = Candidate("b", samples((9, 18), (10, 19), (9, 18), (11, 22), (9, 18)))
    noise = Candidate("c", samples((8, 16), (12, 22), (8, 16), (14, 25), (11, 21)))
    cold = Candidate("d", samples((8, 22), (9, 23), (8, 22), (10, 26), (8, 22)))
    assert faster.is_faster(before)
    assert not before.is_faster(faster)
    assert not noise.is_faster(before)
    assert not cold.is_faster(before)
    assert before.ratio(before) == 1


def test_the_table_is_in_order_and_names_what_differs():
    configuration = GemmConfiguration(6, 4, 16, 132, 1, 768)
    first = Candidate(configuration, samples((10, 20)))
    faster = Candidate(GemmConfiguration(12, 2, 16, 132, 1, 768), samples((5, 10)))
    slower = Candidate(GemmConfiguration(6, 4, 16, 66, 1, 768), samples((20, 40)))
    lines = table(GemmProblem(128, 768, 768), first, [slower, faster]).splitlines()
    assert lines[0] == "AUTOTUNE gemm m=128 k=768 n=768 version=4"
    assert lines[1].endswith("50.0%  mr=12 vectors=2")
    assert lines[2].endswith("(compared with)")
    assert lines[3].endswith("200.0%  block_m=66")


@pytest.mark.parametrize(
    "problem",
    [
        GemmProblem(3, 32, 80),
        GemmProblem(None, 32, 80),
        GemmProblem(20, 32, 80),
        GemmProblem(20, 32, 80, layout="plain"),
        GemmProblem(20, 32, 80, weight="float16"),
        WinogradProblem((1, 8, 8, 32), 48),
        ConvolutionProblem((1, 6, 6, 8), (3, 3, 8, 16)),
        AttentionProblem(2, 1, 20, 20, 8, 8, 1),
        AttentionProblem(2, 1, None, None, 8, 8),
        DecodeProblem(1, 1, 600, 8, 8),
        DecodeProblem(1, 1, None, 8, 8, "bfloat16"),
    ],
    ids=lambda one: one.name,
)
def test_every_problem_is_a_program(problem):
    """It compiles, runs, and asks for the problem's kernel with the configuration given."""
    configuration = problem.default_configuration(HARDWARE)
    workers = Workers()
    program = Tuner(TARGET, workers)._build(problem, configuration)
    workers.close()
    assert parse_tunable(problem.name) == problem
    ((sample,),) = time_programs([program], TARGET.threads, 1)
    assert sample.hot > 0
    assert sample.cold > 0


def test_tuning_ends_with_a_configuration_of_the_problem():
    """The record holds what `GemmTiles` needs, and times of both."""
    notes: list[str] = []
    workers = Workers()
    problem = GemmProblem(4, 32, 32)
    record = Tuner(TARGET, workers, notes.append).tune(problem)
    workers.close()
    assert record.problem == problem.name
    assert (record.processor, record.threads) == (TARGET.processor, TARGET.threads)
    assert GemmConfiguration(**record.configuration)
    assert record.candidates > 3
    assert min(record.hot, record.cold, record.default_hot, record.default_cold) > 0
    assert any("compiles" in note for note in notes)
    assert any("times" in note for note in notes)


@pytest.mark.parametrize(
    ("proofs", "wins"), [([0.9, 0.9], True), ([1.0], False), ([0.9, 1.0], False)]
)
def test_the_best_wins_twice_more(proofs: list[float], wins: bool):
    """Else the default stays. Candidates are real; what they take is told."""
    told = iter(proofs)

    class ToldTuner(Tuner):
        def _time(self, programs: dict, rounds: int) -> list[Candidate]:
            first, *others = programs
            share = next(told) if rounds == _PROOF_ROUNDS else 0.9
            shares = {first: 1.0} | {one: 1.1 for one in others}
            shares |= {one: share for one in programs if one == best}
            return [Candidate(one, samples((at, at))) for one, at in shares.items()]

    problem = GemmProblem(4, 32, 32)
    default = problem.default_configuration(HARDWARE)
    best = problem.neighbours(default, HARDWARE)[0]
    workers = Workers()
    record = ToldTuner(TARGET, workers).tune(problem)
    workers.close()
    assert record.configuration == asdict(best if wins else default)
    assert next(told, None) is None


def test_a_candidate_that_does_not_compile_is_left_out(caplog):
    """Sums of 256 KiB do not fit the stack that IREE allows."""
    workers = Workers()
    tuner, problem = Tuner(TARGET, workers), GemmProblem(2000, 64, 64)
    configuration = GemmConfiguration(6, 4, 16, 1002, 1, 32)
    with pytest.raises(CompilationError):
        tuner._build(problem, configuration)
    assert tuner._build_all(problem, [configuration]) == {}
    workers.close()
    assert "is left out" in caplog.text


def test_configurations_do_not_change_results():
    """Each sum is made in the order of K, however it is cut: equal bit for bit."""
    problem = GemmProblem(40, 300, 100)
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((40, 300)).astype(np.float32)
    weight = rng.standard_normal((300, 100)).astype(np.float32)
    default = problem.default_configuration(HARDWARE)
    results = [product(problem, one, rows, weight) for one in chosen(problem, default)]
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])
    np.testing.assert_allclose(results[0], rows @ weight, rtol=1e-4, atol=1e-4)


def chosen(problem: GemmProblem, default: GemmConfiguration) -> list[GemmConfiguration]:
    """The default, and each fourth of its neighbours."""
    return [default, *problem.neighbours(default, HARDWARE)[::4]]


def product(
    problem: GemmProblem, configuration: GemmConfiguration, rows: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        types = [ArrayType.of(one).to_mlir() for one in (rows, rows @ weight)]
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", (types[:1], types[1:]))
        with ir.InsertionPoint(entry.add_entry_block()):
            held = Parameter.build(key="w", dtype=weight.dtype, shape=weight.shape)
            func.ReturnOp([Matmul.build(entry.arguments[0], held)])
        attach_tuned_configurations(module.operation, {problem.name: asdict(configuration)})
        (result,) = compile_module(module, TARGET, {"w": weight})([rows])
    return result


def test_a_candidate_uses_its_configuration():
    """Other configurations are other code."""
    problem = GemmProblem(12, 32, 64)
    codes = set()
    workers = Workers()
    for configuration in (
        GemmConfiguration(6, 4, 16, 12, 1, 32),
        GemmConfiguration(12, 2, 16, 12, 1, 32),
    ):
        codes.add(Tuner(TARGET, workers)._build(problem, configuration).binary.code)
    workers.close()
    assert len(codes) == 2
