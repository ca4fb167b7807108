r"""`tessel.numpy` with each call compiled, as a namespace for array-api-tests.

    git clone --recursive https://github.com/data-apis/array-api-tests
    pip install hypothesis ndindex pytest-json-report
    cd array-api-tests; export PYTHONPATH=FOLDER_OF_TESSEL ARRAY_API_TESTS_VERSION=2024.12
    ARRAY_API_TESTS_MODULE=tessel.numpy pytest array_api_tests --max-examples 5
    ARRAY_API_TESTS_MODULE=benchmarks.array_api_compiled pytest array_api_tests --max-examples 5 \
        --disable-deadline

The arrays among the arguments of a call, also those in lists and tuples, are traced; all else is a
constant of the program. Calls that differ in their arrays alone are one compiled function.
Operators stay those of NumPy's arrays. Names that return no array are `tessel.numpy`'s own. Results
of rank 0, NumPy's scalars, become arrays.
The first call of a program takes longer than the deadline that the tests have by default.
"""

from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

import numpy as np

import tessel
import tessel.numpy as tnp

_EAGER = frozenset(
    "astype broadcast_shapes can_cast finfo iinfo isdtype result_type from_dlpack "
    "nonzero unique_all unique_counts unique_inverse unique_values".split()
)
"""Names whose results are no arrays, or have a shape that depends on values; `astype` is a method
in the standard's helpers, which call it on results of all kinds."""


class _ArrayPosition:
    """The position of an array among the arguments."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"<array {self.number}>"


def _without_arrays(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        arrays.append(np.asarray(value))
        return _ArrayPosition(len(arrays) - 1)
    if type(value) in (list, tuple):
        return type(value)(_without_arrays(one, arrays) for one in value)
    if type(value) is dict:
        return {name: _without_arrays(one, arrays) for name, one in value.items()}
    return value


def _with_arrays(value: Any, arrays: tuple[Any, ...]) -> Any:
    if isinstance(value, _ArrayPosition):
        return arrays[value.number]
    if type(value) in (list, tuple):
        return type(value)(_with_arrays(one, arrays) for one in value)
    if type(value) is dict:
        return {name: _with_arrays(one, arrays) for name, one in value.items()}
    return value


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    programs: dict[str, Callable[..., Any]] = {}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        arrays: list[np.ndarray] = []
        described = _without_arrays(args, arrays), _without_arrays(kwargs, arrays)
        key = repr(described)
        if key not in programs:

            def program(*traced: Any) -> Any:
                positional, named = _with_arrays(described, traced)
                return function(*positional, **named)

            programs[key] = tessel.compile(program)
        results = programs[key](*arrays)
        return np.asarray(results) if isinstance(results, np.generic) else results

    return call


def _namespace(module: Any) -> dict[str, Any]:
    names = {name: getattr(module, name) for name in module.__all__}
    return {
        name: value
        if isinstance(value, type) or not callable(value) or name in _EAGER
        else _compiled(value)
        for name, value in names.items()
    }


globals().update(_namespace(tnp))
for _part in (tnp.linalg, tnp.fft):
    globals()[_part.__name__.rsplit(".", 1)[1]] = SimpleNamespace(**_namespace(_part))
