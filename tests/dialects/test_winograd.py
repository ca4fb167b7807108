"""The definitions of Winograd convolutions: constraints, result types and references."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tessel.dialects.base import ConstraintError
from tessel.dialects.channels_last import ChannelsLastConvolution
from tessel.dialects.packing import PackMatrix
from tessel.dialects.types import ArrayType
from tessel.dialects.winograd import WinogradConvolution, WinogradInput, transform_weight

F32, F64, I32 = (np.dtype(name) for name in ("float32", "float64", "int32"))


def array(*shape: int | None, dtype: np.dtype = F32) -> ArrayType:
    return ArrayType(dtype, shape)


TILES, PACKED = array(6, 16, 2), array(2, 32, 4)


@pytest.mark.parametrize(
    ("image", "number"),
    [
        (array(5, 6, 2), "C1"),
        (array(1, None, 6, 2), "C1"),
        (array(1, 2, 6, 2), "C1"),
        (array(1, 5, 6, 2, dtype=I32), "C2"),
    ],
)
def test_constraints_of_the_input(image: ArrayType, number: str):
    with pytest.raises(ConstraintError) as raised:
        WinogradInput.infer(image)
    assert raised.value.constraint == number


@pytest.mark.parametrize(
    ("tiles", "packed", "output", "width", "number"),
    [
        (array(6, 32), PACKED, (1, 3, 5), 7, "C1"),
        (TILES, array(2, None, 4), (1, 3, 5), 7, "C1"),
        (TILES, array(2, 32, 4, dtype=F64), (1, 3, 5), 7, "C2"),
        (TILES, PACKED, (1, 3, 4), 7, "C3"),
        (array(6, 15, 2), PACKED, (1, 3, 5), 7, "C3"),
        (TILES, PACKED, (3, 5), 7, "C3"),
        (TILES, array(2, 31, 4), (1, 3, 5), 7, "C4"),
        (TILES, PACKED, (1, 3, 5), 9, "C5"),
    ],
)
def test_constraints(tiles: ArrayType, packed: ArrayType, output, width: int, number: str):
    with pytest.raises(ConstraintError) as raised:
        WinogradConvolution.infer(tiles, packed, output, width)
    assert raised.value.constraint == number


@settings(max_examples=30)
@given(
    st.tuples(*[st.integers(1, 3), st.integers(3, 8), st.integers(3, 8), st.integers(1, 4)]),
    st.integers(1, 6),
)
def test_references_are_those_of_convolution(shape: tuple[int, ...], outputs: int):
    rng = np.random.default_rng(0)
    image, weight = rng.standard_normal(shape), rng.standard_normal((3, 3, shape[3], outputs))
    expected = ChannelsLastConvolution.reference(image, weight, strides=(1, 1), dilation=1)
    tiles = WinogradInput.reference(image)
    assert ArrayType.of(tiles) == WinogradInput.infer(ArrayType.of(image))
    packed = PackMatrix.reference(transform_weight(weight), nr=4, kr=1)
    attributes = {"output": expected.shape[:3], "filters": outputs}
    result = WinogradConvolution.reference(tiles, packed, **attributes)
    np.testing.assert_allclose(result, expected, atol=1e-12)
    types = ArrayType.of(tiles), ArrayType.of(packed)
    assert WinogradConvolution.infer(*types, **attributes) == ArrayType.of(result)
