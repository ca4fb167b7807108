"""Compiled softmax and norms equal their references, in every float dtype and along any axis."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, FLOATS, POSITIVE_SIZES, SIZES, sample

from tessel.dialects.normalization import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    LogSoftmax,
    RmsNorm,
    Softmax,
)

EPSILON = 1e-5


@st.composite
def softmaxes(draw: Any) -> Case:
    """Softmax or its logarithm, some of rows that are all -inf or hold NaN."""
    dtype = draw(st.sampled_from(FLOATS))
    shape = tuple(draw(st.lists(SIZES, min_size=1, max_size=4)))
    x = sample(draw, shape, dtype)
    special = draw(st.sampled_from([None, -np.inf, np.inf, np.nan]))
    if special is not None and x.size:
        x[0] = special
    op = draw(st.sampled_from([Softmax, LogSoftmax]))
    axis = draw(st.integers(0, len(shape) - 1))
    # Near 0 a logarithm is as exact as the terms that cancel.
    scale = 8.0 if op is LogSoftmax else 0.0
    return Case(op, [x], {"axis": axis}, draw(st.booleans()), scale)


@st.composite
def row_norms(draw: Any) -> Case:
    """Layer norm or RMS norm with and without scale and bias."""
    dtype = draw(st.sampled_from(FLOATS))
    shape = tuple(draw(st.lists(POSITIVE_SIZES, min_size=1, max_size=4)))
    if draw(st.booleans()):
        shape = (draw(SIZES), *shape)
    axis = draw(st.integers(0 if 0 not in shape else 1, len(shape) - 1))
    x = sample(draw, shape, dtype)
    op = draw(st.sampled_from([LayerNorm, RmsNorm]))
    affine = [
        sample(draw, shape[axis:], dtype) if draw(st.booleans()) else None
        for _ in range(2 if op is LayerNorm else 1)
    ]
    attributes = {"axis": axis, "epsilon": EPSILON}
    return _with_scale(Case(op, [x, *affine], attributes, draw(st.booleans())))


@st.composite
def channel_norms(draw: Any) -> Case:
    """Group norm or batch norm over 0 to 2 spatial axes."""
    dtype = draw(st.sampled_from(FLOATS))
    groups, share = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([1, 2, 5]))
    spatial = draw(st.lists(POSITIVE_SIZES, max_size=2))
    channels = groups * share
    x = sample(draw, (draw(SIZES), channels, *spatial), dtype)
    columns = [sample(draw, (channels,), dtype) for _ in range(4)]
    if draw(st.booleans()):
        operands = [x, *columns[:3], np.abs(columns[3])]
        return _with_scale(Case(BatchNorm, operands, {"epsilon": 0.5}, draw(st.booleans())))
    affine = [column if draw(st.booleans()) else None for column in columns[:2]]
    attributes = {"groups": groups, "epsilon": EPSILON}
    return _with_scale(Case(GroupNorm, [x, *affine], attributes, draw(st.booleans())))


def _with_scale(case: Case) -> Case:
    """Errors relative to the largest result: the smaller ones are differences of such terms."""
    result = case.op.reference(*case.operands, **case.attributes).astype(np.float64)
    affine = [np.abs(one.astype(np.float64)) for one in case.operands if one is not None]
    terms = [float(np.max(one, initial=0)) for one in (np.abs(result), *affine)]
    case.scale = 2 * max(terms)
    return case


@BATCHED
@given(st.lists(softmaxes(), min_size=25, max_size=35))
def test_softmax_equals_its_reference(cases: list[Case]):
    check_cases(cases)


@BATCHED
@given(st.lists(row_norms(), min_size=15, max_size=20))
def test_row_norms_equal_their_references(cases: list[Case]):
    check_cases(cases)


@BATCHED
@given(st.lists(channel_norms(), min_size=10, max_size=20))
def test_channel_norms_equal_their_references(cases: list[Case]):
    check_cases(cases)


def test_layer_norm_keeps_its_digits_where_the_mean_is_large():
    x = 1000 + np.random.default_rng(0).normal(size=(8, 384))
    operands = [x.astype(np.float32), None, None]
    # Errors are relative to the mean; mean(x**2) - mean(x)**2 would miss by ten times as much.
    check_cases([Case(LayerNorm, operands, {"axis": 1, "epsilon": EPSILON}, scale=1000.0)])
