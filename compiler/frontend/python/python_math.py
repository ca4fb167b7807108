"""Functions of Python's module `math` on traced numbers: results are Python numbers, too."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.functions import elementwise, special
from tessel.compiler.frontend.tracing.apply import trace_of
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.traced_array import TracedArray


def _logarithm(x: Any, base: Any = None) -> Any:
    return np.log(x) if base is None else np.log(x) / np.log(base)


_SAME_NAME = (
    *("acosh", "asinh", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "degrees", "exp"),
    *("exp2", "expm1", "fabs", "floor", "fmod", "hypot", "isfinite", "isinf", "isnan"),
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
    if name not in _FUNCTIONS or getattr(math, name, None) is not function:
        return function

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        trace = trace_of(args)
        if trace is None or not all(_is_number(one) for one in args):
            return function(*args)
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
        dtype, weak = (np.int64, int) if name in _WHOLE else (np.float64, float)
        return TracedArray.of(trace, cast_to(result, dtype).value, weak)

    return call


def _is_number(argument: Any) -> bool:
    """Whether an argument is a number, or a traced array that stands for one."""
    if isinstance(argument, TracedArray):
        return argument.is_number
    return isinstance(argument, int | float | np.number)
