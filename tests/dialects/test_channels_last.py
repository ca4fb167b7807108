"""The definitions of channels-last convolutions: constraints, result types and references."""

import numpy as np
import pytest

from tessel.dialects.base import ConstraintError
from tessel.dialects.channels_last import (
    ChannelsLastConvolution,
    DepthwiseConvolution,
    PackedConvolution,
    pack_weight,
)
from tessel.dialects.convolution import Convolution
from tessel.dialects.types import ArrayType

F32 = np.dtype(np.float32)
ONE = {"strides": (1, 1), "dilation": 1}
DEPTHWISE = {"strides": (1, 1), "low": (0, 0), "high": (0, 0)}
KERNEL = {"kernel": (3, 3), "filters": 7, **ONE}


def array(*shape: int | None, dtype: np.dtype = F32) -> ArrayType:
    return ArrayType(dtype, shape)


def constraint(op, *types, **attributes) -> str:
    with pytest.raises(ConstraintError) as raised:
        op.infer(*types, **attributes)
    return raised.value.constraint


IMAGE, WEIGHT, PACKED = array(1, 5, 6, 2), array(3, 3, 2, 7), array(2, 18, 4)


@pytest.mark.parametrize(
    ("op", "image", "weight", "attributes", "number"),
    [
        (ChannelsLastConvolution, array(5, 6, 2), WEIGHT, ONE, "C1"),
        (ChannelsLastConvolution, array(1, None, 6, 2), WEIGHT, ONE, "C1"),
        (ChannelsLastConvolution, array(1, 5, 6, 2, dtype=np.dtype(np.int32)), WEIGHT, ONE, "C2"),
        (ChannelsLastConvolution, array(1, 5, 6, 3), WEIGHT, ONE, "C3"),
        (ChannelsLastConvolution, IMAGE, WEIGHT, {"strides": (0, 1), "dilation": 1}, "C4"),
        (ChannelsLastConvolution, IMAGE, WEIGHT, {"strides": (1, 1), "dilation": 3}, "C5"),
        (PackedConvolution, IMAGE, WEIGHT, KERNEL, "C1"),
        (PackedConvolution, IMAGE, array(2, 18, 4, dtype=np.dtype(np.float64)), KERNEL, "C2"),
        (PackedConvolution, IMAGE, array(2, 17, 4), KERNEL, "C3"),
        (PackedConvolution, IMAGE, PACKED, KERNEL | {"strides": (1,)}, "C4"),
        (PackedConvolution, array(1, 2, 6, 2), PACKED, KERNEL, "C5"),
        (PackedConvolution, IMAGE, PACKED, KERNEL | {"filters": 9}, "C6"),
        (DepthwiseConvolution, IMAGE, WEIGHT, DEPTHWISE, "C1"),
        (DepthwiseConvolution, IMAGE, array(3, 3, 2, dtype=np.dtype(np.float64)),
         DEPTHWISE, "C2"),
        (DepthwiseConvolution, IMAGE, array(3, 3, 3), DEPTHWISE, "C3"),
        (DepthwiseConvolution, IMAGE, array(3, 3, 2), DEPTHWISE | {"strides": (1, 0)}, "C4"),
        (DepthwiseConvolution, IMAGE, array(6, 3, 2), DEPTHWISE, "C5"),
        (DepthwiseConvolution, IMAGE, array(3, 3, 2), DEPTHWISE | {"low": (-1, 0)}, "C6"),
    ],
)  # fmt: skip
def test_constraints(op, image, weight, attributes, number):
    assert constraint(op, image, weight, **attributes) == number


def test_references_are_those_of_convolution():
    rng = np.random.default_rng(0)
    image, weight = rng.standard_normal((2, 9, 8, 3)), rng.standard_normal((3, 2, 3, 5))
    first = Convolution.reference(
        image.transpose(0, 3, 1, 2),
        weight.transpose(3, 2, 0, 1),
        strides=(2, 1),
        padding_low=(0, 0),
        padding_high=(0, 0),
        dilation=(2, 1),
        input_dilation=(1, 1),
        groups=1,
    )
    options = {"strides": (2, 1), "dilation": 2}
    result = ChannelsLastConvolution.reference(image, weight, **options)
    np.testing.assert_allclose(result, first.transpose(0, 2, 3, 1))
    packed = pack_weight(weight, 4)
    options |= {"kernel": (3, 2), "filters": 5}
    np.testing.assert_allclose(PackedConvolution.reference(image, packed, **options), result)
    assert PackedConvolution.infer(
        ArrayType.of(image), ArrayType.of(packed), **options
    ) == ArrayType.of(result)


def test_depthwise_reference_is_one_convolution_a_channel():
    rng = np.random.default_rng(1)
    image, weight = rng.standard_normal((2, 6, 7, 3)), rng.standard_normal((3, 2, 3))
    padding = {"low": (1, 0), "high": (2, 1)}
    result = DepthwiseConvolution.reference(image, weight, strides=(1, 2), **padding)
    image = np.pad(image, ((0, 0), (1, 2), (0, 1), (0, 0)))
    for channel in range(3):
        part = slice(channel, channel + 1)
        alone = ChannelsLastConvolution.reference(
            image[..., part], weight[..., part, None], strides=(1, 2), dilation=1
        )
        np.testing.assert_allclose(result[..., part], alone)
