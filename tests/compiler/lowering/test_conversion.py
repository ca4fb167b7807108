"""Conversions agree with NumPy between all dtypes."""

import warnings

import numpy as np
import pytest
from differential import Case, check_cases, run_cases
from elementwise_cases import FLOATS, INTEGERS, complex_numbers, shapes, special_values
from kernel_levels import LEVELS

from tessel.compiler.targets.registry import resolve_target
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


def out_of_range(dtype: np.dtype) -> np.ndarray:
    """Floats that some integer dtype cannot hold, beside some that it can, and random ones."""
    ends = np.array([2.0**bits for bits in (7, 8, 15, 16, 31, 32, 53, 62, 63, 64, 70)])
    random = np.random.default_rng(11)
    sizes = 2.0 ** random.uniform(-20, 70, 200) * random.choice([-1, 1], 200)
    odd = [300.7, 0.9, 2.0**31 - 1, 2.0**31 + 1, 3e9, 5e9, 1e20, 1e30, np.inf, np.nan]
    numbers = np.concatenate([ends, ends - 1, ends + 1, odd, sizes])
    numbers = np.concatenate([numbers, -numbers])
    with np.errstate(over="ignore"):
        return (numbers + 1j if is_complex(dtype) else numbers).astype(dtype)


@pytest.mark.parametrize("dtype", [d for d in SUPPORTED_DTYPES if d.kind not in "biu"], ids=str)
def test_floats_beyond_the_integers(dtype: np.dtype) -> None:
    values = out_of_range(dtype)
    check_cases([Case(ops.Cast, [values], {"dtype": to}) for to in INTEGERS])
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for to in INTEGERS:
            size = values.real.astype(np.float64)
            # Beyond uint32 NumPy's vectors and the rest of an array differ.
            held = values[(size > -(2.0**31)) & (size < 2.0**32)] if to == np.uint32 else values
            np.testing.assert_array_equal(ops.Cast.reference(held, to), held.astype(to))


def test_integers_are_rounded_to_half_precision_through_float32() -> None:
    ties = [2**bits + 2 ** (bits - 8) + extra for bits in (40, 33, 30) for extra in (-1, 0, 1)]
    many = np.array([*ties, 65519, 65520, 2049, 2051, 257, 259, 2**63 - 1])
    targets = [np.dtype(np.float16), bfloat16]
    arrays = [many, -many, many.astype(np.uint64)]
    check_cases([Case(ops.Cast, [array], {"dtype": to}) for array in arrays for to in targets])


def test_float64_is_rounded_to_float16_once() -> None:
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    ties = (halves[1:] + halves[:-1]) / 2
    beside = [np.nextafter(ties, 0), ties, np.nextafter(ties, np.inf), [65520.0, 1e300, 5e-324]]
    values = np.concatenate(beside)
    (result,) = run_cases([Case(ops.Cast, [values], {"dtype": np.dtype(np.float16)})])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(result, values.astype(np.float16))


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
