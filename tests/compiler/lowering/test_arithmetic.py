"""Arithmetic agrees with NumPy for all dtypes: wrapping, division by zero, signs of zeros."""

import numpy as np
import pytest
from differential import Case, check_cases, run_cases
from elementwise_cases import (
    COMPLEX,
    FLOATS,
    INTEGERS,
    all_magnitudes,
    complex_numbers,
    pairs,
    shapes,
    special_values,
    unary,
)

from tessel.dialects import arithmetic as ops
from tessel.dialects.types import SUPPORTED_DTYPES, bfloat16

RING = [ops.Add, ops.Subtract, ops.Multiply]
DIVISIONS = [ops.FloorDivide, ops.Remainder, ops.Fmod]
ORDER = [ops.Maximum, ops.Minimum]
ROUNDINGS = [ops.Floor, ops.Ceil, ops.Trunc]


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integers(dtype: np.dtype) -> None:
    values = special_values(dtype)
    cases = [Case(op, pairs(values)) for op in (*RING, *DIVISIONS, *ORDER)]
    cases += [Case(op, [values]) for op in (ops.Negate, ops.Abs, ops.Sign, *ROUNDINGS)]
    exponents = values[values >= 0]
    cases.append(Case(ops.Power, [values[:, None], exponents]))
    check_cases(cases)


def test_booleans() -> None:
    values = np.array([False, True])
    binary = [ops.Add, ops.Multiply, *ORDER]
    cases = [Case(op, pairs(values)) for op in binary]
    check_cases(cases + [Case(op, [values]) for op in (ops.Abs, *ROUNDINGS)])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_floats(dtype: np.dtype) -> None:
    left = all_magnitudes(dtype, 1)
    right = np.random.default_rng(2).permutation(left)
    specials = special_values(dtype)
    binary = [ops.Divide, ops.Hypot, ops.Copysign, ops.Nextafter, ops.Power, *RING, *ORDER]
    cases = [Case(op, [left, right]) for op in binary]
    cases += [Case(op, pairs(specials)) for op in (*binary, *DIVISIONS)]
    one = [ops.Negate, ops.Abs, ops.Sign, ops.Rint, *ROUNDINGS]
    check_cases(cases + [case for op in one for case in unary(op, left, specials)])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_float_remainders(dtype: np.dtype) -> None:
    """The remainder is exact, however large the quotient."""
    left = all_magnitudes(dtype, 3)
    right = np.random.default_rng(4).permutation(left)
    # Remainders below the normal numbers are flushed to zero on the way.
    normal = np.abs(right.astype(np.float64)) > 1e8 * float(np.finfo(np.float32).tiny)
    if dtype != np.float16:
        left, right = left[normal], right[normal]
    check_cases([Case(op, [left, right]) for op in (ops.Fmod, ops.Remainder)])


def test_signs_of_zeros() -> None:
    """A comparison of values takes -0.0 for 0.0: the sign goes on to a copysign."""
    numbers, divisors = np.array([0.0, -0.0, 3.0, -3.0]), np.array([2.0, -2.0, 3.0, -3.0])
    left, right = np.repeat(numbers, 4).reshape(4, 4), np.tile(divisors, (4, 1))
    cases = [
        Case(op, [left.astype(dtype), right.astype(dtype)], dynamic=dynamic)
        for op in DIVISIONS
        for dtype in FLOATS
        for dynamic in (False, True)
    ]
    with np.errstate(all="ignore"):
        zeros = [case.op.reference(*case.operands) for case in cases]
    for case, result, expected in zip(cases, run_cases(cases), zeros, strict=True):
        np.testing.assert_array_equal(np.signbit(result), np.signbit(expected), err_msg=repr(case))


@pytest.mark.parametrize("dtype", COMPLEX, ids=str)
def test_complex_numbers(dtype: np.dtype) -> None:
    left, right = complex_numbers(dtype, 5), complex_numbers(dtype, 6)
    part = np.float32 if dtype == np.complex64 else np.float64
    values = np.array([0, -1, 2, np.inf, np.nan], part)
    parts = np.stack(np.broadcast_arrays(values[:, None], values[None]), -1)
    specials = parts.reshape(-1, 2).copy().view(dtype).reshape(-1)
    cases = [Case(op, [left, right]) for op in (*RING, ops.Divide, *ORDER)]
    cases.append(Case(ops.Power, [left, (right / 4).astype(dtype)]))
    cases += [case for op in ORDER for case in [Case(op, pairs(specials))]]
    one = [ops.Negate, ops.Abs, ops.Sign, ops.Rint]
    check_cases(cases + [Case(op, [left]) for op in one])


@pytest.mark.parametrize("dtype", SUPPORTED_DTYPES, ids=str)
def test_shapes(dtype: np.dtype) -> None:
    check_cases([case for op in (ops.Add, ops.Abs) for case in shapes(op, dtype)])


def test_bfloat16_rounds_once() -> None:
    x = np.array([1.0, 1.0], bfloat16)
    y = np.array([2.0**-8, 3 * 2.0**-9], bfloat16)
    check_cases([Case(ops.Add, [x, y])])
