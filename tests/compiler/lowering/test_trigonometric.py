"""Trigonometric and hyperbolic functions agree with NumPy for arguments of any size."""

import differential
import numpy as np
import pytest
from differential import Case, check_cases
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

from tessel.compiler.lowering.trigonometric import FUNCTIONS
from tessel.compiler.targets.cpu.target import cpu_target
from tessel.dialects import arithmetic, exponential
from tessel.dialects import trigonometric as ops

# The float64 nearest to a multiple of pi / 2, relative to its size (Muller, table 11.1).
HARDEST = 6381956970095103 * 2.0**797


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_real_numbers(dtype: np.dtype) -> None:
    arrays = all_magnitudes(dtype, 1), special_values(dtype), np.linspace(-1, 1, 401).astype(dtype)
    check_cases([case for op in FUNCTIONS for case in unary(op, *arrays)])


def test_angles_near_multiples_of_half_pi() -> None:
    multiples = np.arange(-2000, 2000) * (np.pi / 2)
    angles = np.concatenate([multiples, [HARDEST, -HARDEST, 1e22, 2.0**1023]])
    small = np.concatenate([multiples, [16367173 * 2.0**72, 1e30]]).astype(np.float32)
    cases = [Case(op, [x]) for op in (ops.Sin, ops.Cos, ops.Tan) for x in (angles, small)]
    check_cases(cases)


@pytest.mark.parametrize("dtype", COMPLEX, ids=str)
def test_complex_numbers(dtype: np.dtype) -> None:
    check_cases([Case(op, [complex_numbers(dtype, 2)]) for op in FUNCTIONS])


def test_atan2() -> None:
    cases = []
    for dtype in FLOATS:
        x = all_magnitudes(dtype, 3)
        cases.append(Case(ops.Atan2, [x, np.random.default_rng(4).permutation(x)]))
        cases.append(Case(ops.Atan2, pairs(special_values(dtype))))
    check_cases(cases)


def test_shapes() -> None:
    check_cases([case for op in (ops.Sin, ops.Atan2) for case in shapes(op, np.dtype(np.float32))])


def test_code_for_avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same results without the integer instructions of AVX-512."""
    target = cpu_target("x86-64-v3", 1, "the test asks for it")
    monkeypatch.setattr(differential, "host_target", lambda threads: target)
    cases = []
    for dtype in FLOATS[-2:]:
        x = all_magnitudes(dtype, 5)
        cases += [Case(op, [x]) for op in (ops.Sin, ops.Cos, ops.Tanh, exponential.Log)]
        cases.append(Case(arithmetic.Power, [x, x[::-1].copy()]))
    check_cases(cases)
