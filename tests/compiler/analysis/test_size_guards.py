"""Guards on the sizes of arguments, read from IR: what its ops compare."""

import numpy as np
import pytest

from tessel.compiler.analysis.size_guards import size_guards
from tessel.compiler.compile_ir import compile_ir, parse_module
from tessel.compiler.diagnostics import CompilationError, ShapeError
from tessel.compiler.driver import entry_of

MATRIX, VECTOR = "tensor<?x?xf64>", "tensor<?xf64>"


def function(arguments: str, body: str, result: str) -> str:
    return f"func.func @main({arguments}) -> {result} {{ {body} return %r : {result} }}"


ADD = function(
    f"%x: {MATRIX}, %y: {VECTOR}",
    f'%r = "tessel.add"(%x, %y) : ({MATRIX}, {VECTOR}) -> {MATRIX}',
    MATRIX,
)
PRODUCT = function(
    f"%x: {MATRIX}, %y: {MATRIX}",
    f'%r = "tessel.matmul"(%x, %y) : ({MATRIX}, {MATRIX}) -> {MATRIX}',
    MATRIX,
)
LOOP = function(
    f"%x: {VECTOR}, %y: {VECTOR}, %n: tensor<3xf64>",
    f"""%c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %c3 = arith.constant 3 : index
    %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> ({VECTOR}) {{
      %b = "tessel.multiply"(%a, %y) : ({VECTOR}, {VECTOR}) -> {VECTOR}
      scf.yield %b : {VECTOR}
    }}""",
    VECTOR,
)
DATA = function(
    f"%x: {VECTOR}, %n: tensor<i64>, %m: tensor<i64>, %z: tensor<i64>",
    f"""%a = "tessel.dynamic_slice"(%x, %z, %n) {{operandSegmentSizes = array<i32: 1, 1, 1>,
      shape = array<i64: -1>}} : ({VECTOR}, tensor<i64>, tensor<i64>) -> {VECTOR}
    %b = "tessel.dynamic_slice"(%x, %z, %m) {{operandSegmentSizes = array<i32: 1, 1, 1>,
      shape = array<i64: -1>}} : ({VECTOR}, tensor<i64>, tensor<i64>) -> {VECTOR}
    %r = "tessel.add"(%a, %b) : ({VECTOR}, {VECTOR}) -> {VECTOR}""",
    VECTOR,
)


def guards_of(text: str) -> list[str]:
    module = parse_module(text)
    return [str(one) for one in size_guards(entry_of(module)).guards]


def test_what_ops_compare_becomes_a_guard() -> None:
    assert "%0.shape[1] == %1.shape[0]" in guards_of(ADD)
    assert "%0.shape[1] == %1.shape[0]" in guards_of(PRODUCT)
    assert "%0.shape[0] == %1.shape[0]" in guards_of(LOOP)


def test_calls_that_break_a_guard_are_refused() -> None:
    add = compile_ir(ADD)
    np.testing.assert_array_equal(add(np.ones((2, 3)), np.ones(3)), np.full((2, 3), 2.0))
    for size in (1, 2, 4):
        with pytest.raises(ShapeError, match=r"shape\[1\] == %1\.shape\[0\]"):
            add(np.ones((2, 3)), np.ones(size))


def test_sizes_that_depend_on_data_must_be_known_to_be_equal() -> None:
    with pytest.raises(CompilationError, match="depend on data"):
        guards_of(DATA)
    guards_of(DATA.replace("%z, %m", "%z, %n"))


def test_several_arrays_of_dynamic_sizes_in_a_loop_are_refused() -> None:
    text = f"""func.func @main(%x: {VECTOR}, %y: {VECTOR}) -> ({VECTOR}, {VECTOR}) {{
      %c0 = arith.constant 0 : index %c1 = arith.constant 1 : index
      %r:2 = scf.for %i = %c0 to %c1 step %c1 iter_args(%a = %x, %b = %y) -> ({VECTOR}, {VECTOR}) {{
        scf.yield %b, %a : {VECTOR}, {VECTOR}
      }}
      return %r#0, %r#1 : {VECTOR}, {VECTOR}
    }}"""
    with pytest.raises(CompilationError, match="several arrays of dynamic sizes"):
        guards_of(text)
