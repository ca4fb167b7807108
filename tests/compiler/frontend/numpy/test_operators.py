"""Operators beside what is no number, and what NumPy does not let be done to arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

import tessel

X = np.array([0.5, -1.5, 2])


def _delete(x: Any) -> Any:
    del x[0]
    return x


def _assign(x: Any) -> Any:
    x[:2] = np.ones(3)
    return x


def test_beside_what_is_no_number() -> None:
    cases: list[Any] = [
        ("equal to a text", lambda x: (x == "s", x != "s"), [X]),
        ("equal to None", lambda x: (x == None, None != x, x[0] == None), [X]),  # noqa: E711
        ("less than a text", lambda x: x < "s", [X]),
        *(
            (f"{name} {other!r}", lambda x, f=function, o=other: f(x, o), [X])
            for name, function in {
                "add": lambda x, o: x + o,
                "subtract from": lambda x, o: o - x,
                "in place": lambda x, o: x.__iadd__(o),
                "divide": lambda x, o: x / o,
            }.items()
            for other in ("s", None, {}, set())
        ),
    ]
    assert_same_as_numpy(cases)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: x + "s", TypeError, r"numpy\.add is not defined for float64.3. and a str"),
        (_delete, ValueError, "cannot be deleted"),
        (_assign, ValueError, r"an assignment: shape \(3,\) does not broadcast to \(2,\)"),
        (lambda x: np.max(x[:0]), ValueError, r"numpy\.max: "),
        (lambda x: x[:0].min(), ValueError, r"numpy\.min: "),
        (lambda x: np.add(x, np.ones(2)), ValueError, r"numpy\.add: "),
        (lambda x: np.fmax.reduce(x[:0]), ValueError, r"numpy\.fmax\.reduce"),
        (lambda x: np.linalg.multi_dot([x, np.ones((2, 2)), x]), ValueError, r"numpy\.linalg\."),
        (lambda x: np.concatenate([x, np.ones((2, 2))]), ValueError, r"numpy\.concatenate: "),
    ],
)
def test_errors_name_what_was_called(
    function: Callable[..., Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error):
        function(X.copy())
    with pytest.raises(error, match=rf"test_operators\.py:\d+: .*{message}"):
        tessel.compile(function)(X.copy())
