"""`numpy.vectorize` in compiled functions, and functions of `math` on traced numbers."""

import math
from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(8)
FLOATS, WHOLE = RANDOM.standard_normal((3, 4)), np.arange(-3, 9).reshape(3, 4)
WEIGHTS = np.arange(3.0)


@np.vectorize
def _scaled(a: Any, factor: Any = 1.0) -> Any:
    return a * factor + np.sin(a)


def _folded(a: Any) -> Any:
    if a > 1:
        return a
    if not a > -1:
        return -a
    return a * a


def _escape_time(c: Any) -> int:
    z = 0
    for step in range(12):
        z = z * z + c
        if abs(z) > 2:
            return step
    return 12


def _renamed(a: Any) -> tuple[Any, Any]:
    before = a
    a += 1
    return before, a


def _with_math(a: Any) -> float:
    return math.sqrt(abs(a)) + math.exp(-a) + math.floor(a) + math.log(a * a + 1, 2)


def elementwise(x: Any, n: Any) -> dict[str, Any]:
    """Functions whose ops are elementwise, with `if`s and early returns."""
    powers = np.vectorize(lambda a, p: a**p, excluded=[1])
    clipped = np.vectorize(lambda a: a if a > 0 else 0, otypes=[np.float32])
    return {
        "decorated": _scaled(x, 2.0),
        "keyword": _scaled(x, factor=n),
        "default": _scaled(x),
        "ways": np.vectorize(_folded)(x),
        "ways_of_integers": np.vectorize(_folded)(n),
        "narrow": np.vectorize(lambda a: a * a + 0.1)(x.astype(np.float32)),
        "narrow_integers": np.vectorize(lambda a: a * 2)(n.astype(np.int8)),
        "truth": np.vectorize(lambda a: not a)(x > 0),
        "sum_of_truths": np.vectorize(lambda a: (a > 0) + (a > 1))(x),
        "otypes": clipped(x),
        "excluded": powers(x, 3),
        "maximum": np.vectorize(lambda a: max(a, 0.5))(x),
        "broadcast": np.vectorize(lambda a, b: a - b if a > b else b - a)(x, n[0]),
        "two_results": np.vectorize(_renamed)(n),
        "early_return": np.vectorize(_escape_time)(x + 1j * x[::-1]),
        "number": np.vectorize(_folded)(x[0, 0]),
        "math": np.vectorize(_with_math)(x),
        "of_math": np.vectorize(math.erf)(x),
    }


def any_ops(x: Any, n: Any) -> dict[str, Any]:
    """Functions of one element that use other arrays, and those of rows."""
    inner = np.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")
    return {
        "sum": np.vectorize(lambda a: np.sum(WEIGHTS * a))(x),
        "as_long_as_others": np.vectorize(lambda a: (WEIGHTS * a).max())(x[0, :3]),
        "table": np.vectorize(lambda k: WEIGHTS[k % 3])(n),
        "table_of_ways": np.vectorize(lambda k: WEIGHTS[k] if 0 <= k < 3 else 0.0)(n),
        "rank": np.vectorize(lambda a: a + np.ndim(a))(x),
        "rows": inner(x, x[0]),
        "normalized": np.vectorize(lambda a: a / a.sum(), signature="(n)->(n)")(x),
    }


def test_elementwise() -> None:
    """Values, dtypes and shapes are NumPy's."""
    check_as_numpy(elementwise, FLOATS, WHOLE, tolerance=1e-15)


def test_any_ops() -> None:
    """What is not elementwise runs for one element after the other."""
    check_as_numpy(any_ops, FLOATS, WHOLE, tolerance=1e-15)


def test_dynamic_sizes() -> None:
    """One program for all sizes."""
    compiled = tessel.compile(lambda x: np.vectorize(_folded)(x), dynamic=True)
    for shape in ((3, 4), (1, 2), (7, 3)):
        x = RANDOM.standard_normal(shape)
        np.testing.assert_array_equal(compiled(x), np.vectorize(_folded)(x))


def _checked(a: Any) -> Any:
    if a > 100:
        raise ValueError("too large")
    return 1.0 * a


def test_what_it_raises() -> None:
    """What the function raises for some elements, the call raises."""
    compiled = tessel.compile(lambda x: np.vectorize(_checked)(x))
    np.testing.assert_array_equal(compiled(FLOATS), FLOATS)
    with pytest.raises(ValueError, match="too large"):
        compiled(FLOATS + 99)
    rooted = tessel.compile(lambda x: np.vectorize(lambda a: math.sqrt(a) if a > -1 else 0.0)(x))
    np.testing.assert_array_equal(rooted(np.array([4.0, -2.0])), [2, 0])
    with pytest.raises(ValueError, match="math domain error"):
        rooted(np.array([4.0, -0.5]))


def _endless(a: Any) -> Any:
    while a > 1:
        a = a / 2
    return a


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a: a if a > 0 else 0, "returns float64 or int64, and NumPy takes .* otypes"),
        (lambda a: None, "returns nothing; return a number"),
        (_endless, "more than 256 ways through it; use tessel.while_loop"),
    ],
)
def test_refused(function: Any, message: str) -> None:
    """What NumPy decides by the first element, and loops without end, in one sentence."""
    with pytest.raises(tessel.TesselError, match=message):
        tessel.compile(lambda x: np.vectorize(function)(x))(FLOATS)


def test_math_of_a_number() -> None:
    """A traced number of rank 0; an array is refused as `math` refuses it."""

    def length(x: Any) -> Any:
        return math.hypot(x[0], x[1]) * np.float32(2), math.ceil(x[1]), math.isnan(x[0])

    x = np.array([3.0, 4.5])
    for have, want in zip(tessel.compile(length)(x), length(x), strict=True):
        assert have == want
    with pytest.raises(tessel.TesselError, match="float.. needs the value of a traced"):
        tessel.compile(lambda x: math.sin(x))(x)
