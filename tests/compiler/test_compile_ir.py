"""`tessel.compile_ir` goes on from text at any stage."""

import numpy as np
import pytest

import tessel


@pytest.mark.parametrize("stage", ["trace", "dialect", "fused"])
def test_edited_text_changes_the_result(stage: str) -> None:
    """A constant edited in the text is what the program then uses."""
    x = np.ones(3, np.float32)
    text = tessel.compile(lambda x: x * 3 + 1).ir(stage, x)
    assert "3.000000e+00" in text
    edited = tessel.compile_ir(text.replace("3.000000e+00", "5.000000e+00"), stage=stage)
    np.testing.assert_array_equal(edited(x), np.full(3, 6, np.float32))


def test_bad_text_and_arguments_are_one_line() -> None:
    """Text that does not parse, an unknown stage and arguments of another type are refused."""
    with pytest.raises(tessel.TesselError, match="does not parse: .*expected non-function type"):
        tessel.compile_ir("func.func @main(")
    with pytest.raises(tessel.TesselError, match="cannot go on from stage 'asm'; stages: "):
        tessel.compile_ir("", stage="asm")
    identity = tessel.compile_ir(
        "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : tensor<2xf32> }"
    )
    with pytest.raises(
        TypeError, match=r"argument 0 of main is float64\(3,\), must be float32\(2,\)"
    ):
        identity(np.ones(3))
