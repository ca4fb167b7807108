"""Functions of `math` on traced numbers: Python's results and kinds of error."""

import math
from typing import Any

import numpy as np
import pytest

import tessel


def results(x: Any, k: Any) -> tuple[Any, ...]:
    return (
        *(math.dist([x[0], x[1]], [0.5, x[2]]), math.dist(x, x[::-1]), math.dist(x[:0], x[:0])),
        *(math.dist(x * 1e-200, x * 2e-200), math.dist(x * 1e200, -x * 1e200)),
        *(math.hypot(x[0], x[1], x[2]), math.hypot(x[1]), math.hypot(x[0], 2)),
        *(*math.frexp(x[0]), *math.modf(x[1]), math.ldexp(x[0], int(k[0])), math.ldexp(x[1], 3)),
        *(math.isclose(x[0], x[0] * (1 + 1e-10)), math.isclose(x[0], x[1], rel_tol=9.0)),
        *(math.isclose(x[0], x[1]), math.isclose(x[0], 1.6, abs_tol=0.5)),
        *(math.gcd(k[0], k[1]), math.gcd(k[0], k[1], 9), math.gcd(k[2]), math.lcm(k[0], 4)),
        *(math.nextafter(x[0], 7), math.ulp(x[1]), x * math.sqrt(x[0]), math.floor(x[1]) * k),
    )


@pytest.mark.parametrize("dynamic", [False, True])
def test_equals_python(dynamic: bool) -> None:
    x, k = np.array([1.5, -2.75, 4]), np.array([12, 18, -5])
    found = tessel.compile(results, dynamic=dynamic)(x, k)
    for index, (got, want) in enumerate(zip(found, results(x, k), strict=True)):
        np.testing.assert_allclose(got, want, rtol=1e-15, err_msg=str(index))
        assert np.asarray(got).dtype == np.asarray(want).dtype, index


def test_errors() -> None:
    x = np.array([1.5, -1.0])
    for function, error in [
        (lambda x: math.sqrt(x[1]), ValueError),
        (lambda x: math.log(x[1]), ValueError),
        (lambda x: math.dist(x, x[:1]), ValueError),
        (lambda x: math.dist(x[0], x[1]), ValueError),
        (lambda x: math.gcd(x[0], 2), TypeError),
        (lambda x: math.sqrt(x), TypeError),
    ]:
        with pytest.raises(error, match=r"test_python_math\.py:\d+: "):
            tessel.compile(function)(x)
