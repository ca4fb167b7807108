"""CPU targets: names, the host, and what the flags make of a GEMM."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tessel.compiler.diagnostics import CompilationError, TargetError
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.cpu.processors import PROCESSORS, parse_cpuinfo, this_machine
from tessel.compiler.targets.iree import (
    compile_to_assembly,
    compile_to_llvm,
    compile_to_phase,
    compile_to_vmfb,
)
from tessel.compiler.targets.registry import resolve_target
from tessel.runtime.arrays import IMPORT_ALIGNMENT
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.executable import Executable

GEMM = b"""
func.func @main(%a: tensor<64x96xf32>, %b: tensor<96x48xf32>) -> tensor<64x48xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<64x48xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<64x48xf32>) -> tensor<64x48xf32>
  %c = linalg.matmul ins(%a, %b : tensor<64x96xf32>, tensor<96x48xf32>)
      outs(%init : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %c : tensor<64x48xf32>
}"""

GENOA = """
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC 9654
flags\t\t: fpu sse4_2 ssse3 popcnt cx16 avx2 fma bmi1 bmi2 f16c movbe aes pclmulqdq adx rdseed \
sha_ni clwb vaes vpclmulqdq avx512f avx512bw avx512cd avx512dq avx512vl avx512_vnni avx512_bf16 \
avx512vbmi avx512_vbmi2 avx512ifma avx512_bitalg avx512_vpopcntdq gfni
"""

RUNNABLE = [
    name
    for name in ("x86-64-v2", "x86-64-v3", "x86-64-v4")
    if not this_machine().missing(PROCESSORS[name])
]


def foreign(name: str) -> Target:
    return resolve_target(name, here=False)


def test_level_4_uses_512_bit_registers_and_level_3_does_not():
    assert "%zmm" in compile_to_assembly(GEMM, foreign("x86-64-v4"))
    level_3 = compile_to_assembly(GEMM, foreign("x86-64-v3"))
    assert "%zmm" not in level_3
    assert "%ymm" in level_3
    assert "%ymm" not in compile_to_assembly(GEMM, foreign("x86-64-v2"))


def test_arm_is_cross_compiled():
    assert "fmla" in compile_to_assembly(GEMM, foreign("neoverse-v2"))


@pytest.mark.parametrize("name", ["x86-64-v2", "znver5", "sapphirerapids", "neoverse-v1"])
def test_targets_compile(name):
    assert compile_to_vmfb(GEMM, foreign(name))


@pytest.mark.parametrize("name", RUNNABLE)
def test_levels_agree(name):
    random = np.random.default_rng(0)
    a = random.standard_normal((64, 96), np.float32)
    b = random.standard_normal((96, 48), np.float32)
    slots = [ArraySpec(np.dtype(np.float32), shape) for shape in ((64, 96), (96, 48), (64, 48))]
    code = compile_to_vmfb(GEMM, resolve_target(name))
    binary = CompiledArtifact(code, "main", tuple(slots[:2]), tuple(slots[2:]), "local-sync", False)
    (result,) = Executable(binary, {})([a, b])
    np.testing.assert_allclose(result, a @ b, rtol=1e-5, atol=1e-5)


def test_the_host_never_gets_the_defaults_of_iree():
    """IREE's defaults are O0, 128-bit registers and float64 turned into float32."""
    target = resolve_target("host")
    has_wide_registers = instruction_set_of(target.processor) is not None
    assert "--iree-input-demote-f64-to-f32=false" in target.flags
    assert any(flag.startswith("--iree-opt-level=O") and flag[-1] != "0" for flag in target.flags)
    assembly = compile_to_assembly(GEMM, target)
    assert ("vfmadd" in assembly) == has_wide_registers
    assert ("%ymm" in assembly or "%zmm" in assembly) == has_wide_registers


def test_code_expects_the_alignment_that_the_runtime_gives():
    ir = compile_to_phase(GEMM, resolve_target("host"), "executable-sources")
    assert f"alignment({IMPORT_ALIGNMENT})" in ir
    assert "alignment(64)" not in ir


ODD = b"""
func.func @main(%x: tensor<1003xf32>) -> tensor<1003xf32> {
  %y = arith.addf %x, %x : tensor<1003xf32>
  return %y : tensor<1003xf32>
}"""

FLAGS = """
from tessel.compiler.targets.iree import PEELING, compile_to_assembly, process_flags
from tessel.compiler.targets.registry import resolve_target
assembly = compile_to_assembly({source!r}, resolve_target("host"))
print(PEELING in process_flags(), "vmovups\t%ymm" in assembly)
"""


@pytest.mark.parametrize("level", RUNNABLE)
def test_only_the_rest_of_a_loop_is_masked_without_mask_registers(level: str):
    """In a process of its own, since IREE reads this flag once."""
    run = subprocess.run(
        [sys.executable, "-c", FLAGS.format(source=ODD)],
        env=os.environ | {"TESSEL_CPU": level},
        capture_output=True,
        text=True,
        check=True,
    )
    peeled, stores = run.stdout.split()
    assert peeled == str(level != "x86-64-v4")
    if level == "x86-64-v3":
        assert stores == "True"


def test_stages_of_iree_are_shown():
    target = resolve_target("host")
    assert "flow.dispatch" in compile_to_phase(GEMM, target, "flow")
    assert "define" in compile_to_llvm(GEMM, target)


def test_an_unknown_target_is_refused_with_the_known_ones():
    with pytest.raises(
        TargetError, match=r"unknown target 'x86-64-v9'; the targets are host, .*znver5"
    ):
        resolve_target("x86-64-v9")


def test_code_that_cannot_run_here_is_refused():
    foreign_name = "neoverse-v2" if this_machine().architecture == "x86_64" else "x86-64-v2"
    with pytest.raises(TargetError, match=f"cannot run code for {foreign_name}: it lacks the arch"):
        resolve_target(foreign_name)


def test_the_variable_chooses_what_the_host_is(monkeypatch):
    monkeypatch.setenv("TESSEL_CPU", "x86-64-v9")
    with pytest.raises(TargetError, match="unknown target 'x86-64-v9'"):
        resolve_target("host")
    if RUNNABLE:
        monkeypatch.setenv("TESSEL_CPU", RUNNABLE[0])
        assert resolve_target("host").name == RUNNABLE[0]


def test_threads_come_from_the_caller_the_variable_or_the_machine(monkeypatch):
    monkeypatch.setenv("TESSEL_THREADS", "3")
    assert resolve_target("host").threads == 3
    assert resolve_target("host", 2).threads == 2
    monkeypatch.delenv("TESSEL_THREADS")
    assert resolve_target("host").threads >= 1


def test_the_host_is_named_after_what_it_can_do():
    machine = parse_cpuinfo("x86_64", GENOA)
    best = machine.best()
    assert best is not None
    assert best.name == "znver4"
    assert machine.missing(PROCESSORS["znver5"]) == ("avx512_vp2intersect", "avx_vnni")
    plain = parse_cpuinfo("x86_64", GENOA.replace("avx512bw ", ""))
    assert plain.best().name == "znver3"  # type: ignore[union-attr]
    assert plain.fingerprint != machine.fingerprint
    assert parse_cpuinfo("arm64", "").best() is None


def test_an_error_of_the_back_end_is_one_line_with_a_location():
    source = b"func.func @main() -> tensor<4xf32> { return %nothing : tensor<4xf32> }"
    with pytest.raises(CompilationError) as caught:
        compile_to_vmfb(source, resolve_target("host"))
    assert "undeclared SSA value name" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_threads_compile_at_once():
    target = resolve_target("host")
    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(lambda _: compile_to_vmfb(GEMM, target), range(8)))
    assert codes == {compile_to_vmfb(GEMM, target)}
