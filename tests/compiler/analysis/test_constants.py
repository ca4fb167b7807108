"""Which values are known before a program runs."""

import numpy as np

from tessel import dialects
from tessel.compiler.analysis.constants import (
    constant_expressions,
    is_compile_time_constant,
    nbytes,
)
from tessel.dialects.arithmetic import Add
from tessel.dialects.constant import Parameter
from tessel.dialects.mlir import ir

PROGRAM = """
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %p = "tessel.parameter"() {dtype = f32, key = "p", shape = array<i64: 2>} : () -> tensor<2xf32>
  %c = "tessel.constant"() {dtype = f32, value = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %known = "tessel.add"(%p, %c) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %unknown = "tessel.add"(%known, %x) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %unknown : tensor<2xf32>
}"""


def test_constant_expressions():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.parse(PROGRAM)
        block = module.body.operations[0].regions[0].blocks[0]
        parameter, constant, known, unknown = (
            one.operation.results[0] for one in list(block.operations)[:4]
        )
        assert constant_expressions(module.operation) == {
            parameter: {parameter},
            constant: set(),
            known: {parameter},
        }
        for one in (parameter, constant, known):
            assert is_compile_time_constant(one)
        assert not is_compile_time_constant(unknown)
        assert not is_compile_time_constant(block.arguments[0])
        assert nbytes(known) == 8
        assert nbytes(unknown) == 8


def test_values_that_are_used_again_and_again():
    """A chain of sixty sums of a value with itself has 2**60 ways to its start."""
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            value = Parameter.build(key="p", dtype=np.dtype(np.float32), shape=(2,))
            for _ in range(60):
                value = Add.build(value, value)
        assert value in constant_expressions(module.operation)
        assert is_compile_time_constant(value)
