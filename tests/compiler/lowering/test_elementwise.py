"""Elementwise ops of rank 0, which the host computes where it can, and complex special values."""

import numpy as np
import pytest
from differential import Case, check_cases
from elementwise_cases import COMPLEX, INTEGERS

import tessel
import tessel.numpy as tnp
from tessel.dialects import arithmetic, bitwise, comparison, conversion

PAIRS = ((3, 2), (100, 100), (7, 5), (2, 7), (-3, 2), (-1, 1), (7, -2), (200, 100))


def _numbers(dtype: np.dtype) -> list[list[np.ndarray]]:
    limits = np.iinfo(dtype)
    return [
        [np.array(one, dtype) for one in pair]
        for pair in PAIRS
        if all(limits.min <= one <= limits.max for one in pair)
    ]


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_single_integers(dtype: np.dtype) -> None:
    """Integers of rank 0 overflow, compare, shift and convert as those in arrays do."""
    binary = [
        *(arithmetic.Add, arithmetic.Subtract, arithmetic.Multiply, arithmetic.FloorDivide),
        *(arithmetic.Remainder, arithmetic.Maximum, arithmetic.Minimum, bitwise.BitwiseXor),
        *(comparison.Less, comparison.GreaterEqual, comparison.Equal),
    ]
    unary = [arithmetic.Abs, arithmetic.Sign, arithmetic.Negate, bitwise.BitwiseNot]
    casts = [np.dtype(name) for name in ("int8", "int16", "int64", "uint8", "uint64", "float64")]
    cases: list[Case] = []
    for x, y in _numbers(dtype):
        cases += [Case(op, [x, y]) for op in binary]
        cases += [Case(op, [x]) for op in unary]
        cases += [Case(conversion.Cast, [x], {"dtype": one}) for one in casts]
        if y >= 0:
            cases.append(Case(bitwise.ShiftRight, [x, y]))
    check_cases(cases)


def test_what_was_computed_at_rank_0_is_used() -> None:
    """An overflow before a comparison, and a reduction's result in a condition."""

    def program(x: np.ndarray) -> tuple[object, ...]:
        low, total = tnp.min(x), x[0] + x[1]
        return low < 0, tnp.abs(low), tnp.where(low < 0, x, 0), total < x[0], total // 3

    x = np.array([100, 100, -5], np.int8)
    with np.errstate(over="ignore"):
        wanted = program(x)
    for got, want in zip(tessel.compile(program)(x), wanted, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", COMPLEX, ids=str)
def test_complex_functions_of_special_values(dtype: np.dtype) -> None:
    """Zeros with both signs, infinities and NaN in either part, as in NumPy; signs of zeros too."""
    names = "acos acosh asin asinh atan atanh cos cosh exp log sin sinh sqrt tan tanh"
    names += " abs conj exp2 log10 log2 negative round sign"
    pairs = "add subtract multiply divide"
    parts = [0.0, -0.0, 1.0, -1.0, 2.5, -0.5, 3.2, np.inf, -np.inf, np.nan, 1e30, -1e30, 1e-30]
    numbers = np.array([complex(real, imag) for real in parts for imag in parts], dtype)

    def program(z: np.ndarray) -> dict[str, np.ndarray]:
        found = {name: getattr(tnp, name)(z) for name in names.split()}
        return found | {name: getattr(tnp, name)(z[:, None], z) for name in pairs.split()}

    with np.errstate(all="ignore"):
        wanted = program(numbers)
    compiled = tessel.compile(program)(numbers)
    for name, want in wanted.items():
        for got, part in ((compiled[name].real, want.real), (compiled[name].imag, want.imag)):
            size = np.abs(want)
            scale = np.where(np.isfinite(size), size, np.abs(part))
            tolerance = (2e-5 if dtype == np.complex64 else 1e-12) * scale
            with np.errstate(invalid="ignore"):
                near = (got == part) | (np.abs(got - part) <= tolerance)
            same = np.where(np.isnan(part), np.isnan(got), near)
            same &= (part != 0) | (got != 0) | (np.signbit(got) == np.signbit(part))
            assert same.all(), (name, np.argwhere(~same)[:5], got[~same][:5], part[~same][:5])
