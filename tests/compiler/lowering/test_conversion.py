"""Conversions agree with NumPy between all dtypes."""

import numpy as np
import pytest
from differential import Case, check_cases
from elementwise_cases import FLOATS, INTEGERS, complex_numbers, shapes, special_values
from kernel_levels import LEVELS

from tessel.compiler.targets.resolve import resolve_target
from tessel.dialects import conversion as ops
from tessel.dialects.types import (
    SUPPORTED_DTYPES,
    bfloat16,
    is_bool,
    is_complex,
    is_float,
    is_half,
)


def convertible(dtype: np.dtype) -> np.ndarray:
    """Values that every integer dtype can hold, ties of rounding among them."""
    return np.array([0, 0.5, 1, 1.5, 2.5, 3.75, 100, 127], np.float64).astype(dtype)


@pytest.mark.parametrize("dtype", SUPPORTED_DTYPES, ids=str)
def test_casts(dtype: np.dtype) -> None:
    cases = [Case(ops.Cast, [convertible(dtype)], {"dtype": to}) for to in SUPPORTED_DTYPES]
    exact = [to for to in SUPPORTED_DTYPES if is_float(to) or is_complex(to) or is_bool(to)]
    if not is_complex(dtype):
        targets = exact if is_float(dtype) else SUPPORTED_DTYPES
        cases += [Case(ops.Cast, [special_values(dtype)], {"dtype": to}) for to in targets]
    check_cases(cases)


@pytest.mark.parametrize("level", ["x86-64-v2", *LEVELS])
def test_casts_to_halves_and_back_on_each_level(level: str) -> None:
    """On those that lack the instructions nothing is left to a function that is not there."""
    target = resolve_target(level, 1)
    halves = [dtype for dtype in FLOATS if is_half(dtype)]
    wide = [dtype for dtype in SUPPORTED_DTYPES if not is_half(dtype)]
    cases = [
        Case(ops.Cast, [convertible(dtype)], {"dtype": to})
        for half in halves
        for other in wide
        for dtype, to in ((half, other), (other, half))
    ]
    cases += [Case(ops.Cast, [special_values(dtype)], {"dtype": bfloat16}) for dtype in INTEGERS]
    check_cases(cases, target)


def test_bitcasts() -> None:
    cases = []
    for dtype in (*FLOATS, *INTEGERS):
        for to in (*FLOATS, *INTEGERS):
            if dtype.itemsize == to.itemsize and not (is_float(dtype) and is_float(to)):
                values = convertible(dtype)
                cases.append(Case(ops.Bitcast, [values], {"dtype": to}))
    check_cases(cases)


def test_complex_parts() -> None:
    one = [ops.Real, ops.Imag, ops.Conjugate]
    cases = []
    for dtype in SUPPORTED_DTYPES:
        values = complex_numbers(dtype, 1) if is_complex(dtype) else special_values(dtype)
        allowed = one if not is_bool(dtype) else one[:2]
        cases += [Case(op, [values]) for op in allowed]
    for dtype in FLOATS[-2:]:
        parts = special_values(dtype)
        cases.append(Case(ops.Complex, [parts[:, None], np.full((1, 3), 2, dtype)]))
    check_cases(cases)


def test_shapes() -> None:
    check_cases([case for case in shapes(ops.Real, np.dtype(np.complex128))])
