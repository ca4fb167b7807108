"""Compiled ops of `dialects/slicing.py` equal their references, empty ones too."""

import numpy as np
from differential import Case, check_cases

from tessel.dialects import slicing as ops

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def _int(value: int) -> np.ndarray:
    return np.array(value, np.int64)


def test_static_parts() -> None:
    """Read and replaced, with steps, and of no elements."""
    part, strided = {"starts": (1, 2), "steps": (1, 1)}, {"starts": (1, 2), "steps": (2, 2)}
    update = RNG.random((2, 3))
    check_cases(
        [
            Case(ops.Slice, [X], {"starts": (1, 0), "stops": (5, 7), "steps": (2, 3)}),
            Case(ops.Slice, [BYTES], {"starts": (1, 3), "stops": (1, 7), "steps": (2, 3)}),
            Case(ops.Slice, [X[:0]], {"starts": (0, 3), "stops": (0, 7), "steps": (1, 1)}),
            Case(ops.UpdateSlice, [X, update], part),
            Case(ops.UpdateSlice, [X, update], strided),
            Case(ops.UpdateSlice, [X, update[:, :0]], strided),
            Case(ops.UpdateSlice, [X, update], strided, dynamic=True),
        ]
    )


def test_parts_at_dynamic_offsets() -> None:
    """Starts outside move inside."""
    check_cases(
        [
            Case(ops.DynamicSlice, [X, [_int(1), _int(9)], [_int(2)]], {"shape": (3, -1)}),
            Case(
                ops.DynamicSlice,
                [X, [_int(1), _int(-4)], [_int(2), _int(3)]],
                {"shape": (-1, -1)},
                dynamic=True,
            ),
            Case(ops.DynamicSlice, [X[:, :0], [_int(1), _int(0)], []], {"shape": (3, 0)}),
            Case(ops.DynamicUpdateSlice, [X, X[:0], [_int(5), _int(0)]]),
            Case(ops.DynamicUpdateSlice, [X, RNG.random((2, 3)), [_int(1), _int(100)]]),
            Case(ops.DynamicUpdateSlice, [BYTES, BYTES[:2], [_int(0), _int(0)]], dynamic=True),
        ]
    )
