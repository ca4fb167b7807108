"""New arrays, and arrays made like others.

Inside a compiled function all of them are traced arrays, which can be written to.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.numpy.functions import composite, manipulation
from tessel.compiler.frontend.numpy.functions.data_types import check_device
from tessel.compiler.frontend.tracing.apply import Array, trace_of, traced
from tessel.compiler.frontend.tracing.layout import Layout
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of, filled
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.compiler.frontend.tracing.trace import current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.dim import Dim


def full(shape: Any, fill_value: Array, *, dtype: Any = None, device: Any = None) -> Array:
    """`numpy.full`: one value in a shape, whose sizes may be traced integers."""
    check_device(device)
    sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    value = filled(fill_value, dtype or dtype_of(fill_value))
    if current_trace() is None:
        return np.full(sizes, value)
    return manipulation.broadcast_to(traced(value), sizes)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """`numpy.zeros`; also `empty`. float64 by default."""
    return full(shape, 0, dtype=dtype or np.float64, device=device)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """`numpy.ones`. float64 by default."""
    return full(shape, 1, dtype=dtype or np.float64, device=device)


def full_like(x: Array, fill_value: Array, dtype: Any = None, *, device: Any = None) -> Array:
    """`numpy.full_like`: one value in the shape of x."""
    check_device(device)
    sizes = x.shape if isinstance(x, TracedArray) else np.shape(x)
    value = filled(fill_value, dtype or dtype_of(x))
    if isinstance(x, TracedArray):
        made = manipulation.broadcast_to(traced(value, x.trace), sizes)
        layout = Layout.contiguous(made.array_type, x.layout.memory_order)
        return TracedArray.of(x.trace, made.value, None, layout)
    return full(sizes, value)


def zeros_like(x: Array, dtype: Any = None, *, device: Any = None) -> Array:
    """`numpy.zeros_like`; also `numpy.empty_like`."""
    return full_like(x, 0, dtype, device=device)


def ones_like(x: Array, dtype: Any = None, *, device: Any = None) -> Array:
    """`numpy.ones_like`."""
    return full_like(x, 1, dtype, device=device)


def asarray(
    obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
) -> Array:
    """`numpy.asarray` of an array, a number, or nested sequences of numbers.

    Raises ValueError when `copy=False` and the dtype would need one.
    """
    check_device(device)
    if isinstance(obj, TracedArray):
        return _as_traced(obj, dtype, copy)
    if isinstance(obj, list | tuple) and trace_of(obj) is not None:
        stacked = manipulation.stack([asarray(one) for one in obj])
        return stacked if dtype is None else cast_to(stacked, dtype)
    array = np.asarray(obj, dtype=dtype, copy=copy)
    return array if current_trace() is None else traced(array)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """`numpy.from_dlpack`; a traced array is one already."""
    if isinstance(x, TracedArray):
        return asarray(x, device=device, copy=copy)
    array = np.from_dlpack(x, device=device, copy=copy)
    return array if current_trace() is None else traced(array)


def arange(
    start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None
) -> Array:
    """`numpy.arange`, of bounds that are known when tracing or sizes of arrays."""
    first, last = (0, start) if stop is None else (start, stop)
    if any(isinstance(one, Dim) for one in (first, last, step)) and all(
        isinstance(one, Dim | int | np.integer) for one in (first, last, step)
    ):
        check_device(device)
        return _range_of_sizes(first, last, step, np.dtype(dtype or np.int64))
    if trace_of((first, last, step)) is not None:
        message = "numpy.arange of traced bounds has a size that depends on data"
        hint = "give integers, or name the arguments in static_argnames"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    return asarray(np.arange(first, last, step, dtype=dtype), device=device)


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
) -> Array:
    """`numpy.linspace` between two numbers: [num]."""
    check_device(device)
    if trace_of((start, stop)) is not None:
        return composite.linspace(start, stop, num, endpoint, dtype=dtype)
    return asarray(np.linspace(start, stop, num, dtype=dtype, endpoint=endpoint))


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
) -> Array:
    """`numpy.eye`: ones on diagonal k. float64 by default."""
    return asarray(np.eye(n_rows, n_cols, k, dtype=dtype or np.float64), device=device)


def meshgrid(
    *arrays: Array, indexing: str = "xy", sparse: bool = False, copy: bool = True
) -> list[Array]:
    """`numpy.meshgrid` of vectors: one array a vector, constant along all axes but its own.

    With `sparse` the others keep size 1. With `xy` the first two axes are exchanged.
    Raises ValueError for other indexing.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f'meshgrid takes indexing "xy" or "ij", not {indexing!r}')
    positions = list(range(len(arrays)))
    if indexing == "xy" and len(arrays) > 1:
        positions[:2] = [1, 0]
    shape = [1] * len(arrays)
    apart = [
        manipulation.reshape(one, [*shape[:position], -1, *shape[position + 1 :]])
        for one, position in zip(arrays, positions, strict=True)
    ]
    return apart if sparse else manipulation.broadcast_arrays(*apart)


def _range_of_sizes(first: Any, last: Any, step: Any, dtype: np.dtype) -> Array:
    """A range whose bounds are sizes: first, first + step, ... before last."""
    distance = last - first if step > 0 else first - last
    count = (distance + (abs(step) - 1)) // abs(step) if distance > 0 else 0
    return cast_to(counting(count) * step + first, dtype)


def _as_traced(x: TracedArray, dtype: Any, copy: bool | None) -> TracedArray:
    same = dtype is None or np.dtype(dtype) == x.dtype
    if same:
        # What was a Python number is an array from here on, and promotes as one.
        return x.copy() if copy else cast_to(x, x.dtype)
    if copy is False:
        raise ValueError(f"an array of {x.dtype} cannot become {np.dtype(dtype)} without a copy")
    return x.astype(dtype)
