"""Special functions agree with their references, by series of their own, for all arguments."""

import numpy as np
import pytest
from differential import Case, check_cases, run_cases
from elementwise_cases import FLOATS, all_magnitudes, shapes, special_values, unary

from tessel.dialects import special as ops

ALL = [ops.BesselI0e, ops.BesselI1e, ops.Digamma, ops.Erfc, ops.Erfcx, ops.Gamma, ops.Lgamma]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_all_arguments(dtype: np.dtype) -> None:
    """Right of 0, where no root but those of 1, 2 and digamma is near, and special values."""
    positive = np.abs(all_magnitudes(dtype, 1))
    check_cases([case for op in ALL for case in unary(op, positive, special_values(dtype))])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_left_of_zero(dtype: np.dtype) -> None:
    """Poles at whole numbers; errors relative to 1 where there are roots."""
    numbers = -np.abs(all_magnitudes(dtype, 2, 199)).astype(np.float64)
    # A half-precision pole is hit by most large numbers, and what is beside one cancels.
    near = np.concatenate([numbers[np.abs(numbers) < 25], -np.arange(25.0)]).astype(dtype)
    even = [ops.BesselI0e, ops.BesselI1e, ops.Erfc]
    cases = [case for op in even for case in unary(op, numbers.astype(dtype))]
    rooted = [Case(op, [near], scale=1.0) for op in (ops.Digamma, ops.Lgamma)]
    check_cases([*cases, *rooted, Case(ops.Gamma, [near]), Case(ops.Erfcx, [near])])


def test_digits() -> None:
    """The bounds of the dialect's page: 1e-14 in float64, at 20,000 numbers each."""
    near = np.linspace(0.01, 30, 20000)
    results = run_cases([Case(op, [near]) for op in ALL])
    for op, result in zip(ALL, results, strict=True):
        wanted = op.reference(near)
        error = np.abs(result - wanted) / np.maximum(np.abs(wanted), 1e-290)
        assert error.max() < 1e-14, (op.short_name(), near[error.argmax()], error.max())


def test_shapes() -> None:
    check_cases(shapes(ops.Lgamma, np.dtype(np.float32)))
