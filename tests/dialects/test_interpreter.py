"""The interpreter runs ops of upstream around those of the dialect."""

import numpy as np
import pytest

from tessel.compiler.compile_ir import parse_module
from tessel.dialects.interpreter import interpret


@pytest.mark.parametrize(
    ("constant", "written", "expected"),
    [
        ("1.5 : f16", "f16", np.float16(1.5)),
        ("-1 : i8", "i8", np.int8(-1)),
        ("true", "i1", np.bool_(True)),
        ("7 : index", "index", np.int64(7)),
        ("dense<1.5> : tensor<2x1xbf16>", "tensor<2x1xbf16>", None),
        ("dense<[1.5, 2.0]> : tensor<2xf32>", "tensor<2xf32>", np.array([1.5, 2], np.float32)),
        ("dense<[1, 0]> : tensor<2xi1>", "tensor<2xi1>", np.array([True, False])),
        ("dense<> : tensor<0xf64>", "tensor<0xf64>", np.empty(0)),
    ],
)
def test_constants_of_upstream_have_the_dtype_that_is_written(constant, written, expected):
    (result,) = interpret(_constant(constant, written), [])
    if expected is None:
        assert str(result.dtype) == "bfloat16"
        expected = np.full((2, 1), 1.5, result.dtype)
    assert result.dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(result, expected)


def test_a_constant_that_the_bindings_do_not_read_is_refused():
    module = _constant("dense<[1, 2]> : tensor<2xindex>", "tensor<2xindex>")
    with pytest.raises(LookupError, match="knows no constant of tensor<2xindex>"):
        interpret(module, [])


def _constant(constant: str, written: str):
    return parse_module(
        f"func.func @main() -> {written} {{\n"
        f"  %0 = arith.constant {constant}\n  return %0 : {written}\n}}"
    )
