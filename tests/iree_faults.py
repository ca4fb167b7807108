"""Says which faults of IREE are still there: the smallest programs of docs/iree_faults.md.

    .venv/bin/python tests/iree_faults.py

To be run when IREE's version changes: what is no longer there needs no work-around. Tessel takes no
part. IREE compiles in a process of its own, since some of these programs end it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from iree import runtime
from iree.compiler import CompilerToolError, tools

FLAGS = ("--iree-opt-level=O2", "--iree-input-demote-f64-to-f32=false")

_VECTOR_MAPS = "affine_map<(i) -> (i)>"


@dataclass(frozen=True)
class Case:
    """A program, and the result that is right where it runs."""

    name: str
    text: str
    arguments: Sequence[np.ndarray] = ()
    right: np.ndarray | None = None
    processor: str = "host"


def elementwise(operation: str, source: str, target: str) -> str:
    """`operation` on four elements; with it `%x` becomes `%r`."""
    return f"""
      func.func @main(%x: tensor<4x{source}>) -> tensor<4x{target}> {{
        {operation}
        return %r : tensor<4x{target}>
      }}"""


def sum_of(count: int) -> str:
    """One kernel that adds so many arrays."""
    arrays = [f"%a{i}" for i in range(count)]
    numbers = ["%s0", *(f"%b{i}" for i in range(1, count))]
    sums = [f"%s{i} = arith.addf %s{i - 1}, %b{i} : f32" for i in range(1, count)]
    return f"""
      func.func @main({", ".join(f"{a}: tensor<8xf32>" for a in arrays)}) -> tensor<8xf32> {{
        %empty = tensor.empty() : tensor<8xf32>
        %r = linalg.generic {{
            indexing_maps = [{", ".join([_VECTOR_MAPS] * (count + 1))}],
            iterator_types = ["parallel"]}}
            ins({", ".join(arrays)} : {", ".join(["tensor<8xf32>"] * count)})
            outs(%empty : tensor<8xf32>) {{
          ^bb0({", ".join(f"{b}: f32" for b in numbers)}, %o: f32):
            {" ".join(sums)}
            linalg.yield %s{count - 1} : f32
        }} -> tensor<8xf32>
        return %r : tensor<8xf32>
      }}"""


STENCIL = f"""
  func.func @main(%x: tensor<20xf32>) -> tensor<20xf32> {{
    %e = tensor.empty() : tensor<20xf32>
    %y = linalg.generic {{indexing_maps = [{_VECTOR_MAPS}, {_VECTOR_MAPS}],
        iterator_types = ["parallel"]}} ins(%x : tensor<20xf32>) outs(%e : tensor<20xf32>) {{
      ^bb0(%a: f32, %o: f32):
        %n = arith.negf %a : f32
        linalg.yield %n : f32
    }} -> tensor<20xf32>
    %s = tensor.extract_slice %y[0] [18] [1] : tensor<20xf32> to tensor<18xf32>
    %t = tensor.extract_slice %y[2] [18] [1] : tensor<20xf32> to tensor<18xf32>
    %f = tensor.empty() : tensor<18xf32>
    %u = linalg.generic {{indexing_maps = [{_VECTOR_MAPS}, {_VECTOR_MAPS}, {_VECTOR_MAPS}],
        iterator_types = ["parallel"]}}
        ins(%s, %t : tensor<18xf32>, tensor<18xf32>) outs(%f : tensor<18xf32>) {{
      ^bb0(%a: f32, %b: f32, %o: f32):
        %n = arith.addf %a, %b : f32
        linalg.yield %n : f32
    }} -> tensor<18xf32>
    %r = tensor.insert_slice %u into %y[1] [18] [1] : tensor<18xf32> into tensor<20xf32>
    return %r : tensor<20xf32>
  }}"""

INT8_ON_THE_HOST = """
  func.func @main(%x: tensor<i8>) -> tensor<i32> {
    %v = tensor.extract %x[] : tensor<i8>
    %zero = arith.constant 0 : i8
    %less = arith.cmpi slt, %v, %zero : i8
    %number = arith.extui %less : i1 to i32
    %r = tensor.from_elements %number : tensor<i32>
    return %r : tensor<i32>
  }"""

BOOLEAN_ON_THE_HOST = """
  func.func @main(%x: tensor<i32>) -> tensor<i1> {
    %v = tensor.extract %x[] : tensor<i32>
    %zero = arith.constant 0 : i32
    %less = arith.cmpi slt, %v, %zero : i32
    %r = tensor.from_elements %less : tensor<i1>
    return %r : tensor<i1>
  }"""

FILL = """
  func.func @main(%x: complex<f64>) -> tensor<4xcomplex<f64>> {
    %e = tensor.empty() : tensor<4xcomplex<f64>>
    %r = linalg.fill ins(%x : complex<f64>) outs(%e : tensor<4xcomplex<f64>>)
        -> tensor<4xcomplex<f64>>
    return %r : tensor<4xcomplex<f64>>
  }"""

BFLOAT16_AND_BACK = f"""
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {{
    %e = tensor.empty() : tensor<4xf32>
    %y = linalg.generic {{indexing_maps = [{_VECTOR_MAPS}, {_VECTOR_MAPS}],
        iterator_types = ["parallel"]}} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {{
      ^bb0(%a: f32, %o: f32):
        %h = arith.truncf %a : f32 to bf16
        %b = arith.extf %h : bf16 to f32
        %n = arith.subf %b, %a : f32
        linalg.yield %n : f32
    }} -> tensor<4xf32>
    return %y : tensor<4xf32>
  }}"""

RESHAPE = """
  func.func @main(%x: tensor<1xf32>) -> tensor<f32> {
    %shape = tensor.empty() : tensor<0xindex>
    %r = tensor.reshape %x(%shape) : (tensor<1xf32>, tensor<0xindex>) -> tensor<f32>
    return %r : tensor<f32>
  }"""

ONE_ELEMENT = """
  func.func @main(%x: tensor<3xf64>) -> tensor<1xf64> {
    %shape = arith.constant dense<1> : tensor<1xindex>
    %s = tensor.extract_slice %x[0] [1] [1] : tensor<3xf64> to tensor<1xf64>
    %t = tensor.expand_shape %s [[0, 1]] output_shape [1, 1] : tensor<1xf64> into tensor<1x1xf64>
    %r = tensor.reshape %t(%shape) : (tensor<1x1xf64>, tensor<1xindex>) -> tensor<1xf64>
    return %r : tensor<1xf64>
  }"""


def _nest(name: str, x: str, y: str, operation: str) -> str:
    """Two loops, one in the other, that carry two arrays."""
    types = "tensor<3xi64>, tensor<3xi64>"
    return f"""
    {name}:2 = scf.for %i = %c0 to %c2 step %c1 iter_args(%a = {x}, %b = {y}) -> ({types}) {{
      %s:2 = scf.for %j = %c0 to %c2 step %c1 iter_args(%c = %a, %d = %b) -> ({types}) {{
        %e = {operation} %c, %d : tensor<3xi64>
        %f = {operation} %d, %d : tensor<3xi64>
        scf.yield %e, %f : {types}
      }}
      scf.yield %s#0, %s#1 : {types}
    }}"""


TWO_CARRIED = f"""
  func.func @main(%x: tensor<3xi64>, %y: tensor<3xi64>) -> tensor<3xi64> {{
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    {_nest("%p", "%x", "%y", "arith.addi")}
    {_nest("%q", "%p#0", "%p#1", "arith.muli")}
    %r = arith.addi %q#0, %q#1 : tensor<3xi64>
    return %r : tensor<3xi64>
  }}"""

_HALF = "%c = arith.constant dense<0.5> : tensor<4xf32>\n%r = arith.mulf %x, %c : tensor<4xf32>"
_TO_HALF = "%r = arith.truncf %x : tensor<4xf64> to tensor<4xf16>"
_TO_BFLOAT16 = "%r = arith.sitofp %x : tensor<4xi32> to tensor<4xbf16>"


def _function(name: str) -> str:
    return f"%r = math.{name} %x : tensor<4xf64>"


_FUNCTIONS = ("sin", "cos", "tan", "asin", "acos", "atan", "tanh", "log2", "log10", "erf", "cbrt")


def cases() -> list[Case]:
    """One for each fault that shows without Tessel."""
    x, tiny, small = np.arange(20, dtype=np.float32), np.float32([1.2e-38] * 4), np.full(4, 1e-6)
    odd = np.full(4, 1.01, np.float32)
    stencil = -x
    stencil[1:-1] = stencil[:-2] + stencil[2:]
    carried = np.arange(3), 2 * np.arange(3)
    for operation in (np.add, np.multiply):
        for _ in range(4):
            carried = operation(*carried), operation(carried[1], carried[1])
    arrays = [np.ones(8, np.float32)] * 40
    return [
        Case("in-place update of what is read", STENCIL, [x], stencil),
        Case(
            "two arrays that nested loops carry",
            TWO_CARRIED,
            [np.arange(3), 2 * np.arange(3)],
            sum(carried),
        ),
        Case("int8 compared on the host", INT8_ON_THE_HOST, [np.int8(-1)], np.array(1)),
        Case("float64 to a subnormal float16", elementwise(_TO_HALF, "f64", "f16"), [small], small),
        Case("bfloat16 and back", BFLOAT16_AND_BACK, [odd], np.float32(1.0078125) - odd),
        Case("subnormal results", elementwise(_HALF, "f32", "f32"), [tiny], tiny / 2),
        Case("reshape to rank 0", RESHAPE, [np.float32([3])], np.array(3)),
        Case("slice of one element", ONE_ELEMENT, [np.ones(3)], np.ones(1)),
        Case("boolean made on the host", BOOLEAN_ON_THE_HOST, [np.int32(-1)], np.array(1)),
        Case("fill of complex128", FILL),
        Case("a kernel of 41 arrays", sum_of(40), arrays, np.full(8, 40)),
        Case(
            "integer to bfloat16 on x86-64-v3",
            elementwise(_TO_BFLOAT16, "i32", "bf16"),
            processor="x86-64-v3",
        ),
        *(
            Case(f"float64 {name}", elementwise(_function(name), "f64", "f64"))
            for name in _FUNCTIONS
        ),
    ]


def outcome(case: Case) -> str:
    """What IREE makes of a case: `right`, or the fault."""
    flags = [*FLAGS, f"--iree-llvmcpu-target-cpu={case.processor}"]
    try:
        code = tools.compile_str(case.text, target_backends=["llvm-cpu"], extra_args=flags)
    except CompilerToolError as error:
        lines = [line for line in str(error).splitlines() if "error: " in line]
        return lines[0].partition("error: ")[2] if lines else "the compiler ended"
    if case.right is None:
        return "right"
    try:
        result = runtime.load_vm_flatbuffer(code, driver="local-sync").main(*case.arguments)
    except (IndexError, RuntimeError, ValueError) as error:
        return str(error).splitlines()[0][:100]
    return "right" if np.allclose(result.to_host(), case.right, 1e-2, 0) else "wrong elements"


if __name__ == "__main__":
    print("IREE", version("iree-base-compiler"))
    for one in cases():
        print(f"{one.name}: {outcome(one)}")
