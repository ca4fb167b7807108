"""Compiled pooling equals its reference: kinds, axes, padding, dilation, dtypes, NaN."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, sample

from tessel.dialects.pooling import POOL_KINDS, Pool
from tessel.dialects.types import (
    SUPPORTED_DTYPES,
    is_bool,
    is_complex,
    is_float,
    is_integer,
)


def _is_allowed(kind: str, dtype: np.dtype) -> bool:
    if kind == "average":
        return is_float(dtype)
    return not is_complex(dtype) if kind == "max" else not is_bool(dtype)


@st.composite
def pools(draw: Any) -> Case:
    """A pool over 1 to 3 axes, of any dtype its kind allows, some with NaN."""
    axes = draw(st.integers(1, 3))

    def numbers(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(least, most)) for _ in range(axes))

    kind = draw(st.sampled_from(POOL_KINDS))
    dtype = draw(st.sampled_from([one for one in SUPPORTED_DTYPES if _is_allowed(kind, one)]))
    spatial = tuple(draw(st.sampled_from([0, 1, 4, 5, 7])) for _ in range(axes))
    x = sample(draw, (draw(st.integers(0, 2)), draw(st.integers(1, 3)), *spatial), dtype)
    if is_float(dtype) and x.size and draw(st.booleans()):
        x[(0,) * x.ndim] = np.nan
    attributes = {
        "kind": kind,
        "window": numbers(1, 3),
        "strides": numbers(1, 3),
        "padding_low": numbers(0, 2),
        "padding_high": numbers(0, 2),
        "dilation": numbers(1, 2),
        "count_include_padding": draw(st.booleans()),
    }
    scale = 0.0 if is_bool(dtype) or is_integer(dtype) or not x.size else 27 * _largest(x)
    return Case(Pool, [x], attributes, draw(st.booleans()), scale)


def _largest(x: np.ndarray) -> float:
    return float(np.nanmax(np.abs(x.astype(np.complex128)), initial=0))


@BATCHED
@given(st.lists(pools(), min_size=40, max_size=50))
def test_pool_equals_its_reference(cases: list[Case]):
    check_cases(cases)
