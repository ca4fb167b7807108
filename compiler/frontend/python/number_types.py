"""Types of numbers that convert traced ones: `np.float32(x)`, `float(x)`, `int(x)`.

NumPy's give its scalars, or arrays of arrays; Python's give Python numbers.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError, UnsupportedError
from tessel.compiler.frontend.numpy.made_arrays import array, holds_traced
from tessel.compiler.frontend.tracing.known_values import known
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.locations import user_location
from tessel.dialects.types import SUPPORTED_DTYPES, is_complex, is_float, is_integer

_PYTHON_DTYPES: dict[type, Any] = {int: np.int64, float: np.float64, complex: np.complex128}


def converting(kind: type) -> Callable[..., Any] | None:
    """What a traced function calls instead of `kind`; None where that is no type of numbers."""
    if kind in _PYTHON_DTYPES:
        convert: Callable[[type, Any], Any] = _python_number
    elif issubclass(kind, np.generic):
        convert = _numpy_scalar
    else:
        return None

    @functools.wraps(kind, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        is_traced = isinstance(args[0], TracedDim) or holds_traced(args[0]) if args else False
        return convert(kind, args[0]) if is_traced and not args[1:] else kind(*args, **kwargs)

    return call


def _numpy_scalar(kind: type, value: Any) -> Any:
    """`np.float32(value)`: a scalar of NumPy's, an array of an array or a list."""
    x: Any = value
    if not isinstance(value, TracedArray):
        x = value.as_array() if isinstance(value, TracedDim) else array(value)
    if issubclass(kind, np.flexible | np.object_) or np.dtype(kind) not in SUPPORTED_DTYPES:
        message = f"{kind.__name__} of a traced {x.array_type} cannot be compiled"
        raise UnsupportedError(message, location=user_location(), hint="use numpy.float64")
    dtype = np.dtype(kind)
    if x.weak is not None:
        if not is_complex(dtype):
            _refuse_complex(x, f"numpy.{kind.__name__}")
        _check_holds(x, dtype)
    if x.is_number:
        return TracedArray.of(x.trace, cast_to(x, dtype).value)
    return cast_to(x, dtype)


def _python_number(kind: type, value: Any) -> Any:
    """`float(value)`: a traced Python number, one of Python's where it is known."""
    if isinstance(value, TracedDim) and kind is int:
        return value
    x: Any = value.as_array() if isinstance(value, TracedDim) else value
    if not isinstance(x, TracedArray) or not x.is_number:
        given = x.array_type if isinstance(x, TracedArray) else f"a {type(x).__name__}"
        message = f"{kind.__name__}() takes one number, not {given}"
        hint = "take an element of it, or cast the array with .astype"
        raise DTypeError(message, location=user_location(), hint=hint)
    numbers = known(x)
    if numbers is not None:
        return kind(numbers.item())
    dtype = np.dtype(_PYTHON_DTYPES[kind])
    if kind is not complex:
        _refuse_complex(x, f"{kind.__name__}()")
    if kind is int:
        _check_holds(x, dtype)
    return TracedArray.of(x.trace, cast_to(x, dtype).value, kind)


def _check_holds(x: Any, dtype: np.dtype) -> None:
    """Has the call raise what Python raises where x is beyond an integer `dtype`."""
    if not is_integer(dtype) or np.can_cast(x.dtype, dtype):
        return
    limits = np.iinfo(dtype)
    if is_float(x.dtype):
        wide = cast_to(x, np.float64)
        check_at_run_time(np.isnan(wide), "ValueError", "cannot convert float NaN to integer")
        # The least integer less one is the same float64 where the dtype has 64 bits.
        fits = (wide > float(limits.min) - 1) | (wide == float(limits.min))
        fits = fits & (wide < float(limits.max) + 1)
    else:
        fits = (x >= limits.min) & (x <= limits.max)
    check_at_run_time(~fits, "OverflowError", f"the number is out of bounds for {dtype}")


def _refuse_complex(x: TracedArray, name: str) -> None:
    if is_complex(x.dtype):
        message = f"{name} does not take a complex number"
        raise DTypeError(message, location=user_location(), hint="take its .real")
