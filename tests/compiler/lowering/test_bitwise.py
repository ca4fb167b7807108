"""Bitwise ops agree with NumPy for booleans and all integers, for shift counts of any size."""

import numpy as np
import pytest
from differential import Case, check_cases
from elementwise_cases import INTEGERS, pairs, shapes, special_values

from tessel.dialects import bitwise as ops

LOGIC = [ops.BitwiseAnd, ops.BitwiseOr, ops.BitwiseXor]
SHIFTS = [ops.ShiftLeft, ops.ShiftRight]


@pytest.mark.parametrize("dtype", [np.dtype(np.bool_), *INTEGERS], ids=str)
def test_all_pairs(dtype: np.dtype) -> None:
    values = special_values(dtype)
    ops_of_dtype = LOGIC if dtype == np.bool_ else [*LOGIC, *SHIFTS]
    cases = [Case(op, pairs(values)) for op in ops_of_dtype]
    check_cases([*cases, Case(ops.BitwiseNot, [values])])


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_every_shift_count(dtype: np.dtype) -> None:
    counts = np.arange(0, 70).astype(dtype)
    values = special_values(dtype)[:, None]
    check_cases([Case(op, [values, counts]) for op in SHIFTS])


def test_shapes() -> None:
    check_cases(
        [case for op in (ops.BitwiseXor, ops.BitwiseNot) for case in shapes(op, INTEGERS[0])]
    )
