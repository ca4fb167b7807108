"""The definition of matmul: its constraints, result type and reference."""

import numpy as np
import pytest
from sampling import array_type, random_array, violates

from tessel.dialects.contraction import Matmul
from tessel.dialects.types import bfloat16


def test_matmul_c1():
    violates(Matmul, "C1", array_type("float32", 3), array_type("float32", 3, 4))


def test_matmul_c2():
    violates(Matmul, "C2", array_type("float32", 2, 3), array_type("float64", 3, 4))


def test_matmul_c3():
    violates(Matmul, "C3", array_type("int8", 2, 3), array_type("int8", 4, 5))


def test_matmul_c4():
    violates(Matmul, "C4", array_type("int8", 2, 3, 4), array_type("int8", 5, 4, 3))


def test_matmul_infers_broadcast_and_dynamic_sizes():
    lhs, rhs = array_type("float32", 7, 1, None, 3), array_type("float32", 5, None, 4)
    assert Matmul.infer_types(lhs, rhs) == [array_type("float32", 7, 5, None, 4)]


@pytest.mark.parametrize("dtype", [np.dtype(np.float16), bfloat16])
def test_matmul_of_half_precision_is_summed_in_float32(dtype: np.dtype):
    # A running sum in half precision stops growing at 2048 or 256.
    ones = np.ones((1, 4096), dtype)
    assert Matmul.reference(ones, ones.T) == 4096


def test_matmul_reference_is_a_sum_of_products():
    rng = np.random.default_rng(0)
    lhs, rhs = (random_array(rng, shape, np.dtype(np.int64)) for shape in ((2, 3, 4), (4, 5)))
    expected = (lhs[..., :, :, None] * rhs[None, None, :, :]).sum(axis=2)
    np.testing.assert_array_equal(Matmul.reference(lhs, rhs), expected)
