"""Types of numbers, called to convert traced ones: NumPy's values, dtypes and kinds of error."""

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

import tessel

KINDS = [
    *(np.float16, np.float32, np.float64, np.complex64, np.complex128, np.bool_),
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
    *(np.intp, np.longlong, ml_dtypes.bfloat16),
]
ARRAYS = [
    np.array([-2.75, 0.1, 100.5, np.inf]),
    np.array([-2, 0, 100, 2**31 - 1], np.int32),
    np.array([0, 200, 2**64 - 1], np.uint64),
    np.array([True, False]),
    np.array([1.5 + 2j, -3j], np.complex64),
]


@pytest.mark.parametrize("x", ARRAYS, ids=lambda x: str(x.dtype))
def test_scalars_of_numpy(x: np.ndarray) -> None:
    """Of an element, an array of rank 0, an array and a list; of the same dtype too."""
    cases: list[Any] = []
    for kind in [*KINDS, x.dtype.type]:
        if kind is ml_dtypes.bfloat16 and x.dtype.kind in "cbu":
            continue  # ml_dtypes takes no complex numbers, NumPy's booleans, or large integers
        if kind is not ml_dtypes.bfloat16:
            cases.append((f"{kind.__name__}(array)", lambda x, k=kind: k(x), [x]))
            cases.append((f"{kind.__name__}(list)", lambda x, k=kind: k([x[0], x[0]]), [x]))
        cases.append((f"{kind.__name__}(element)", lambda x, k=kind: k(x[1]), [x]))
        cases.append((f"{kind.__name__}(...) beside", lambda x, k=kind: x[:1] + k(x[1]), [x]))
    assert_same_as_numpy(cases)


def test_arrays_of_the_same_dtype_are_themselves() -> None:
    def write(x: Any) -> Any:
        y = np.float64(x)
        y[0] = 7
        z = np.float64(x[1])
        x[1] = 8
        return x, z

    assert_same_as_numpy([("write", write, [np.array([1.0, 2])])])


@pytest.mark.parametrize("dynamic", [False, True])
def test_python_numbers(dynamic: bool) -> None:
    """`float` and `int` give Python numbers, which take the dtype of the arrays beside them."""

    def numbers(x: Any, k: Any) -> Any:
        first, count = float(x[0]), int(k[2])
        mean = sum(map(float, x)) / float(len(x)) if not dynamic else float(x.sum()) / x.shape[0]
        half = int(x.shape[0] / 2)
        return (
            *(x * first, x[count], int(x[1]) + count, complex(x[0]) * x, x * mean),
            *(x[:half].sum(), int(x.shape[0]) * x, float(x.shape[0]), np.float32(x.shape[0]) * x),
            *(int(np.ones(3).sum()) * x, float(np.argmax(x)), x * float(k[0] > 1)),
        )

    x, k = np.array([1.5, -2.75, 4], np.float32), np.array([3, 1, 2])
    compiled = tessel.compile(numbers, dynamic=dynamic)
    for size in (3, 2):
        for got, want in zip(
            compiled(x[-size:], k - (3 - size)), numbers(x[-size:], k - (3 - size))
        ):
            np.testing.assert_allclose(got, want)
            assert np.asarray(got).dtype == np.asarray(want).dtype


def test_what_does_not_fit() -> None:
    """Kinds of error are Python's, raised by the call."""
    x = np.array([np.nan, np.inf, 300, -1, 2.0**63, -(2.0**63)])
    functions: list[tuple[Callable[[Any], Any], type[Exception] | None]] = [
        (lambda x: int(x[0]) * x, ValueError),
        (lambda x: np.int32(int(x[1])), OverflowError),
        (lambda x: int(x[5]), None),
        (lambda x: np.int8(int(x[2])), OverflowError),
        (lambda x: np.uint8(int(x[3])), OverflowError),
        (lambda x: np.uint8(float(x[2])), OverflowError),
        (lambda x: np.uint8(float(x[2]) - 44.5), None),
        (lambda x: np.uint8(float(x[3]) + 0.5), None),
        (lambda x: np.int32(float(x[0])), ValueError),
        (lambda x: np.int64(float(x[4])), OverflowError),
        (lambda x: np.int64(float(x[5])), None),
        (lambda x: float(x), TypeError),
        (lambda x: float(complex(x[0])), TypeError),
        (lambda x: np.float32(complex(x[2])), TypeError),
        (lambda x: int([x[0]]), TypeError),
        (lambda x: np.float32(x, x), TypeError),
    ]
    for function, error in functions:
        if error is None:
            result, expected = tessel.compile(function)(x), function(x)
            assert result == expected
            assert isinstance(expected, int) or result.dtype == expected.dtype
            continue
        with pytest.raises(error):
            function(x)
        with pytest.raises(error):
            tessel.compile(function)(x)
    # Python has integers beyond int64; a compiled function has none.
    with pytest.raises(OverflowError, match=r"test_number_types\.py:\d+: .* int64"):
        tessel.compile(lambda k: int(k[0]))(np.array([2**63], np.uint64))


def test_types_that_are_not_compiled() -> None:
    for kind in (np.longdouble, np.str_, np.object_):
        with pytest.raises(tessel.TesselError, match=r"test_number_types\.py:\d+: .*cannot be"):
            tessel.compile(lambda x, k=kind: k(x[0]))(np.ones(2))


def test_in_loops() -> None:
    """Indices and what a loop carries."""

    def steps(x: Any) -> Any:
        total = np.float32(0)
        for i in range(300):
            total = np.float32(total + x[int(i % 3)] * float(i))
        return total, float(total) * x

    assert_same_as_numpy([("steps", steps, [np.array([1.5, 2, -3])])], tolerance=1e-6)


def test_what_python_returns_as_its_own_number_is_one() -> None:
    """Types and values, from a traced function, the second call, and a program of one result."""

    def numbers(x, factor):
        count = 0
        for i in range(30):
            count = count + i * int(x[0])
        found = tessel.while_loop(lambda k: k < 3, lambda k: k + 1, 0)
        return int(x.sum()), float(x[1]), complex(x[0]), count, factor * 2, found, x.sum(), len(x)

    x, compiled = np.arange(1.0, 4.0), tessel.compile(numbers)
    for factor in (2.5, 3.5):
        expected = numbers(x, factor)
        results = compiled(x, factor)
        assert results == expected
        assert [type(one) for one in results] == [type(one) for one in expected]
    total = tessel.compile(total_of)
    assert [type(total(x)) for _ in range(2)] == [int, int]


def total_of(x):
    return int(x.sum())
