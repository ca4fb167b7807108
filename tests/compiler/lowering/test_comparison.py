"""Comparisons agree with NumPy for all dtypes, NaN and complex order included."""

import numpy as np
import pytest
from differential import Case, check_cases
from elementwise_cases import COMPLEX, pairs, shapes, special_values

from tessel.dialects import comparison as ops
from tessel.dialects.types import SUPPORTED_DTYPES, is_complex, is_float

RELATIONS = [ops.Equal, ops.NotEqual, ops.Less, ops.LessEqual, ops.Greater, ops.GreaterEqual]
PROPERTIES = [ops.IsNan, ops.IsInf, ops.IsFinite]


def values_of(dtype: np.dtype) -> np.ndarray:
    if not is_complex(dtype):
        return special_values(dtype)
    parts = np.array([0, 1, -2, np.inf, np.nan])
    values = np.empty((5, 5), dtype)
    values.real, values.imag = parts[:, None], parts
    return values.reshape(-1)


@pytest.mark.parametrize("dtype", SUPPORTED_DTYPES, ids=str)
def test_all_pairs(dtype: np.dtype) -> None:
    values = values_of(dtype)
    cases = [Case(op, pairs(values)) for op in RELATIONS]
    cases += [Case(op, [values]) for op in PROPERTIES]
    if is_float(dtype):
        cases.append(Case(ops.SignBit, [values]))
    condition = np.arange(values.size) % 2 == 0
    cases.append(Case(ops.Select, [condition, values, values[::-1]]))
    cases.append(Case(ops.Select, [condition[:, None], values[:1], values]))
    cases.append(Case(ops.Select, [condition, values, values[::-1]], dynamic=True))
    check_cases(cases)


def test_shapes() -> None:
    check_cases([case for op in (ops.Less, ops.IsNan) for case in shapes(op, COMPLEX[0])])
