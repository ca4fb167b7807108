"""`ndarray.flat`, and arrays given in one order or another: themselves, or new ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.numpy import indexing
from tessel.compiler.frontend.tracing.apply import Array
from tessel.compiler.frontend.tracing.traced_array import Storage, TracedArray
from tessel.compiler.locations import user_location


def as_array(x: TracedArray, dtype: Any, order: str, copy: bool | None) -> TracedArray:
    """x itself where it has the dtype and order ("C", "F", or "K" for any), else a new array.

    With `copy` always a new one; ArgumentValueError where `copy=False` cannot hold.
    """
    if x.is_scalar and copy is not False:
        x = TracedArray(Storage(x.trace, x.value, is_scalar=False))
    same_dtype = dtype is None or x.dtype == np.dtype(dtype)
    fits = {"C": x.layout.is_c_contiguous, "F": x.layout.is_f_contiguous}.get(order, True)
    is_kept = same_dtype and fits and not copy
    if not is_kept and copy is False:
        message = f"an array of {x.array_type} cannot be given so without a copy"
        raise ArgumentValueError(message, location=user_location())
    result = x if is_kept else (x if same_dtype else x.astype(dtype)).copied(order)
    if same_dtype and not copy:
        x.trace.reshapes.append((x.storage, result.storage))
    return result


def flat(x: TracedArray) -> "FlatElements":
    """`ndarray.flat`; that of one of NumPy's scalars is that of a copy."""
    return FlatElements(x.copied() if x.is_scalar else x)


class FlatElements:
    """`ndarray.flat`: elements in row-major order.

    What is read is a copy; writes reach the array.
    """

    def __init__(self, array: TracedArray):
        self.base = array
        self._flat = indexing.flat_view(array)

    def __getitem__(self, index: Any) -> TracedArray:
        return self._flat[index].copy()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._flat[index] = np.resize(value, self._flat[index].shape) if np.ndim(value) else value

    def __iter__(self) -> Iterator[TracedArray]:
        return iter(self.copy())

    def __len__(self) -> int:
        return len(self._flat)

    def copy(self) -> TracedArray:
        """All elements, as a new array."""
        return self._flat.copy()

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*[_elements(one) for one in args], **kwargs)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*[_elements(one) for one in inputs], **kwargs)


def set_flat(x: TracedArray, values: Array) -> None:
    """`ndarray.flat = values`: they repeat in order."""
    flat(x)[...] = values


def _elements(value: Any) -> Any:
    return value.copy() if isinstance(value, FlatElements) else value
