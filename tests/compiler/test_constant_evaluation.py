"""What depends on parameters alone is computed once, before a program runs."""

import numpy as np
import pytest

import tessel
from tessel import dialects
from tessel.compiler.constant_evaluation import erase_constant_evaluation, evaluate_constants
from tessel.compiler.driver import run_passes
from tessel.dialects.mlir import ir

PROGRAM = """
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x2xf32> {
  %w = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 2, 3>}
    : () -> tensor<2x3xf32>
  %b = "tessel.parameter"() {dtype = f32, key = "b", shape = array<i64: 2>} : () -> tensor<2xf32>
  %t = "tessel.transpose"(%w) {permutation = array<i64: 1, 0>}
    : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %0 = "tessel.matmul"(%x, %t) : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %1 = "tessel.add"(%0, %b) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}"""

W, B = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(2, np.float32)


def hoisted() -> ir.Module:
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.parse(PROGRAM)
    run_passes(module, ["tessel-hoist-constant-expressions"])
    return module


def test_runs_and_goes():
    """The program keeps the parameters that it still reads, and no others."""
    module = hoisted()
    prepared = evaluate_constants(module, {"w": W, "b": B, "unused": B})
    assert set(prepared) == {"folded_0", "b"}
    np.testing.assert_array_equal(prepared["folded_0"], W.T)
    assert "@constant_evaluation" not in str(module)


def test_without_prepare_nothing_changes():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.parse(PROGRAM)
    assert set(evaluate_constants(module, {"w": W, "b": B})) == {"w", "b"}


def test_a_parameter_that_is_missing_is_named():
    with pytest.raises(LookupError, match="'w'"):
        evaluate_constants(hoisted(), {"b": B})


def test_only_the_text_is_wanted():
    module = hoisted()
    erase_constant_evaluation(module)
    assert "@constant_evaluation" not in str(module)


def test_weights_are_packed_once():
    """A second call does not pack again: the program has no such kernel."""
    weight = np.random.default_rng(0).standard_normal((64, 128)).astype(np.float32)
    x = np.ones((4, 64), np.float32)
    compiled = tessel.compile(lambda x: x @ (2 * weight))
    np.testing.assert_allclose(compiled(x), x @ (2 * weight), rtol=1e-5)
    assert compiled.ir("iree", x).count("flow.dispatch @") == 1
