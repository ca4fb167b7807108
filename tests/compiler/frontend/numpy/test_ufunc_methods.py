"""The methods of ufuncs, with all their options, as in NumPy."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(3)
NUMBERS = RANDOM.standard_normal((5, 3))
NUMBERS[2, 1] = np.nan
WHOLE = RANDOM.integers(1, 60, (11, 3))


def of_numbers(x: Any) -> dict[str, Any]:
    """Functions whose order counts, and those that leave out NaN."""
    ufuncs = np.fmin, np.fmax, np.logaddexp, np.subtract, np.divide, np.hypot, np.copysign
    found: dict[str, Any] = {}
    for ufunc in ufuncs:
        found[ufunc.__name__] = [
            ufunc.reduce(x),
            ufunc.reduce(x, axis=1, keepdims=True),
            ufunc.reduce(x[0], initial=0.5),
            ufunc.accumulate(x, axis=1),
            ufunc.reduceat(x, [0, 3, 1]),
            ufunc.outer(x[0], x[1]),
        ]
    # NumPy's own `reduce` of these two is wrong where its loop takes several elements at once.
    found["orderly"] = [one.accumulate(np.abs(x) + 0.5) for one in (np.arctan2, np.power)]
    long = np.abs(np.ravel(x)[np.array([0, 1, 2, 3, 4, 5, 6, 8] * 3)]) + 0.5
    found["long"] = [np.subtract.reduce(long), np.divide.accumulate(long), np.fmod.reduce(long)]
    return found


def of_whole(n: Any) -> dict[str, Any]:
    """Functions of bits, divisors and truth."""
    ufuncs = np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.logical_xor, np.logical_and
    found: dict[str, Any] = {}
    for ufunc in (*ufuncs, np.floor_divide, np.subtract, np.minimum, np.add, np.divide):
        found[ufunc.__name__] = [
            ufunc.reduce(n),
            ufunc.reduce(n, axis=-1),
            ufunc.accumulate(n[:6]),
            ufunc.reduceat(n, np.array([0, 4, 4, 2])),
        ]
    found["divisors"] = [np.gcd.reduce(n[:3]), np.lcm.accumulate(n[:3] % 7 + 1)]
    found["axes"] = [np.bitwise_or.reduce(n, axis=(0, 1)), np.fmax.reduce(n, axis=None)]
    found["no_axes"] = np.bitwise_and.reduce(n, axis=())
    found["where"] = [
        np.add.reduce(n, axis=None, where=n > 9),
        np.bitwise_xor.reduce(n, axis=0, where=n > 20),
        np.fmin.reduce(n, axis=0, initial=30, where=n > 10),
        np.maximum.reduce(n, axis=(0, 1), initial=99),
    ]
    found["dtypes"] = [np.add.reduce(n, dtype=float), np.subtract.reduce(n, dtype=np.float32)]
    found["nothing"] = [np.bitwise_or.reduce(n[:0]), np.add.reduceat(n, [], axis=0)]
    found["out"] = np.zeros(3)
    np.add.reduce(n, axis=0, out=found["out"])
    return found


def changed(x: Any, n: Any) -> dict[str, Any]:
    """`at` of functions that are applied one after the other, and of one operand."""
    indices = np.array([0, 2, 2, 0, 1])
    found: dict[str, Any] = {}
    for ufunc in (np.divide, np.power, np.hypot, np.fmin):
        target = np.abs(x[:, 0]) + 1
        ufunc.at(target, indices, np.abs(x[:, 2]) + 1)
        ufunc.at(target, indices[:2], 2.5)
        found[ufunc.__name__] = target
    bits, truth, square = n * 1, n > 40, x * 1
    np.bitwise_or.at(bits, (indices, 1), 64)
    np.negative.at(bits, (indices, 0))
    np.logical_or.at(truth, indices, True)
    np.square.at(square, slice(0, 2))
    return {**found, "bits": bits, "truth": truth, "square": square}


@pytest.mark.parametrize(
    ("function", "arrays"),
    [(of_numbers, [NUMBERS]), (of_whole, [WHOLE]), (changed, [NUMBERS, WHOLE])],
)
def test_as_numpy(function: Any, arrays: list[np.ndarray]) -> None:
    """All results of a family have NumPy's dtype, shape and values."""
    check_as_numpy(function, *arrays)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.subtract.reduce(x, axis=None), ValueError, "not reorderable"),
        (lambda x: np.divide.reduce(x[:0]), ValueError, "of no elements"),
        (lambda x: np.subtract.reduce(x, where=x > 0), ValueError, "needs initial="),
        (lambda x: np.less.reduce(x), TypeError, "less does not combine"),
        (lambda x: np.add.accumulate(x[0, 0]), TypeError, "add.accumulate of a single element"),
        (lambda x: np.add.reduceat(x, [9]), IndexError, "index 9 of numpy.add.reduceat"),
        (lambda x: np.add.reduce(x, axis=5), IndexError, "axis 5"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_ufunc_methods\.py:\d+: .*{message}"):
        tessel.compile(function)(NUMBERS)
