"""Functions of Python's module `math` on traced numbers: results are Python numbers, too."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, DTypeError
from tessel.compiler.frontend.numpy.functions import elementwise, special
from tessel.compiler.frontend.numpy.made_arrays import array
from tessel.compiler.frontend.tracing.apply import trace_of
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_integer


def _logarithm(x: Any, base: Any = None) -> Any:
    return np.log(x) if base is None else np.log(x) / np.log(base)


_SAME_NAME = (
    *("acosh", "asinh", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "degrees", "exp"),
    *("exp2", "expm1", "fabs", "floor", "fmod", "isfinite", "isinf", "isnan"),
    *("log10", "log1p", "log2", "radians", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"),
)
"""What NumPy calls as `math` does."""

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in _SAME_NAME},
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "log": _logarithm,
    "pow": np.float_power,
    "erf": special.erf,
    "erfc": special.erfc,
    "gamma": special.gamma,
    "lgamma": special.gammaln,
}

_WHOLE = ("ceil", "floor", "trunc")
"""Those that give integers."""


def of_math(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `math` that also takes traced numbers; where it is none, itself.

    As `math` it raises ValueError ("math domain error") where there is no result; where a result
    is too large it is infinite.
    """
    name = function.__name__
    if getattr(math, name, None) is not function:
        return function
    if name in _FUNCTIONS:
        compute: Callable[..., Any] = functools.partial(_checked, name)
    elif name in _UNCHECKED:
        compute = _UNCHECKED[name]
    else:
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        is_taken = name == "dist" or all(map(is_number, args))
        if trace_of(args) is None or not is_taken:
            return function(*args, **kwargs)
        return compute(*args, **kwargs)

    return call


def _checked(name: str, *args: Any) -> Any:
    numbers = [cast_to(one, np.float64) for one in args]
    result = _FUNCTIONS[name](*numbers)
    if result.dtype == np.bool_:
        return result
    bad = elementwise.isnan(result)
    if name.startswith("log"):
        bad = bad | (result == -np.inf)
    for one in numbers:
        bad = bad & ~elementwise.isnan(one)
    check_at_run_time(bad, "ValueError", "math domain error")
    return _as_python(result, int if name in _WHOLE else float)


def _dist(p: Any, q: Any) -> Any:
    """`math.dist`: the Euclidean distance of two points of the same number of coordinates."""
    x, y = (cast_to(array(one), np.float64) for one in (p, q))
    if x.ndim != 1 or x.shape != y.shape:
        message = "math.dist: both points must have the same number of coordinates"
        raise ArgumentValueError(message, location=user_location())
    differences = np.abs(x - y)
    largest = np.max(differences, initial=0.0)
    scale = np.where((largest > 0) & (largest < np.inf), largest, 1.0)  # squares are in range
    return _as_python(scale * np.linalg.norm(differences / scale), float)


def _hypot(*coordinates: Any) -> Any:
    numbers = [cast_to(one, np.float64) for one in coordinates]
    return _as_python(functools.reduce(np.hypot, numbers, np.float64(0)), float)


def _isclose(a: Any, b: Any, *, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> Any:
    x, y = cast_to(a, np.float64), cast_to(b, np.float64)
    allowed = np.maximum(rel_tol * np.maximum(np.abs(x), np.abs(y)), abs_tol)
    is_infinite = np.isinf(x) | np.isinf(y)
    return (x == y) | ((np.abs(x - y) <= allowed) & ~is_infinite)


def _of_integers(function: np.ufunc) -> Callable[..., Any]:
    def compute(*integers: Any) -> Any:
        for one in integers:
            if not is_integer(dtype_of(one)):
                message = f"math.{function.__name__} takes integers, not {dtype_of(one)}"
                raise DTypeError(message, location=user_location())
        numbers = [cast_to(one, np.int64) for one in integers]
        return _as_python(functools.reduce(function, numbers, np.abs(numbers[0])), int)

    return compute


def _frexp(x: Any) -> tuple[Any, Any]:
    significand, exponent = np.frexp(cast_to(x, np.float64))
    return _as_python(significand, float), _as_python(exponent, int)


def _modf(x: Any) -> tuple[Any, Any]:
    part, whole = np.modf(cast_to(x, np.float64))
    return _as_python(part, float), _as_python(whole, float)


_UNCHECKED: dict[str, Callable[..., Any]] = {
    "dist": _dist,
    "frexp": _frexp,
    "gcd": _of_integers(np.gcd),
    "hypot": _hypot,
    "isclose": _isclose,
    "lcm": _of_integers(np.lcm),
    "ldexp": lambda x, i: _as_python(np.ldexp(cast_to(x, np.float64), i), float),
    "modf": _modf,
    "nextafter": lambda x, y: _as_python(np.nextafter(cast_to(x, np.float64), y), float),
    "ulp": lambda x: _as_python(np.abs(np.spacing(cast_to(x, np.float64))), float),
}
"""Those that have a result for all numbers."""


def _as_python(result: Any, kind: type) -> TracedArray:
    dtype = np.int64 if kind is int else np.float64
    return TracedArray.of(result.trace, cast_to(result, dtype).value, kind)


def is_number(argument: Any) -> bool:
    """Whether an argument is a number, or a traced array that stands for one."""
    if isinstance(argument, TracedArray):
        return argument.is_number
    return isinstance(argument, int | float | np.number)
