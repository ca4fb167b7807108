"""NumPy's functions that make arrays, as traced functions call them: arrays of the current trace.

They can be written to, and their sizes may be sizes of arrays, their elements traced numbers.
"""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.flat_elements import as_array
from tessel.compiler.frontend.numpy.functions import creation, manipulation
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.trace import current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.dialects.dim import Dim
from tessel.dialects.types import SUPPORTED_DTYPES

Shape = int | TracedArray | tuple[Any, ...] | list[Any]


def full(shape: Shape, fill_value: Any, dtype: Any = None, **_: Any) -> Any:
    """`numpy.full` as an array of the current trace; sizes may be traced integers."""
    if current_trace() is None:
        return np.full(shape, fill_value, dtype)
    if isinstance(fill_value, TracedArray):
        value = fill_value if dtype is None else fill_value.astype(dtype)
    else:
        value = traced(np.asarray(fill_value, dtype))
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    return _as_array(manipulation.broadcast_to(value, tuple(sizes)))


def zeros(shape: Shape, dtype: Any = np.float64, **_: Any) -> Any:
    """`numpy.zeros` as an array of the current trace."""
    return full(shape, 0, np.float64 if dtype is None else dtype)


def ones(shape: Shape, dtype: Any = np.float64, **_: Any) -> Any:
    """`numpy.ones` as an array of the current trace."""
    return full(shape, 1, np.float64 if dtype is None else dtype)


def array(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.array` as an array of the current trace; lists may hold traced numbers."""
    if isinstance(value, TracedArray):
        order = options.get("order") or "K"
        return as_array(value, dtype, order, _copied(options.get("copy", True)))
    if current_trace() is None:
        return np.array(value, dtype, **options)
    if isinstance(value, list | tuple) and holds_traced(value):
        stacked = manipulation.stack([array(one) for one in value])
        return stacked if dtype is None else stacked.astype(dtype)
    return _as_array(traced(np.array(value, dtype, **options)))


def _as_array(x: TracedArray) -> TracedArray:
    """x, which also of rank 0 is an array and none of NumPy's scalars."""
    x.storage.is_scalar = False
    return x


def asarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.asarray` as an array of the current trace; a traced array itself where it can be."""
    if isinstance(value, TracedArray):
        order = options.get("order") or "K"
        return as_array(value, dtype, order, _copied(options.get("copy")))
    return array(value, dtype, **options)


def _copied(copy: Any) -> bool | None:
    """`copy=` also as NumPy's own functions and SciPy's give it."""
    if not isinstance(copy, np._CopyMode):
        return copy  # type: ignore[no-any-return]
    return None if copy is np._CopyMode.IF_NEEDED else bool(copy)


def ascontiguousarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.ascontiguousarray`: a traced array itself where it can be."""
    found = asarray(value, dtype, order="C", **options)
    return found.reshape(1) if isinstance(found, TracedArray) and not found.ndim else found


def asfortranarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.asfortranarray`: a traced array itself where it can be."""
    found = asarray(value, dtype, order="F", **options)
    return found.reshape(1) if isinstance(found, TracedArray) and not found.ndim else found


class _ArrayClass(type):
    """What `isinstance(x, np.ndarray)` asks."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, np.ndarray | TracedArray)


class ndarray(metaclass=_ArrayClass):
    """`numpy.ndarray`: called, an array of zeros of the current trace."""

    def __new__(cls, shape: Shape, dtype: Any = np.float64, **options: Any) -> Any:
        return zeros(shape, dtype, **options)


def _made_by(function: Callable[..., np.ndarray]) -> Callable[..., Any]:
    """A creation function whose result becomes an array of the trace, so that it can be written."""

    @functools.wraps(function)
    def create(*args: Any, **kwargs: Any) -> Any:
        return as_made(function(*args, **kwargs))

    return create


def _arange(*args: Any, **kwargs: Any) -> Any:
    """`numpy.arange`, also between sizes of arrays."""
    if any(isinstance(one, Dim | TracedArray) for one in (*args, *kwargs.values())):
        return creation.arange(*args, **kwargs)
    return as_made(np.arange(*args, **kwargs))


def _frequencies(function: Callable[..., np.ndarray]) -> Callable[..., Any]:
    """`numpy.fft.fftfreq` or `rfftfreq`, also of sizes of arrays."""

    @functools.wraps(function)
    def create(n: Any, d: Any = 1.0, device: Any = None) -> Any:
        return as_made(function(operator.index(n), d, device))

    return create


def as_made(result: Any) -> Any:
    """New arrays of NumPy's as arrays of the current trace."""
    if isinstance(result, list | tuple):
        return type(result)(map(as_made, result))
    is_array = isinstance(result, np.ndarray) and result.dtype in SUPPORTED_DTYPES
    return traced(result) if is_array and current_trace() is not None else result


def holds_traced(value: Any) -> bool:
    """Whether a value is a traced array, or a list or tuple that holds one."""
    if isinstance(value, list | tuple):
        return any(holds_traced(one) for one in value)
    return isinstance(value, TracedArray)


_MADE = (
    *("blackman", "copy", "diag", "diagflat", "empty_like", "eye", "frombuffer"),
    *("fromfunction", "fromiter", "fromstring", "full_like", "geomspace", "hamming", "hanning"),
    *("identity", "indices", "linspace", "logspace", "meshgrid", "ones_like", "tri", "vander"),
    *("zeros_like", "tile", "bartlett", "kaiser", "asfortranarray"),
)
"""Functions of NumPy that make arrays out of numbers, or like other arrays."""

CREATION: dict[Callable[..., Any], Callable[..., Any]] = {
    **{getattr(np, name): _made_by(getattr(np, name)) for name in _MADE},
    np.arange: _arange,
    np.array: array,
    np.asarray: asarray,
    np.asanyarray: asarray,
    np.ascontiguousarray: ascontiguousarray,
    np.asfortranarray: asfortranarray,
    np.empty: zeros,
    np.fft.fftfreq: _frequencies(np.fft.fftfreq),
    np.fft.rfftfreq: _frequencies(np.fft.rfftfreq),
    np.full: full,
    np.ndarray: ndarray,
    np.ones: ones,
    np.zeros: zeros,
}
"""NumPy's functions that make arrays; `empty` gives zeros."""
