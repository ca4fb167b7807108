"""Reductions that leave out NaN, and functions that replace it.

Where NumPy warns (all are NaN) the result is NaN without a warning. Written with NumPy's own
functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.functions.data_types import finfo
from tessel.compiler.frontend.tracing.apply import Array
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.dialects.types import is_complex, is_float


def nansum(a: Array, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.nansum`: NaN counts as 0."""
    return np.sum(_replaced(a, 0), axis=axis, dtype=dtype, keepdims=keepdims)


def nanprod(a: Array, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.nanprod`: NaN counts as 1."""
    return np.prod(_replaced(a, 1), axis=axis, dtype=dtype, keepdims=keepdims)


def nancumsum(a: Array, axis: Any = None, dtype: Any = None) -> Array:
    """`numpy.nancumsum`: NaN counts as 0."""
    return np.cumsum(_replaced(a, 0), axis=axis, dtype=dtype)


def nancumprod(a: Array, axis: Any = None, dtype: Any = None) -> Array:
    """`numpy.nancumprod`: NaN counts as 1."""
    return np.cumprod(_replaced(a, 1), axis=axis, dtype=dtype)


def nanmax(a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """`numpy.nanmax`: NaN where all are NaN."""
    largest = np.max(_replaced(a, -np.inf), axis=axis, keepdims=keepdims)
    return _or_nan(a, largest, axis, keepdims)


def nanmin(a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """`numpy.nanmin`: NaN where all are NaN."""
    smallest = np.min(_replaced(a, np.inf), axis=axis, keepdims=keepdims)
    return _or_nan(a, smallest, axis, keepdims)


def nanargmax(a: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.nanargmax`. Raises ValueError where all are NaN."""
    _check_numbers(a, axis)
    return np.argmax(_replaced(a, -np.inf), axis=axis, keepdims=keepdims)


def nanargmin(a: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.nanargmin`. Raises ValueError where all are NaN."""
    _check_numbers(a, axis)
    return np.argmin(_replaced(a, np.inf), axis=axis, keepdims=keepdims)


def _check_numbers(a: Array, axis: int | None) -> None:
    if _may_be_nan(a):
        all_nan = np.all(np.isnan(a), axis=axis)
        check_at_run_time(all_nan, "ValueError", "All-NaN slice encountered")


def nanmean(a: Array, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.nanmean`: NaN where all are NaN."""
    if not _may_be_nan(a):
        return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims)
    total = nansum(a, axis, dtype, keepdims)
    return total / cast_to(_count(a, axis, keepdims), _real(total))


def nanvar(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Array:
    """`numpy.nanvar`: NaN where there are no more numbers than `ddof`."""
    ddof = ddof if correction is None else correction
    if not _may_be_nan(a):
        return np.var(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
    x = a if dtype is None else cast_to(a, dtype)
    distance = _replaced(x - nanmean(x, axis, keepdims=True), 0)
    squares = np.real(distance * np.conjugate(distance))
    total = np.sum(squares, axis=axis, keepdims=keepdims)
    freedom = cast_to(_count(x, axis, keepdims), total.dtype) - ddof
    return np.where(freedom > 0, total / freedom, cast_to(np.nan, total.dtype))


def nanstd(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Array:
    """`numpy.nanstd`: the square root of `nanvar`."""
    return np.sqrt(nanvar(a, axis, dtype, ddof, keepdims, correction=correction))


def nan_to_num(
    x: Array, copy: bool = True, nan: Array = 0.0, posinf: Array = None, neginf: Array = None
) -> Array:
    """`numpy.nan_to_num`: NaN and infinities as numbers; in place without `copy`."""
    if is_complex(dtype_of(x)):
        parts = [nan_to_num(one, True, nan, posinf, neginf) for one in (np.real(x), np.imag(x))]
        result = cast_to(parts[0], dtype_of(x)) + parts[1] * dtype_of(x).type(1j)
    elif is_float(dtype_of(x)):
        limits = finfo(dtype_of(x))
        high = limits.max if posinf is None else posinf
        low = limits.min if neginf is None else neginf
        numbers = [cast_to(one, dtype_of(x)) for one in (nan, high, low)]
        result = np.where(np.isnan(x), numbers[0], x)
        result = np.where(x == np.inf, numbers[1], result)
        result = np.where(x == -np.inf, numbers[2], result)
    else:
        result = np.positive(x) if dtype_of(x) != np.bool_ else x.copy()
    if copy:
        return result
    x[...] = result
    return x


def _may_be_nan(a: Array) -> bool:
    return is_float(dtype_of(a)) or is_complex(dtype_of(a))


def _replaced(a: Array, number: float) -> Array:
    """The array with a number for each NaN."""
    if not _may_be_nan(a):
        return a
    return np.where(np.isnan(a), cast_to(number, dtype_of(a)), a)


def _or_nan(a: Array, result: Array, axis: Any, keepdims: bool) -> Array:
    if not _may_be_nan(a):
        return result
    no_number = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
    return np.where(no_number, cast_to(np.nan, result.dtype), result)


def _count(a: Array, axis: Any, keepdims: bool) -> Array:
    """How many elements are numbers."""
    if dtype_of(a) == np.float64:
        # Counted in floats, exactly, and by a comparison of its own: what two kernels read is made
        # by a third, and kernels of rows read no truth values.
        ones = np.where(a == a, np.ones(()), np.zeros(()))
        return np.sum(ones, axis=axis, keepdims=keepdims)
    return np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)


def _real(x: Array) -> np.dtype:
    return np.zeros((), dtype_of(x)).real.dtype
