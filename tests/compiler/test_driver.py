"""Passes and steps of a pipeline, run in order; what steps leave beside the module."""

import numpy as np
import pytest

from tessel import dialects
from tessel.compiler.driver import run_until
from tessel.compiler.pipelines import CPU, CPU_WITHOUT_KERNELS, PIPELINES, Step
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.mlir import ir

PROGRAM = """
func.func @main(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %w = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 64, 64>}
    : () -> tensor<64x64xf32>
  %v = "tessel.add"(%w, %w) : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %0 = "tessel.matmul"(%x, %v) : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}"""

W = np.ones((64, 64), np.float32)


def module_of() -> ir.Module:
    with dialects.new_context(), ir.Location.unknown():
        return ir.Module.parse(PROGRAM)


def test_constants_are_evaluated_behind_the_stage_that_shows_them() -> None:
    target, module = resolve_target("host", threads=2), module_of()
    before = run_until(module, "fused", target, parameters={"w": W})
    assert before.parameters is not None
    assert list(before.parameters) == ["w"]
    assert "@constant_evaluation" in str(module)
    after = run_until(module, "linalg", target, "fused", before.parameters)
    assert "constant_evaluation" not in str(module)
    assert after.parameters is not None
    (folded,) = after.parameters.values()
    assert (folded == 2).all()


def test_nothing_is_evaluated_for_the_text_alone() -> None:
    module = module_of()
    extracted = run_until(module, "linalg", resolve_target("host"))
    assert extracted.parameters is None
    assert "constant_evaluation" not in str(module)


def test_a_parameter_that_is_missing_is_named() -> None:
    with pytest.raises(LookupError, match="'w'"):
        run_until(module_of(), "linalg", resolve_target("host"), parameters={})


def test_functions_of_persistent_kernels_are_left_without_what_the_runtime_is_told() -> None:
    module = module_of()
    extracted = run_until(module, "linalg", resolve_target("x86-64-v3", 2, here=False))
    assert extracted.persistent["main"].threads == 2
    assert "tessel." not in str(module)


def test_steps_stand_on_the_page() -> None:
    """And only passes go to `tessel-opt`, which has neither parameters nor a runtime."""
    for pipeline in (CPU, CPU_WITHOUT_KERNELS):
        assert Step.EVALUATE_CONSTANTS in pipeline.steps(pipeline.lowered)
    assert CPU.steps("linalg")[-1] is Step.STRIP_PERSISTENT_KERNELS
    assert all(isinstance(one, str) for passes in PIPELINES.values() for one in passes)
