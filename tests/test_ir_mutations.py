"""A small, fixed sample of what `tests/fuzz_ir.py` does at length, and what it once found."""

import random
from pathlib import Path

import numpy as np
import pytest
from fuzz_ir import BAD, Fuzzer
from ir_mutations import lit_programs, mutate

import tessel

COUNT = 40


@pytest.mark.timeout(600)
def test_mutated_programs_are_refused_or_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """By `tessel-opt` and `compile_ir`; what runs gives what the interpreter gives."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    corpus = list(lit_programs("dialects"))
    rng, fuzzer = random.Random(0), Fuzzer()
    found = []
    for _ in range(COUNT):
        text = mutate(rng.choice(corpus)[1], rng.choice(corpus)[1], rng)
        found += [(*one, text) for one in fuzzer.try_text(text, "dialect") if one[1] in BAD]
    fuzzer.close()
    assert found == []
    assert fuzzer.counts["compile_ir"]["clean error"] > COUNT // 2
    assert fuzzer.counts["run"]["same values"] > 2


MAIN = "func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {{ {} }}"
RELU = '%0 = "tessel.relu"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> return %0 : tensor<2x3xf32>'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no public function 'main' with a body"),
        ("func.func private @main(tensor<2xf32>)", "no public function 'main' with a body"),
        ("func.func @main(%x: index) { return }", "'main' takes or returns index"),
        ("func.func @main(%x: memref<2xf32>) { return }", r"takes or returns memref<2xf32>"),
        ("func.func @main(%x: tensor<2xi4>) { return }", "takes or returns tensor<2xi4>"),
        ("func.func @main(%x: tensor<*xf32>) { return }", r"takes or returns tensor<\*xf32>"),
        ("func.func @main(%x: " + "tuple<" * 20_000, "brackets nest more than 256 deep"),
        ("module {" * 20_000, "brackets nest more than 256 deep"),
        (MAIN.format('"znver4"() : () -> () ' + RELU), "there is no op 'znver4'"),
        (MAIN.format('"a.b"() : () -> () ' + RELU), "there is no op 'a.b'"),
        (MAIN.format(RELU.replace("relu", "nothing")), "operation 'tessel.nothing'"),
        (
            MAIN.format(RELU.replace("(%x)", "()").replace("(tensor<2x3xf32>)", "()")),
            "has 0 operand",
        ),
        (MAIN.format(RELU.replace("relu", "add")), "has 1 operands, must have 2"),
        (MAIN.format(RELU.replace("relu", "softmax")), "attribute 'axis' is missing"),
    ],
    ids=range(14),
)
def test_what_is_no_program(text: str, sentence: str) -> None:
    with pytest.raises(tessel.TesselError, match=sentence) as caught:
        tessel.compile_ir(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "axis", ['"a"', "1 : i32", "true", "array<i64: 1>", "array<ui8: 1>", "unit", "1.0 : f64"]
)
def test_attributes_of_other_kinds(axis: str) -> None:
    softmax = RELU.replace("relu", "softmax").replace("(%x)", f"(%x) {{axis = {axis}}}")
    with pytest.raises(tessel.TesselError, match="attribute 'axis' must be: integer"):
        tessel.compile_ir(MAIN.format(softmax))


@pytest.mark.parametrize(
    "sizes", ["array<i32: 1, 1, 1, 0>", "array<i32: 1, 1, 1>", "array<i32: -1, 4>", "1 : i32"]
)
def test_segments_that_do_not_fit(sizes: str) -> None:
    """Of `reshape`, which takes an array and any number of sizes."""
    text = f"""func.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {{
      %0 = "tessel.reshape"(%x) {{operandSegmentSizes = {sizes}, shape = array<i64: 6>}}
          : (tensor<2x3xf32>) -> tensor<6xf32>
      return %0 : tensor<6xf32> }}"""
    with pytest.raises(tessel.TesselError, match="[sS]egment"):
        tessel.compile_ir(text)


PACKED = """module attributes {tessel.processor = "x86-64-v3", tessel.threads = THREADS} {
  func.func @main(%x: tensor<4x8xf32>, %w: tensor<1x8x16xf32>) -> tensor<4x16xf32> {
    %0 = scf.execute_region -> tensor<4x16xf32> no_inline {
      %1 = "tessel.packed_matmul"(%x, %w) {kr = 1 : i64, n = 16 : i64, zero_point = 0 : i64}
          : (tensor<4x8xf32>, tensor<1x8x16xf32>) -> tensor<4x16xf32>
      scf.yield %1 : tensor<4x16xf32>
    } {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", mr = 4 : i64,
       vectors = VECTORS, lanes = 8 : i64, block_m = 4 : i64, block_panels = 1 : i64,
       block_k = 8 : i64}}
    return %0 : tensor<4x16xf32>
  }
}"""


@pytest.mark.parametrize(
    ("threads", "vectors", "sentence"),
    [
        ("1 : i64", "3 : i64", "tiles of 24 columns do not fit panels of 16"),
        ("1 : i64", "0 : i64", "'tessel.kernel' of a fusion has vectors = 0"),
        ("1 : i64", '"two"', "'tessel.kernel' of a fusion is of another kind"),
        ("0 : i64", "2 : i64", "'tessel.threads' of the module is 0"),
        ('"one"', "2 : i64", "'tessel.threads' of the module is of another kind"),
    ],
)
def test_configurations_that_no_kernel_has(threads: str, vectors: str, sentence: str) -> None:
    """A person may edit them, and what does not fit the arrays would read beyond them."""
    text = PACKED.replace("THREADS", threads).replace("VECTORS", vectors)
    with pytest.raises(tessel.TesselError, match=sentence):
        tessel.compile_ir(text, stage="fused")


def test_kernels_for_a_processor_that_can_do_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSEL_CPU", "x86-64-v3")
    text = PACKED.replace("THREADS", "1 : i64").replace("VECTORS", "2 : i64")
    x, w = np.ones((4, 8), np.float32), np.ones((1, 8, 16), np.float32)
    result = tessel.compile_ir(text, stage="fused")(x, w)
    np.testing.assert_array_equal(result, np.full((4, 16), 8))
    with pytest.raises(tessel.TesselError, match="kernels for x86-64-v4, and x86-64-v3 cannot"):
        tessel.compile_ir(text.replace("x86-64-v3", "x86-64-v4"), stage="fused")
