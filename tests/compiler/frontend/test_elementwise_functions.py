"""Every ufunc that can be compiled gives NumPy's values and dtypes, eagerly and compiled."""

from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.numpy.functions.ufuncs import UFUNCS

RNG = np.random.default_rng(0)
ARRAYS = {
    "bool": RNG.random((3, 4)) < 0.5,
    "uint8": RNG.integers(0, 7, (3, 4)).astype(np.uint8),
    "int64": RNG.integers(1, 7, (3, 4)),
    "float32": (RNG.random((3, 4)) * 0.9 + 0.05).astype(np.float32),
    "float64": RNG.random((3, 4)) * 0.9 + 0.05,
    "complex128": RNG.random((3, 4)) + 1j * RNG.random((3, 4)),
}


def _arguments(ufunc: np.ufunc, kind: str) -> list[Any]:
    return [ARRAYS[kind]] * ufunc.nin


def _cases() -> list[tuple[np.ufunc, str]]:
    found = []
    for ufunc in UFUNCS:
        for kind in ARRAYS:
            try:
                with np.errstate(all="ignore"):
                    ufunc(*_arguments(ufunc, kind))
            except TypeError:
                continue
            found.append((ufunc, kind))
    return found


CASES = _cases()


@pytest.fixture(scope="module", params=list(ARRAYS))
def compiled(request: pytest.FixtureRequest) -> tuple[str, list[Any]]:
    """All ufuncs on one dtype, as one program."""
    kind = request.param
    ufuncs = [ufunc for ufunc, other in CASES if other == kind]
    function = tessel.compile(lambda x: [ufunc(*[x] * ufunc.nin) for ufunc in ufuncs])
    return kind, list(zip(ufuncs, function(ARRAYS[kind])))


def test_compiled_equals_numpy(compiled: tuple[str, list[Any]]) -> None:
    """Values, shapes and dtypes are NumPy's."""
    kind, results = compiled
    for ufunc, result in results:
        _check(ufunc, kind, result)


@pytest.mark.parametrize(("ufunc", "kind"), CASES, ids=lambda c: getattr(c, "__name__", c))
def test_eager_equals_numpy(ufunc: np.ufunc, kind: str) -> None:
    """Outside a trace the same functions run on NumPy arrays."""
    with np.errstate(all="ignore"):
        _check(ufunc, kind, UFUNCS[ufunc](*_arguments(ufunc, kind)))


def _check(ufunc: np.ufunc, kind: str, result: Any) -> None:
    with np.errstate(all="ignore"):
        expected = ufunc(*_arguments(ufunc, kind))
    if not isinstance(expected, tuple):
        result, expected = (result,), (expected,)
    for got, want in zip(result, expected):
        assert got.dtype == want.dtype, f"{ufunc.__name__} of {kind}"
        tolerance = {"f": 1e-5, "d": 1e-12, "D": 1e-12, "e": 2e-3}.get(want.dtype.char, 0)
        np.testing.assert_allclose(got, want, rtol=tolerance, err_msg=f"{ufunc.__name__} of {kind}")


def test_python_numbers_are_weak() -> None:
    """They take the array's dtype (NEP 50), and overflow as in NumPy."""
    function = tessel.compile(lambda x, s: (x + 1, x * 2.5, s + x, x + np.float64(1)))
    x = np.ones(2, np.float32)
    dtypes = [one.dtype for one in function(x, 0.5)]
    assert dtypes == [np.float32, np.float32, np.float32, np.float64]
    with pytest.raises(OverflowError):
        tessel.compile(lambda x: x + 300)(np.ones(2, np.uint8))


def test_signed_and_unsigned_compare_by_value() -> None:
    """-1 is less than every uint64."""
    signed, unsigned = np.array([-1, 5, 2]), np.array([2**63, 5, 1], np.uint64)
    less, greater, equal = tessel.compile(lambda x, y: (x < y, x > y, x == y))(signed, unsigned)
    np.testing.assert_array_equal(less, [True, False, False])
    np.testing.assert_array_equal(greater, [False, False, True])
    np.testing.assert_array_equal(equal, [False, True, False])


def test_out_where_and_methods_of_ufuncs() -> None:
    """`out=`, `where=`, `.reduce` and `.outer` work on traced arrays."""

    def function(x):
        y = np.zeros_like(x)
        np.multiply(x, 2, out=y, where=x > 1)
        return y, np.add.reduce(x), np.multiply.outer(x, x)

    x = np.array([1.0, 2.0, 3.0])
    doubled, total, outer = tessel.compile(function)(x)
    np.testing.assert_array_equal(doubled, [0, 4, 6])
    assert total == 6
    np.testing.assert_array_equal(outer, np.multiply.outer(x, x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.add(x, 1, where=x > 0), r"numpy.add\(where=\) cannot be compiled"),
        (lambda x: np.add.reduceat(x, x > 0), r"numpy.add.reduceat cannot be compiled with traced"),
    ],
)
def test_what_is_not_compiled_is_refused(call: Any, message: str) -> None:
    """No option is ignored."""
    with pytest.raises(NotImplementedError, match=message):
        tessel.compile(lambda x: call(x))(np.ones(3))
