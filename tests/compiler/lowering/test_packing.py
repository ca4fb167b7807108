"""Packing equals its reference, and undoes itself in `packed_matmul`."""

from typing import Any

import numpy as np
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, SIZES, sample

from tessel.dialects.packing import PackedMatmul, PackMatrix
from tessel.dialects.types import SUPPORTED_DTYPES, bfloat16, is_complex

DTYPES = [dtype for dtype in SUPPORTED_DTYPES if not is_complex(dtype)]
FLOATS = [np.dtype(np.float16), bfloat16, np.dtype(np.float32), np.dtype(np.float64)]

INT8 = np.dtype(np.int8)

PAIRS = [(dtype, dtype) for dtype in FLOATS]
PAIRS += [(np.dtype(np.float32), np.dtype(narrow)) for narrow in (np.int8, np.float16, bfloat16)]
PAIRS += [(np.dtype(np.uint8), INT8), (INT8, INT8)]


@st.composite
def packings(draw: Any) -> Case:
    """A matrix of any dtype."""
    x = sample(draw, draw(st.tuples(SIZES, SIZES)), draw(st.sampled_from(DTYPES)))
    attributes = {
        "nr": draw(st.sampled_from([1, 4, 7])),
        "kr": draw(st.sampled_from([1, 2, 4])),
    }
    return Case(PackMatrix, [x], attributes)


@st.composite
def packed_products(draw: Any) -> Case:
    """A product of which every size is static."""
    dtypes = draw(st.sampled_from(PAIRS))
    rows, k, n = (draw(st.sampled_from([1, 2, 5, 7])) for _ in range(3))
    lhs, rhs = sample(draw, (rows, k), dtypes[0]), sample(draw, (k, n), dtypes[1])
    kr = draw(st.sampled_from([1, 2]))
    packed = PackMatrix.reference(rhs, nr=draw(st.sampled_from([2, 4])), kr=kr)
    terms = np.abs(lhs.astype(np.float64)) @ np.abs(rhs.astype(np.float64))
    scale = float(np.max(terms, initial=0))
    zero_point = draw(st.sampled_from([0, -128])) if dtypes == (INT8, INT8) else 0
    attributes = {"n": n, "kr": kr, "zero_point": zero_point}
    return Case(PackedMatmul, [lhs, packed], attributes, scale=scale)


@BATCHED
@given(st.lists(packings(), min_size=30, max_size=30))
def test_pack_matrix_equals_its_reference(cases: list[Case]):
    check_cases(cases)


@BATCHED
@given(st.lists(packed_products(), min_size=30, max_size=30))
def test_packed_matmul_equals_its_reference(cases: list[Case]):
    check_cases(cases)
