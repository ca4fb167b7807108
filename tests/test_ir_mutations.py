"""A small, fixed sample of what `tests/fuzz_ir.py` does at length, and what it once found."""

import random
from pathlib import Path

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
        ("", "no function 'main' with a body"),
        ("func.func private @main(tensor<2xf32>)", "no function 'main' with a body"),
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
