"""Compiled ops of `dialects/reduction.py` equal their references, empty ones too."""

import numpy as np
from differential import Case, check_cases

import tessel
from tessel.dialects import reduction as ops

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def test_reductions() -> None:
    """Sums, products and extrema over one axis, all and none."""
    kinds = (ops.ReduceSum, ops.ReduceProd, ops.ReduceMax, ops.ReduceMin)
    ways = (((0,), True, False), ((0, 1), False, True), ((), False, False))
    check_cases(
        [
            Case(op, [x], {"axes": axes, "keepdims": keepdims}, dynamic=dynamic)
            for op in kinds
            for x in (X, NANS, BYTES, X.astype(np.float16), np.asfortranarray(X))
            for axes, keepdims, dynamic in ways
        ]
    )


def test_reductions_of_nothing() -> None:
    """A sum of nothing is 0, a product 1, all of nothing holds, any does not."""
    empty = {"axes": (0,), "keepdims": False}
    cases = [
        Case(op, [X[:0]], empty, dynamic=d)
        for op in (ops.ReduceSum, ops.ReduceProd)
        for d in (False, True)
    ]
    flags = [
        Case(op, [m], empty) for op in (ops.ReduceAll, ops.ReduceAny) for m in (X[:0] > 0, X > 0.5)
    ]
    check_cases(cases + flags)


def test_indices_of_extrema() -> None:
    """The first of equal elements, the first NaN."""
    arrays = (X, NANS, BYTES, BYTES > 100, np.full((3, 4), -np.inf), np.full((3, 4), np.inf))
    check_cases(
        [
            Case(op, [x], {"axis": 1, "keepdims": keepdims}, dynamic=keepdims)
            for op in (ops.Argmax, ops.Argmin)
            for x in arrays
            for keepdims in (False, True)
        ]
    )


def test_complex_totals_beside_each_other() -> None:
    """Each begins with a number of its own."""

    def totals(x, y):
        sums = x.sum(), y.sum(), y.sum(0, keepdims=True), x.sum(initial=2 + 1j)
        return *sums, x.prod(), y.prod(), x @ x, y @ y, np.zeros(()) + 0j, np.full((1, 1), 1e22j)

    x, y = np.array([7, 8 + 2j, 9]), np.array([1 - 3j, 2])
    for got, want in zip(tessel.compile(totals)(x, y), totals(x, y), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-15, strict=True)
