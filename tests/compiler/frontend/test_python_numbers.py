"""Python numbers beyond the dtype of the arrays beside them: NumPy's values and kinds of error."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

ARRAYS = [
    np.array([0, 1, 127], np.int8),
    np.array([0, 1, 65535], np.uint16),
    np.array([0, 1, -(2**63)], np.int64),
    np.array([0, 1, 2**64 - 1], np.uint64),
    np.array([False, True]),
    np.array([-2.5, 0, 60000], np.float16),
    np.array([-2.5, 2.0**70, np.nan]),
    np.array([1 + 2j, 2.0**70], np.complex64),
]
NUMBERS = [300, -1, 2**63, 2**64, -(2**70)]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "np.less, the number first": lambda x, n: np.less(n, x),
    "np.greater_equal": lambda x, n: np.greater_equal(x, n),
    "add": lambda x, n: x + n,
    "add, the number first": lambda x, n: n + x,
    "np.multiply": lambda x, n: np.multiply(x, n),
    "floor_divide": lambda x, n: x // n,
    "bitwise_and": lambda x, n: x & n,
    "maximum": lambda x, n: np.maximum(x, n),
    "clip above": lambda x, n: np.clip(x, 0, n),
    "clip below": lambda x, n: x.clip(n, None),
    "where": lambda x, n: np.where(x == 1, x, n),
    "select": lambda x, n: np.select([x == 1], [x], n),
    "choose": lambda x, n: np.choose(x == 1, [x, n]),
    "isin": lambda x, n: np.isin(x, [1, n]),
    "isin, inverted": lambda x, n: np.isin(x, [n], invert=True),
    "isclose": lambda x, n: np.isclose(x, n),
    "full_like": lambda x, n: np.full_like(x, n),
    "pad": lambda x, n: np.pad(x, 1, constant_values=n),
    "sum with initial": lambda x, n: np.sum(x, initial=n),
}


@pytest.mark.parametrize("array", ARRAYS, ids=lambda x: str(x.dtype))
def test_comparisons(array: np.ndarray) -> None:
    assert_same_as_numpy(
        [
            (f"{compare.__name__} {number}", lambda x, c=compare, n=number: c(x, n), [array])
            for compare in COMPARISONS
            for number in NUMBERS
        ]
    )


@pytest.mark.parametrize("array", ARRAYS, ids=lambda x: str(x.dtype))
def test_functions(array: np.ndarray) -> None:
    def is_object(function: Callable[[Any, Any], Any], number: int) -> bool:
        """NumPy makes arrays of Python objects of some huge numbers."""
        try:
            return np.asarray(function(array, number)).dtype == object
        except (TypeError, ValueError, OverflowError):
            return False

    with np.errstate(all="ignore"):
        cases = [
            (f"{name} {number}", lambda x, f=function, n=number: f(x, n), [array])
            for name, function in FUNCTIONS.items()
            for number in NUMBERS
            if not is_object(function, number)
        ]
    assert_same_as_numpy(cases)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda x: str(x.dtype))
def test_stores(array: np.ndarray) -> None:
    """`x[0] = number` refuses some of what `np.full` casts."""

    def store(x: Any, number: Any) -> Any:
        x = x.copy()
        x[0] = number
        return x

    numbers = [300, -1, 300.7, -1.5, 1e30, float("nan"), True, 1j]
    scalars = [np.int64(300), np.uint64(2**63), np.float64(300.7), np.float32(np.nan)]
    cases = [
        *((f"store {n!r}", lambda x, n=n: store(x, n), [array]) for n in [*numbers, *scalars]),
        *((f"full {n!r}", lambda x, n=n: np.full_like(x, n), [array]) for n in numbers),
    ]
    assert_same_as_numpy(cases)


def test_signed_and_unsigned_are_compared_by_value() -> None:
    signed = np.array([-1, 0, 5, 2**63 - 1, -(2**63)])
    unsigned = np.array([2**64 - 1, 0, 5, 2**63 - 1, 2**63], np.uint64)
    cases = [(c.__name__, c, [signed, unsigned]) for c in COMPARISONS]
    cases += [(f"{c.__name__}, exchanged", c, [unsigned, signed]) for c in COMPARISONS]
    assert_same_as_numpy(cases)
