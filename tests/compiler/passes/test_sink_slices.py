"""`tessel-sink-slices` keeps results, and twice is once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pass_programs import program_tests

from tessel import dialects
from tessel.compiler.driver import run_passes
from tessel.dialects.interpreter import interpret
from tessel.dialects.mlir import func, ir
from tessel.dialects.shape import Reshape, Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.types import ArrayType

FIRST = ["cse"]
PASSES = ["tessel-sink-slices"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


@settings(deadline=None)
@given(st.data())
def test_parts_of_reshaped_and_transposed_arrays(data: st.DataObject) -> None:
    """Chains of slices, reshapes and transpositions give the same elements."""
    shape = data.draw(st.sampled_from([(2, 3, 24), (4, 12), (1, 6, 8), (24,), (2, 2, 2, 6)]))
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):

            @func.FuncOp.from_py_func(ArrayType(np.dtype("f4"), shape).to_mlir())
            def main(value):
                for step in range(data.draw(st.integers(2, 5))):
                    kind = step % 2 if step < 2 else data.draw(st.integers(0, 2))
                    value = STEPS[kind](data, value)
                return value

        x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        (before,) = interpret(module, [x])
        run_passes(module, PASSES)
        assert module.operation.verify()
        (after,) = interpret(module, [x])
    np.testing.assert_array_equal(after, before)


def part(data: st.DataObject, value: ir.Value) -> ir.Value:
    """Of one axis, perhaps in steps."""
    shape = ArrayType.of(value).sizes
    axis = data.draw(st.integers(0, len(shape) - 1))
    start = data.draw(st.integers(0, shape[axis] - 1))
    starts, stops, steps = [0] * len(shape), list(shape), [1] * len(shape)
    starts[axis] = start
    stops[axis] = data.draw(st.integers(start + 1, shape[axis]))
    steps[axis] = data.draw(st.sampled_from([1, 1, 1, 2]))
    return Slice.build(value, starts=starts, stops=stops, steps=steps)


def reshaped(data: st.DataObject, value: ir.Value) -> ir.Value:
    """To sizes whose product is the same."""
    sizes, left = [], ArrayType.of(value).size
    while left > 1 and len(sizes) < 4:
        divisors = [n for n in range(1, left + 1) if left % n == 0]
        sizes.append(data.draw(st.sampled_from(divisors)))
        left //= sizes[-1]
    return Reshape.build(value, [], shape=[*sizes, left])


def transposed(data: st.DataObject, value: ir.Value) -> ir.Value:
    order = data.draw(st.permutations(range(ArrayType.of(value).rank)))
    return Transpose.build(value, permutation=order)


STEPS = (part, reshaped, transposed)
