"""`dtype=`, `casting=` and in-place operations: NumPy's loops, and its errors where it has none."""

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

ARRAYS = [
    np.array([[1, -2, 3], [4, 5, 6]], np.int8),
    np.array([[1, 2, 250], [4, 5, 6]], np.uint8),
    np.array([[1, -2.5, 3], [4, 5, 6]]),
    np.array([[True, False, True]]),
]
TARGETS = [np.float32, np.int32, np.uint8, np.complex64, np.bool_]

IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, z: z.__iadd__(a),
    "add 1.5": lambda a, z: z.__iadd__(1.5),
    "multiply by 2.5": lambda a, z: np.multiply(a, 2.5, out=z),
    "divide": lambda a, z: z.__itruediv__(2),
    "floor_divide": lambda a, z: z.__ifloordiv__(2),
    "power": lambda a, z: z.__ipow__(2),
    "subtract": lambda a, z: z.__isub__(a),
    "add 1j": lambda a, z: z.__iadd__(1j),
    "add 300": lambda a, z: z.__iadd__(300),
    "greater": lambda a, z: np.greater(a, 1, out=z),
    "unsafe": lambda a, z: np.add(a, 1, out=z, casting="unsafe"),
    "copyto": lambda a, z: np.copyto(z, a),
    "add, safe": lambda a, z: np.add(a, z, casting="safe"),
    "add with a dtype": lambda a, z: np.add(a, a, dtype=z.dtype),
    "divide with a dtype": lambda a, z: np.divide(a, a, dtype=z.dtype),
    "equal with a dtype": lambda a, z: np.equal(a, a, dtype=z.dtype),
    "astype, safe": lambda a, z: a.astype(z.dtype, casting="safe"),
    "astype, same_kind": lambda a, z: a.astype(z.dtype, casting="same_kind"),
    "sum": lambda a, z: np.sum(a, dtype=z.dtype),
}


@pytest.mark.parametrize("array", ARRAYS, ids=lambda x: str(x.dtype))
def test_casting(array: np.ndarray) -> None:
    cases: list[Any] = []
    for target in TARGETS:
        for name, function in IN_PLACE.items():

            def call(a: Any, z: Any, function: Any = function) -> Any:
                result = function(a, z)
                return z + 0 if result is None else result + 0

            given = [array, np.ones(array.shape, target)]
            cases.append((f"{name}, {np.dtype(target)}", call, given))
    assert_same_as_numpy(cases, tolerance=1e-6)


NOTHING = [np.zeros(0), np.zeros((0, 3)), np.zeros((3, 0), np.int32), np.zeros((2, 0), bool)]

REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "max": np.max,
    "max, initial": lambda a: (np.max(a, initial=-5), a.min(initial=7)),
    "max, axis": lambda a: np.max(a, axis=-1),
    "max, axis, initial": lambda a: np.max(a, axis=0, initial=2, keepdims=True),
    "max, where": lambda a: np.max(a, where=a > 0, initial=1),
    "maximum.reduce": lambda a: np.maximum.reduce(a, initial=-3),
    "sum": lambda a: (np.sum(a), np.sum(a, initial=3), np.prod(a), np.prod(a, initial=3)),
    "all": lambda a: (np.all(a), np.any(a), np.all(a, axis=0)),
    "mean": lambda a: (np.mean(a), np.var(a), a.mean(axis=0)),
    "argmax": np.argmax,
    "argmax, axis": lambda a: np.argmin(a, axis=-1),
}


@pytest.mark.parametrize("array", NOTHING, ids=lambda x: f"{x.dtype}{x.shape}")
def test_reductions_of_nothing(array: np.ndarray) -> None:
    assert_same_as_numpy([(name, f, [array]) for name, f in REDUCTIONS.items()])


@pytest.mark.parametrize("half", [np.float16, ml_dtypes.bfloat16], ids=lambda one: one.__name__)
def test_rounding_to_half_precision_stays(half: Any) -> None:
    """Where the next operation is in a wider dtype."""
    x = np.random.default_rng(6).standard_normal(100)
    assert_same_as_numpy(
        [
            ("and back", lambda x: x.astype(half).astype(np.float64), [x]),
            ("of float32", lambda x: x.astype(np.float32).astype(half).astype(np.float32), [x]),
            ("beside", lambda x: x - x.astype(half), [x]),
            ("an element", lambda x: x[:1] + x[1].astype(half), [x]),
            ("NaN", lambda x: np.sqrt(x).astype(half).astype(np.float32), [x]),
        ]
    )
