"""Compilation in a process that may die: every death becomes an error, and the next one works."""

import os
import re
import threading

import numpy as np
import pytest

from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_vmfb
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.worker import (
    Limits,
    WorkerDeath,
    Workers,
    back_end,
    compile_here,
    compile_in_worker,
    compile_with,
    first_location,
)
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.executable import Executable

GOOD = b"""
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.addf %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}"""

ABORTS = b"""
module {
  stream.executable private @ex {
    stream.executable.export public @k workgroups() -> (index, index, index) {
      %c1 = arith.constant 1 : index
      stream.return %c1, %c1, %c1 : index, index, index
    }
    builtin.module {
      func.func @k(%a: !stream.binding, %b: !stream.binding) {
        llvm.call @helper() : () -> ()
        return
      }
      llvm.func @helper() {
        llvm.return
      }
    }
  }
  func.func @main(%x: tensor<16xf32>) -> tensor<16xf32> {
    %0 = flow.dispatch @ex::@k(%x) : (tensor<16xf32>) -> tensor<16xf32> loc("model.py":12:0)
    return %0 : tensor<16xf32>
  }
}"""


@pytest.fixture(scope="module")
def workers():
    pool = Workers()
    yield pool
    pool.close()


def check_works(code: bytes) -> None:
    slot = ArraySpec(np.dtype(np.float32), (4,))
    (result,) = Executable(
        CompiledArtifact(code, "main", (slot,), (slot,), "local-sync", False), {}
    )([np.arange(4, dtype=np.float32)])
    np.testing.assert_array_equal(result, 2 * np.arange(4))


def test_a_worker_compiles_as_this_process_does(workers):
    code = compile_with(workers, GOOD, resolve_target("host"), Limits(60))
    assert code == compile_to_vmfb(GOOD, resolve_target("host"))
    check_works(code)


def test_an_abort_of_the_back_end_is_an_error_with_a_location(workers):
    with pytest.raises(CompilationError, match=r"model.py:12: the back end crashed \(SIG\w+\)"):
        compile_with(workers, ABORTS, resolve_target("host"), Limits(60))
    check_works(compile_with(workers, GOOD, resolve_target("host"), Limits(60)))


def test_an_unknown_vulkan_target_does_not_end_the_process(workers):
    flags = ("--iree-hal-target-device=vulkan", "--iree-vulkan-target=nonsense")
    target = Target("vulkan", "vulkan-spirv", "a test", flags)
    with pytest.raises(CompilationError, match="the back end crashed"):
        compile_with(workers, GOOD, target, Limits(60))


def test_too_much_time_is_named(workers):
    with pytest.raises(CompilationError, match=r"took more than 0.01 seconds; TESSEL_COMPILE_TIME"):
        compile_with(Workers(), GOOD, resolve_target("host"), Limits(0.01))


def test_too_much_memory_is_named(workers):
    with pytest.raises(CompilationError, match=r"took more than 1048576 bytes of memory; TESSEL_"):
        compile_with(workers, GOOD, resolve_target("host"), Limits(60, 1 << 20))
    check_works(compile_with(workers, GOOD, resolve_target("host"), Limits(60)))


def test_a_refused_program_is_the_same_error_as_without_a_worker(workers):
    bad = b"func.func @main() -> tensor<4xf32> { return %nothing : tensor<4xf32> }"
    with pytest.raises(CompilationError) as expected:
        compile_to_vmfb(bad, resolve_target("host"))
    with pytest.raises(CompilationError, match=re.escape(str(expected.value))):
        compile_with(workers, bad, resolve_target("host"), Limits(60))


def test_any_function_runs_in_a_worker(workers):
    assert workers.run(int, "2a", 16, limits=Limits()) == 42
    with pytest.raises(WorkerDeath, match=r"crashed \(exit code 3\)"):
        workers.run(os._exit, 3, limits=Limits())


def test_threads_use_workers_at_once(workers):
    codes: list[bytes] = []

    def work() -> None:
        codes.append(compile_with(workers, GOOD, resolve_target("host"), Limits(60)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 2
    assert len(set(codes)) == 1


def test_the_setting_chooses(monkeypatch):
    monkeypatch.setenv("TESSEL_ISOLATE", "1")
    assert back_end() is compile_in_worker
    assert back_end(isolate=False) is compile_here
    monkeypatch.setenv("TESSEL_ISOLATE", "0")
    assert back_end() is compile_here
    assert back_end(isolate=True) is compile_in_worker


def test_the_location_is_the_first_line_of_the_program():
    location = first_location(b'#loc1 = loc("a.py":3:0)\n#loc2 = loc("b.py":4:0)')
    assert str(location) == "a.py:3"
    assert first_location(b"module {}") is None
