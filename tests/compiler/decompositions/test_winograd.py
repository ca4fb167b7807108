"""Winograd convolutions without a kernel equal their references."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, sample

from tessel.dialects.packing import PackMatrix
from tessel.dialects.winograd import WinogradConvolution, WinogradInput, transform_weight

FLOATS = [np.dtype(np.float32), np.dtype(np.float64)]
SIZES = st.sampled_from([1, 2, 3, 5, 8])


@st.composite
def convolutions(draw: Any) -> Case:
    """Images, or their tiles."""
    dtype = draw(st.sampled_from(FLOATS))
    count, height, width = draw(st.sampled_from([1, 2])), draw(SIZES), draw(SIZES)
    channels, outputs = draw(st.sampled_from([1, 2, 5])), draw(st.sampled_from([1, 3, 7]))
    image = sample(draw, (count, height + 2, width + 2, channels), dtype)
    if draw(st.booleans()):
        return Case(WinogradInput, [image], {}, scale=100.0)
    weight = transform_weight(sample(draw, (3, 3, channels, outputs), dtype))
    packed = PackMatrix.reference(weight, nr=draw(st.sampled_from([2, 4])), kr=1)
    attributes = {"output": (count, height, width), "filters": outputs}
    tiles = WinogradInput.reference(image)
    return Case(WinogradConvolution, [tiles, packed], attributes, scale=1000.0 * channels)


@BATCHED
@given(st.lists(convolutions(), min_size=15, max_size=15))
def test_equals_its_reference(cases: list[Case]):
    check_cases(cases)
