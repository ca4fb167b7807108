"""Elements chosen by conditions and indices, and arrays that are changed at indices.

Written with NumPy's own functions, which come back to the front end.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, DTypeError, ShapeError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import manipulation
from tessel.compiler.frontend.numpy.indexing import flat_view
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of, promote, promote_choices
from tessel.compiler.frontend.tracing.run_time_checks import check_range
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_bool


def select(condlist: Sequence[Array], choicelist: Sequence[Array], default: Array = 0) -> Array:
    """`numpy.select`: the choice of the first condition that holds, else the default.

    Raises ArgumentValueError unless there are as many choices, DTypeError for other conditions
    than booleans.
    """
    if len(condlist) != len(choicelist) or not condlist:
        message = f"numpy.select with {len(condlist)} conditions and {len(choicelist)} choices"
        raise ArgumentValueError(
            message, location=user_location(), hint="give one choice a condition"
        )
    if any(dtype_of(one) != np.bool_ for one in condlist):
        raise DTypeError("the conditions of numpy.select must be bool", location=user_location())
    *choices, result = promote_choices(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        result = np.where(traced(condition), choice, result)
    return result


def choose(a: Array, choices: Any, mode: str = "raise") -> Array:
    """`numpy.choose`: from the array that each element of a names.

    An element out of range raises ValueError, or is counted around (mode "wrap") or moved to the
    nearest (mode "clip").
    """
    parts = promote_choices(*choices)
    numbers = cast_to(a, np.int64) if is_bool(dtype_of(a)) else traced(a)
    count = len(parts)
    if mode == "raise":
        check_range(numbers, count, "ValueError", "invalid entry in choice array")
    else:
        numbers = manipulation.indices_along(numbers, count, 0, mode)
    result = parts[-1]
    for position in range(count - 1):
        result = np.where(numbers == position, parts[position], result)
    return result


def put_along_axis(arr: Array, indices: Array, values: Array, axis: int | None) -> None:
    """`numpy.put_along_axis`: values written in place, at indices along an axis."""
    x = writable("put_along_axis", arr)
    if axis is None:
        flat_view(x)[indices] = values
        return
    position = normalize_axis(axis, x.ndim)
    lead = [
        np.reshape(np.arange(int(size)), [-1 if one == other else 1 for other in range(x.ndim)])
        for one, size in enumerate(x.array_type.shape)
    ]
    lead[position] = indices
    x[tuple(lead)] = values


def fill_diagonal(a: Array, val: Array, wrap: bool = False) -> None:
    """`numpy.fill_diagonal`: in place; the main diagonal of two or more equal axes.

    Raises ShapeError for vectors, and for more than two axes that differ.
    """
    x = writable("fill_diagonal", a)
    shape = [int(size) for size in x.shape]
    if x.ndim < 2 or (x.ndim > 2 and any(size != shape[0] for size in shape)):
        message = f"numpy.fill_diagonal of {x.array_type} needs two axes, or equal ones"
        raise ShapeError(message, location=user_location())
    step = 1 + int(np.cumprod(shape[:0:-1])[: x.ndim - 1].sum()) if x.ndim > 2 else shape[1] + 1
    end = None if wrap or x.ndim > 2 else shape[1] * shape[1]
    positions = np.arange(math.prod(shape))[:end:step]
    flat_view(x)[positions] = np.resize(val, positions.size) if type_of(val).rank else val


def putmask(a: Array, /, mask: Array, values: Array) -> None:
    """`numpy.putmask`: in place, where a mask of a's shape holds; values repeat in order."""
    x = writable("putmask", a)
    full = np.resize(traced(values), x.shape) if type_of(values).rank else values
    x[...] = np.where(mask, cast_to(full, x.dtype), x)


def copyto(dst: Array, src: Array, casting: str = "same_kind", where: Array = True) -> None:
    """`numpy.copyto`: in place, where a mask holds. Raises DTypeError for an unsafe cast."""
    x = writable("copyto", dst)
    weak = isinstance(src, int | float | complex)
    if not np.can_cast(np.result_type(x.dtype, src) if weak else dtype_of(src), x.dtype, casting):
        message = f"numpy.copyto of {dtype_of(src)} to {x.dtype} with casting {casting!r}"
        raise DTypeError(message, location=user_location(), hint="cast it with .astype")
    value = cast_to(src, x.dtype)
    x[...] = value if where is True else np.where(where, value, x)


def put(a: Array, ind: Array, v: Array, mode: str = "raise") -> None:
    """`numpy.put`: in place, at indices of the flat array; values repeat in order.

    Indices out of range raise IndexError, or are those of the other modes of `numpy.take`.
    """
    x = writable("put", a)
    indices = np.ravel(traced(ind))
    if mode != "raise":
        indices = manipulation.indices_along(indices, x.size, 0, mode)
    flat_view(x)[indices] = np.resize(traced(v), indices.shape) if type_of(v).rank else v


def isin(
    element: Array,
    test_elements: Array,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: Any = None,
) -> Array:
    """`numpy.isin`: whether each element is among others."""
    if not isinstance(test_elements, TracedArray):
        numbers = np.asarray(test_elements)
        if numbers.dtype == object:  # Python integers beyond every dtype
            x = traced(cast_to(element, np.int64) if dtype_of(element) == np.bool_ else element)
            return _isin_numbers(x, numbers.ravel().tolist(), invert)
    x, others = (traced(one) for one in promote(element, test_elements))
    found = np.any(np.expand_dims(x, -1) == np.ravel(others), axis=-1)
    return ~found if invert else found


def _isin_numbers(x: TracedArray, numbers: list[Any], invert: bool) -> Array:
    found = np.zeros(x.shape, np.bool_)
    for number in numbers:
        found = np.logical_or(found, np.equal(x, number))
    return ~found if invert else found


def unravel_index(indices: Array, shape: Any, order: str = "C") -> tuple[Array, ...]:
    """`numpy.unravel_index`: indices into a flat array as one index an axis.

    Indices out of range raise ValueError.
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    rest = cast_to(indices, np.int64)
    message = "index {value} is out of bounds for array with size {other}"
    check_range(rest, math.prod(sizes), "ValueError", message)
    found = []
    for size in sizes if order == "F" else sizes[::-1]:
        found.append(rest % size)
        rest = rest // size
    return tuple(found if order == "F" else found[::-1])


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Array:
    """`numpy.ravel_multi_index`, with one mode or one an axis.

    Indices out of range raise ValueError, or are those of the other modes of `numpy.take`.
    """
    sizes = (dims,) if isinstance(dims, int) else tuple(dims)
    indices = [cast_to(one, np.int64) for one in multi_index]
    if len(indices) != len(sizes):
        message = f"{len(indices)} indices for {len(sizes)} dimensions"
        raise ShapeError(message, location=user_location())
    modes = (mode,) * len(sizes) if isinstance(mode, str) else tuple(mode)
    triples = list(zip(indices, sizes, modes, strict=True))
    total: Any = np.int64(0)
    for index, size, one in triples[::-1] if order == "F" else triples:
        if one == "raise":
            check_range(index, size, "ValueError", "invalid entry in coordinates array")
        else:
            index = manipulation.indices_along(index, size, 0, one)
        total = total * size + index
    return total


def writable(name: str, array: Array) -> TracedArray:
    """An array that `numpy.<name>` changes. Raises UnsupportedError where it is not traced."""
    if not isinstance(array, TracedArray):
        hint = "make it with tessel.numpy.zeros inside the compiled function"
        message = f"numpy.{name} changes an array that is not traced"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    return array
