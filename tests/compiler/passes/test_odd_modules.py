"""Every pass and pipeline on valid modules that no trace makes: each is rewritten, or refused."""

import re

import pytest

from tessel import dialects
from tessel.compiler.diagnostics import PassError
from tessel.compiler.passes.base import all_passes
from tessel.compiler.pipeline_parser import make_manager, parse_pipeline
from tessel.compiler.pipelines import PIPELINES
from tessel.dialects.mlir import ir

EXP = '"tessel.exp"({}) : (tensor<4xf32>) -> tensor<4xf32>'
X = "%x: tensor<4xf32>"


def main(arguments: str, results: str, body: str) -> str:
    """A module of one function."""
    return f"func.func @main({arguments}) -> ({results}) {{ {body} }}"


MODULES = {
    "nothing": "",
    "a declaration": "func.func private @main(tensor<2xf32>) -> index",
    "no result": "func.func @main(%x: tensor<4xf32>) { return }",
    "an index": main("%x: index", "index", "return %x : index"),
    "scalars": main("%x: f32, %y: i1", "f32, i1", "return %x, %y : f32, i1"),
    "memory": main("%x: memref<4xf32>", "memref<4xf32>", "return %x : memref<4xf32>"),
    "a vector": main("%x: vector<4xf32>", "vector<4xf32>", "return %x : vector<4xf32>"),
    "any rank": main("%x: tensor<*xf32>", "tensor<*xf32>", "return %x : tensor<*xf32>"),
    "an array and an index": main(
        f"{X}, %n: index",
        "tensor<4xf32>, index",
        f"%0 = {EXP.format('%x')} return %0, %n : tensor<4xf32>, index",
    ),
    "a tuple": main("%x: tuple<i32, f32>", "tuple<i32, f32>", "return %x : tuple<i32, f32>"),
    "other elements": main(
        "%x: tensor<2xi4>, %y: tensor<2xindex>, %z: tensor<2xvector<4xf32>>",
        "tensor<2xi4>, tensor<2xindex>, tensor<2xvector<4xf32>>",
        "return %x, %y, %z : tensor<2xi4>, tensor<2xindex>, tensor<2xvector<4xf32>>",
    ),
    "recursion": main(
        X,
        "tensor<4xf32>",
        "%0 = call @main(%x) : (tensor<4xf32>) -> tensor<4xf32> return %0 : tensor<4xf32>",
    ),
    "several blocks": main(
        f"{X}, %c: i1",
        "tensor<4xf32>",
        f"""cf.cond_br %c, ^a(%x : tensor<4xf32>), ^b
        ^a(%y: tensor<4xf32>): %0 = {EXP.format("%y")} cf.br ^a(%0 : tensor<4xf32>)
        ^b: %1 = {EXP.format("%x")} return %1 : tensor<4xf32>""",
    ),
    "what is never reached": main(
        X,
        "tensor<4xf32>",
        f"""return %x : tensor<4xf32>
        ^a: %0 = {EXP.format("%1")} %1 = {EXP.format("%0")} cf.br ^a""",
    ),
    "a region of several blocks": main(
        f"{X}, %c: i1",
        "tensor<4xf32>",
        f"""%0 = scf.execute_region -> tensor<4xf32> no_inline {{ cf.cond_br %c, ^a, ^b
        ^a: %1 = {EXP.format("%x")} scf.yield %1 : tensor<4xf32>
        ^b: scf.yield %x : tensor<4xf32> }} return %0 : tensor<4xf32>""",
    ),
    "ops outside of functions": f"%0 = tensor.empty() : tensor<4xf32> %1 = {EXP.format('%0')}",
    "casts of another hand": main(
        "", "none", '%0 = "builtin.unrealized_conversion_cast"() : () -> none return %0 : none'
    ),
    "a loop over scalars": main(
        f"{X}, %n: index",
        "f32, tensor<4xf32>",
        f"""%c0 = arith.constant 0 : index %c1 = arith.constant 1 : index
        %z = arith.constant 0.0 : f32
        %0:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z, %a = %x)
            -> (f32, tensor<4xf32>) {{
          %e = tensor.extract %a[%i] : tensor<4xf32>
          %t = arith.addf %s, %e : f32
          %b = {EXP.format("%a")}
          scf.yield %t, %b : f32, tensor<4xf32> }}
        return %0#0, %0#1 : f32, tensor<4xf32>""",
    ),
    "sizes that text leaves open": main(
        "%x: tensor<?xcomplex<f32>>",
        "tensor<?xcomplex<f32>>, tensor<?xi64>",
        """%0 = "tessel.slice"(%x) {starts = array<i64: 0>, steps = array<i64: 2>,
            stops = array<i64: 8>} : (tensor<?xcomplex<f32>>) -> tensor<?xcomplex<f32>>
        %1 = "tessel.constant"() {dtype = i64, value = dense<[1, 2]> : tensor<2xi64>}
            : () -> tensor<?xi64>
        return %0, %1 : tensor<?xcomplex<f32>>, tensor<?xi64>""",
    ),
    "attributes of other kinds": "module attributes {tessel.processor = 3 : i64, tessel.threads ="
    f' "a"}} {{ {main(X, "tensor<4xf32>", "return %x : tensor<4xf32>")} }}',
}


@pytest.mark.parametrize("name", MODULES)
def test_no_pass_is_surprised(name: str) -> None:
    for pipeline in (*all_passes(), *PIPELINES):
        run(pipeline, parsed(MODULES[name]))


def parsed(text: str) -> ir.Module | None:
    """A module, or None where the text is none."""
    context = dialects.new_context()
    context.emit_error_diagnostics = True
    handler = context.attach_diagnostic_handler(lambda _: True)
    with context, ir.Location.unknown():
        try:
            return ir.Module.parse(text)
        except ir.MLIRError:
            return None
        finally:
            handler.detach()


def run(pipeline: str, module: ir.Module | None) -> None:
    """Asserts that passes rewrite a module, or say why they do not."""
    assert module is not None
    errors: list[Exception] = []
    with module.context as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        try:
            make_manager(parse_pipeline(pipeline, PIPELINES), errors).run(module.operation)
        except ir.MLIRError:
            (error,) = errors
            assert isinstance(error, PassError)
            assert "cannot rewrite" not in str(error), f"{pipeline}: {module}"


MANY = """module attributes {tessel.processor = "x86-64-v4", tessel.threads = 2 : i64} {
func.func @main(%x: tensor<1x16x12x14xf32>, %y: tensor<5x6xf32>, %z: tensor<5x7xf32>,
    %q: tensor<2x9x8x4xf32>) -> (IMAGE, tensor<5x13xf32>, tensor<5x3xf32>, tensor<2x9x8x4xf32>) {
  %w = "tessel.parameter"() {key = "p0", dtype = f32, shape = array<i64: 16, DEPTH, 3, 3>}
      : () -> tensor<16xDEPTHx3x3xf32>
  %0 = "tessel.convolution"(%x, %w) {dilation = array<i64: 1, 1>, groups = GROUPS : i64,
      input_dilation = array<i64: 1, 1>, padding_low = array<i64: 1, 1>,
      padding_high = array<i64: 1, 1>, strides = array<i64: 1, 1>}
      : (tensor<1x16x12x14xf32>, tensor<16xDEPTHx3x3xf32>) -> IMAGE
  %1 = "tessel.relu"(%0) : (IMAGE) -> IMAGE
  %2 = "tessel.exp"(%z) : (tensor<5x7xf32>) -> tensor<5x7xf32>
  %3 = "tessel.concatenate"(%y, %2) {axis = 1 : i64}
      : (tensor<5x6xf32>, tensor<5x7xf32>) -> tensor<5x13xf32>
  %4:2 = "tessel.top_k"(%y) {axis = 1 : i64, k = 3 : i64}
      : (tensor<5x6xf32>) -> (tensor<5x3xf32>, tensor<5x3xi64>)
  %5 = "tessel.transpose"(%q) {permutation = array<i64: 0, 1, 3, 2>}
      : (tensor<2x9x8x4xf32>) -> tensor<2x9x4x8xf32>
  %6 = "tessel.matmul"(%q, %5)
      : (tensor<2x9x8x4xf32>, tensor<2x9x4x8xf32>) -> tensor<2x9x8x8xf32>
  %7 = "tessel.softmax"(%6) {axis = 3 : i64} : (tensor<2x9x8x8xf32>) -> tensor<2x9x8x8xf32>
  %8 = "tessel.matmul"(%7, %q)
      : (tensor<2x9x8x8xf32>, tensor<2x9x8x4xf32>) -> tensor<2x9x8x4xf32>
  return %1, %3, %4#0, %8 : IMAGE, tensor<5x13xf32>, tensor<5x3xf32>, tensor<2x9x8x4xf32>
} }""".replace("IMAGE", "tensor<1x16x12x14xf32>")


@pytest.mark.parametrize(("depth", "groups"), [(16, 1), (1, 16)], ids=["windows", "planes"])
def test_sizes_that_are_unknown_or_small(depth: int, groups: int) -> None:
    """One size, everywhere it stands, by an unknown one, 0 and 1: each program that is valid."""
    text = MANY.replace("DEPTH", str(depth)).replace("GROUPS", str(groups))
    valid = 0
    for size in sorted(set(re.findall(r"(?<=[<x])\d+(?=x)", text))):
        for other in "?01":
            module = parsed(re.sub(rf"(?<=[<x]){size}(?=x)", other, text))
            if module is not None:
                run("tessel-to-linalg", module)
                valid += 1
    assert valid > 5
