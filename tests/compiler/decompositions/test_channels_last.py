"""Channels-last convolutions without a kernel equal their references."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, sample

from tessel.dialects.channels_last import (
    ChannelsLastConvolution,
    DepthwiseConvolution,
    PackedConvolution,
    pack_weight,
)

FLOATS = [np.dtype(np.float32), np.dtype(np.float64)]


@st.composite
def convolutions(draw: Any) -> Case:
    """Any of the three ops, with sizes in which the window fits."""
    dtype = draw(st.sampled_from(FLOATS))
    rows, columns = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([1, 2, 3]))
    channels, outputs = draw(st.sampled_from([1, 2, 5])), draw(st.sampled_from([1, 3, 7]))
    dilation = draw(st.sampled_from([1, 2]))
    height = (rows - 1) * dilation + 1 + draw(st.sampled_from([0, 1, 4]))
    width = columns + draw(st.sampled_from([0, 1, 4]))
    strides = draw(st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, 2])))
    image = sample(draw, (draw(st.sampled_from([1, 2])), height, width, channels), dtype)
    scale = rows * columns * channels * 10.0
    if draw(st.booleans()):
        weight = sample(draw, (rows, columns, channels), dtype)
        low, high = (draw(st.tuples(*[st.sampled_from([0, 1, 2])] * 2)) for _ in range(2))
        attributes = {"strides": strides, "low": low, "high": high}
        return Case(DepthwiseConvolution, [image, weight], attributes, scale=scale)
    weight = sample(draw, (rows, columns, channels, outputs), dtype)
    attributes = {"strides": strides, "dilation": dilation}
    if draw(st.booleans()):
        return Case(ChannelsLastConvolution, [image, weight], attributes, scale=scale)
    packed = pack_weight(weight, nr=draw(st.sampled_from([2, 4])))
    attributes |= {"kernel": (rows, columns), "filters": outputs}
    return Case(PackedConvolution, [image, packed], attributes, scale=scale)


@BATCHED
@given(st.lists(convolutions(), min_size=15, max_size=15))
def test_equals_its_reference(cases: list[Case]):
    check_cases(cases)
