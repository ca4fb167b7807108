"""Compiled convolution equals its reference: axes, strides, padding, dilations, groups, dtypes."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, random_array, sample

from tessel.dialects.convolution import Convolution
from tessel.dialects.types import SUPPORTED_DTYPES, accumulation_dtype, is_bool, is_integer

DTYPES = [dtype for dtype in SUPPORTED_DTYPES if not is_bool(dtype)]


@st.composite
def convolutions(draw: Any) -> Case:
    """A convolution over 1 to 3 axes, plain, grouped, depthwise, dilated or transposed."""
    axes = draw(st.sampled_from([1, 1, 2]))

    def numbers(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(least, most)) for _ in range(axes))

    dtype = draw(st.sampled_from(DTYPES))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    inputs, outputs = draw(st.sampled_from([1, 1, 2])), draw(st.sampled_from([1, 1, 3]))
    spatial = tuple(draw(st.sampled_from([0, 1, 4, 5, 7])) for _ in range(axes))
    spread = (1,) * axes if draw(st.booleans()) else numbers(1, 3)
    x = sample(draw, (draw(st.integers(0, 2)), groups * inputs, *spatial), dtype)
    weight = sample(draw, (groups * outputs, inputs, *numbers(1, 3)), dtype)
    attributes = {
        "strides": numbers(1, 3),
        "padding_low": numbers(-1, 2),
        "padding_high": numbers(-1, 2),
        "dilation": numbers(1, 2),
        "input_dilation": spread,
        "groups": groups,
    }
    dynamic = draw(st.booleans())
    return Case(Convolution, [x, weight], attributes, dynamic, _terms(x, weight, attributes))


def _terms(x: np.ndarray, weight: np.ndarray, attributes: dict[str, Any]) -> float:
    """The largest sum of the terms' magnitudes."""
    if is_integer(x.dtype):
        return 0.0
    wide = [np.abs(one.astype(accumulation_dtype(one.dtype))) for one in (x, weight)]
    return float(np.max(Convolution.reference(*wide, **attributes), initial=0))


@BATCHED
@given(st.lists(convolutions(), min_size=6, max_size=8))
def test_convolution_equals_its_reference(cases: list[Case]):
    check_cases(cases)


def test_convolution_as_in_networks():
    rng = np.random.default_rng(0)
    cases = []
    for weight, stride, groups, dilation in (
        ((8, 3, 7, 7), 2, 1, 1),
        ((8, 3, 3, 3), 1, 1, 2),
        ((16, 3, 1, 1), 1, 1, 1),
        ((3, 1, 3, 3), 1, 3, 1),
        ((6, 1, 3, 3), 2, 3, 1),
    ):
        around = (weight[2] // 2 * dilation,) * 2
        attributes = {
            "strides": (stride, stride),
            "padding_low": around,
            "padding_high": around,
            "dilation": (dilation, dilation),
            "input_dilation": (1, 1),
            "groups": groups,
        }
        operands = [
            random_array(rng, shape, np.dtype(np.float32)) for shape in ((2, 3, 17, 19), weight)
        ]
        scale = _terms(*operands, attributes)
        cases += [Case(Convolution, operands, attributes, dynamic, scale) for dynamic in (0, 1)]
    check_cases(cases)
