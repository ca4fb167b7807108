"""Exponentials, logarithms and roots agree with NumPy for all arguments."""

import numpy as np
import pytest
from differential import TOLERANCE, Case, check_cases, run_cases
from elementwise_cases import (
    COMPLEX,
    FLOATS,
    all_magnitudes,
    complex_numbers,
    pairs,
    shapes,
    special_values,
    unary,
)

from tessel.dialects import exponential as ops

UNARY = [ops.Exp, ops.Exp2, ops.Expm1, ops.Log, ops.Log1p, ops.Log2, ops.Log10, ops.Sqrt]
REAL = [*UNARY, ops.Cbrt, ops.Erf]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_real_numbers(dtype: np.dtype) -> None:
    arrays = all_magnitudes(dtype, 1), special_values(dtype)
    check_cases([case for op in REAL for case in unary(op, *arrays)])


@pytest.mark.parametrize("dtype", COMPLEX, ids=str)
def test_complex_numbers(dtype: np.dtype) -> None:
    check_cases([Case(op, [complex_numbers(dtype, 2)]) for op in UNARY if op is not ops.Log1p])


@pytest.mark.parametrize("dtype", COMPLEX, ids=str)
def test_complex_log1p(dtype: np.dtype) -> None:
    """NumPy's own loses digits near 0, so it computes with more of them here."""
    numbers = complex_numbers(dtype, 3)
    (result,) = run_cases([Case(ops.Log1p, [numbers])])
    expected = np.log1p(numbers.astype(np.clongdouble))
    error = np.abs(result - expected) / np.abs(expected)
    assert error.max() < TOLERANCE[dtype]


def test_logaddexp() -> None:
    cases = []
    for dtype in FLOATS:
        left, right = all_magnitudes(dtype, 4), np.random.default_rng(5)
        other = right.permutation(left)
        cases.append(Case(ops.Logaddexp, [left, other], scale=1.0))
        cases.append(Case(ops.Logaddexp, pairs(special_values(dtype)), scale=1.0))
    check_cases(cases)


def test_shapes() -> None:
    cases = [case for op in (ops.Exp, ops.Logaddexp) for case in shapes(op, np.dtype(np.float32))]
    check_cases(cases)


def test_log2_of_powers_of_two_is_whole() -> None:
    powers = np.exp2(np.arange(-126.0, 128.0))
    check_cases([Case(ops.Log2, [powers]), Case(ops.Log2, [powers.astype(np.float32)])])
