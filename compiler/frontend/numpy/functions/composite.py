"""NumPy's functions that are short programs of others."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation, reductions
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype, weak_type
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_complex, is_integer


def linspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`numpy.linspace`: `num` values along a new axis; with `retstep` also their distance.

    Raises ArgumentValueError for a negative number of values.
    """
    if num < 0:
        raise ArgumentValueError(f"numpy.linspace of {num} values", location=user_location())
    kind = common_dtype(start, stop, 1.0)
    first, last = cast_to(start, kind), cast_to(stop, kind)
    count = num - 1 if endpoint else num
    distance = elementwise.subtract(last, first)
    rank = type_of(distance).rank
    steps = np.arange(num).reshape(-1, *[1] * rank).astype(kind)
    width = elementwise.divide(distance, cast_to(float(max(count, 1)), kind))
    values = elementwise.add(elementwise.multiply(steps, width), first)
    if endpoint and num > 1:
        # NumPy's last element is `stop` itself, and not what rounding makes of it.
        values = elementwise.where(steps == num - 1, last, values)
    target = kind if dtype is None else np.dtype(dtype)
    if target.kind in "iu":
        values = elementwise.floor(values)
    result = manipulation.moveaxis(cast_to(values, target), 0, axis)
    return (result, width) if retstep else result


def logspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    base: Array = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    """`numpy.logspace`: `base` to the power of `numpy.linspace`."""
    powers = elementwise.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else cast_to(powers, dtype)


def geomspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    """`numpy.geomspace` of real numbers of one sign: each the same multiple of the one before."""
    kind = np.result_type(common_dtype(start, stop), np.float64)
    first, last = cast_to(start, kind), cast_to(stop, kind)
    sign = elementwise.sign(first)
    logarithms = [elementwise.log10(elementwise.abs(one)) for one in (first, last)]
    sizes = manipulation.moveaxis(logspace(*logarithms, num, endpoint), 0, -1)
    signed = elementwise.multiply(manipulation.moveaxis(sizes, -1, 0), sign)
    steps = np.arange(num).reshape(-1, *[1] * type_of(sign).rank)
    if num:
        signed = elementwise.where(steps == 0, first, signed)
    if endpoint and num > 1:
        signed = elementwise.where(steps == num - 1, last, signed)
    result = manipulation.moveaxis(signed, 0, axis)
    return result if dtype is None else cast_to(result, dtype)


def hstack(arrays: Sequence[Array]) -> Array:
    """`numpy.hstack`: along the second axis; vectors along their only one."""
    parts = [_at_least(array, 1) for array in arrays]
    return manipulation.concatenate(parts, axis=0 if type_of(parts[0]).rank == 1 else 1)


def vstack(arrays: Sequence[Array]) -> Array:
    """`numpy.vstack`: along the first axis; vectors become rows."""
    return manipulation.concatenate([_at_least(array, 2) for array in arrays], axis=0)


def isclose(
    a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """`numpy.isclose`: |a - b| <= atol + rtol * |b|; infinities are close when equal."""
    # Floats, so that the absolute value of the least integer is right.
    if type(b) is int:
        b = float(b)
    elif weak_type(b) is None:
        b = cast_to(b, common_dtype(b, 1.0))
    distance = elementwise.abs(elementwise.subtract(a, b))
    if type(b) in (float, complex):
        allowed: Array = atol + rtol * abs(b)  # a Python number still
    else:
        allowed = elementwise.add(elementwise.multiply(elementwise.abs(b), rtol), atol)
    near = elementwise.logical_and(
        elementwise.less_equal(distance, allowed), elementwise.isfinite(b)
    )
    result = elementwise.logical_or(near, elementwise.equal(a, b))
    if not equal_nan:
        return result
    both = elementwise.logical_and(elementwise.isnan(a), elementwise.isnan(b))
    return elementwise.logical_or(result, both)


def allclose(
    a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """`numpy.allclose`, as an array of rank 0."""
    return reductions.all(isclose(a, b, rtol, atol, equal_nan))


def _at_least(array: Array, rank: int) -> Array:
    result = array if hasattr(array, "array_type") else np.asarray(array)
    while type_of(result).rank < rank:
        result = manipulation.expand_dims(traced(result), 0)
    return result


def sort_complex(a: Array) -> Array:
    """`numpy.sort_complex`: real parts first, then imaginary ones; the result is complex."""
    ordered: Any = np.sort(traced(a))
    if is_complex(ordered.dtype):
        return ordered  # type: ignore[no-any-return]
    is_small = is_integer(ordered.dtype) and ordered.dtype.itemsize <= 2
    return cast_to(ordered, np.complex64 if is_small else np.complex128)
