"""The definitions of packing: constraints, result types and references."""

import numpy as np
import pytest

from tessel.dialects.base import ConstraintError
from tessel.dialects.packing import PackedMatmul, PackMatrix
from tessel.dialects.types import ArrayType

F32 = np.dtype(np.float32)


def array(*shape: int | None, dtype: np.dtype = F32) -> ArrayType:
    return ArrayType(dtype, shape)


def constraint(op, *types, **attributes) -> str:
    with pytest.raises(ConstraintError) as raised:
        op.infer(*types, **attributes)
    return raised.value.constraint


def test_pack_matrix_constraints():
    assert constraint(PackMatrix, array(2, 3, 4), nr=4, kr=1) == "C1"
    assert constraint(PackMatrix, array(None, 4), nr=4, kr=1) == "C1"
    assert constraint(PackMatrix, array(3, 4), nr=0, kr=1) == "C2"
    assert constraint(PackMatrix, array(3, 4), nr=4, kr=0) == "C2"


def test_pack_matrix_infers():
    assert PackMatrix.infer(array(5, 9), nr=4, kr=2).shape == (3, 3, 8)


def test_pack_matrix_reference():
    """Element (k, n) is in panel n // nr, step k // kr; zeros beyond the edges."""
    x = np.arange(1, 16).reshape(3, 5)
    packed = PackMatrix.reference(x, nr=2, kr=2)
    assert packed.shape == (3, 2, 4)
    for k in range(4):
        for n in range(6):
            expected = x[k, n] if k < 3 and n < 5 else 0
            assert packed[n // 2, k // 2, n % 2 * 2 + k % 2] == expected


def test_packed_matmul_constraints():
    packed = array(2, 5, 4)
    assert constraint(PackedMatmul, array(5), packed, n=8, kr=1, zero_point=0) == "C1"
    assert constraint(PackedMatmul, array(3, 5), array(None, 5, 4), n=8, kr=1, zero_point=0) == "C1"
    half = array(3, 5, dtype=np.dtype(np.float16))
    assert constraint(PackedMatmul, half, packed, n=8, kr=1, zero_point=0) == "C2"
    assert constraint(PackedMatmul, array(3, 5), packed, n=8, kr=3, zero_point=0) == "C3"
    assert constraint(PackedMatmul, array(3, 6), packed, n=8, kr=1, zero_point=0) == "C4"
    assert constraint(PackedMatmul, array(3, 5), packed, n=9, kr=1, zero_point=0) == "C5"


def test_packed_matmul_c6():
    integers = array(3, 5, dtype=np.dtype(np.int8)), array(2, 5, 4, dtype=np.dtype(np.int8))
    attributes = {"n": 8, "kr": 1}
    assert constraint(PackedMatmul, *integers, **attributes, zero_point=-127) == "C6"
    assert (
        constraint(PackedMatmul, array(3, 5), array(2, 5, 4), **attributes, zero_point=-128) == "C6"
    )
    assert PackedMatmul.infer(*integers, **attributes, zero_point=-128).dtype == np.int32


def test_packed_matmul_is_a_matmul():
    rng = np.random.default_rng(0)
    lhs, rhs = rng.standard_normal((2, 3, 5)), rng.standard_normal((5, 7))
    packed = PackMatrix.reference(rhs, nr=4, kr=2)
    result = PackedMatmul.reference(lhs, packed, n=7, kr=2, zero_point=0)
    np.testing.assert_allclose(result, lhs @ rhs)
    inferred = PackedMatmul.infer(ArrayType.of(lhs), ArrayType.of(packed), n=7, kr=2, zero_point=0)
    assert inferred.shape == (2, 3, 7)
