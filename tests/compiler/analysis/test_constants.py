"""Which values are known before a program runs."""

import numpy as np

from tessel import dialects
from tessel.compiler.analysis.constants import ancestors, known_before_running, nbytes
from tessel.dialects.arithmetic import Add
from tessel.dialects.constant import Parameter
from tessel.dialects.instance import read_op
from tessel.dialects.mlir import ir

PROGRAM = """
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %p = "tessel.parameter"() {dtype = f32, key = "p", shape = array<i64: 2>} : () -> tensor<2xf32>
  %c = "tessel.constant"() {dtype = f32, value = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %known = "tessel.add"(%p, %c) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %unknown = "tessel.add"(%known, %x) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %unknown : tensor<2xf32>
}"""


def test_known_values_and_their_ancestors():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.parse(PROGRAM)
        block = module.body.operations[0].regions[0].blocks[0]
        parameter, constant, known, unknown = list(block.operations)[:4]
        for one in (parameter, constant, known):
            assert known_before_running(one.operation.results[0])
        assert not known_before_running(unknown.operation.results[0])
        assert not known_before_running(block.arguments[0])
        names = [op.cls.short_name() for op in ancestors(known.operation.results[0])]
        assert names == ["parameter", "constant", "add"]
        assert nbytes(known.operation.results[0]) == 8
        assert read_op(known.operation) is not None


def test_values_that_are_used_again_and_again():
    """A chain of sixty sums of a value with itself has 2**60 ways to its start."""
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            value = Parameter.build(key="p", dtype=np.dtype(np.float32), shape=(2,))
            for _ in range(60):
                value = Add.build(value, value)
        assert known_before_running(value)
        assert len(ancestors(value)) == 61
