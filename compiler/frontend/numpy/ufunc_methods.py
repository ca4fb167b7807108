"""The methods of ufuncs: `np.fmin.reduce(x)`, `accumulate`, `reduceat`, `outer` and `at`.

Sums, products, extrema and truth are reductions of the dialect. Functions that may be applied in
any order are applied to halves again and again, all others from one element to the next.
Written with NumPy's own functions, which come back to the front end.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import (
    ArgumentValueError,
    AxisError,
    DTypeError,
    UnsupportedError,
)
from tessel.compiler.frontend.numpy import indexing
from tessel.compiler.frontend.numpy.functions import cumulative, nan_functions, reductions
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.control_flow import fori_loop, scan
from tessel.compiler.frontend.tracing.known_values import known
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype, dtype_of
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location

_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: reductions.sum,
    np.multiply: reductions.prod,
    np.maximum: reductions.max,
    np.minimum: reductions.min,
    np.logical_and: reductions.all,
    np.logical_or: reductions.any,
}
_ACCUMULATIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: cumulative.cumsum,
    np.multiply: cumulative.cumprod,
    np.maximum: cumulative.cumulative_max,
    np.minimum: cumulative.cumulative_min,
}
_SCATTERS = {
    np.add: "add",
    np.subtract: "add",
    np.multiply: "multiply",
    np.maximum: "maximum",
    np.minimum: "minimum",
}
"""Kinds of `scatter_nd` that do what `ufunc.at` does."""

_IN_ANY_ORDER = {
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.logical_xor, np.fmax, np.fmin),
    *(np.gcd, np.lcm, np.hypot, np.logaddexp, np.logaddexp2),
}
_UNROLLED = 8
"""Elements up to which one function call after the other is part of the program."""


def reduce(
    ufunc: np.ufunc,
    array: Array,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """`ufunc.reduce`: one element of all along axes, by default the first.

    Raises ArgumentValueError for no elements without a first one, for `where` without one, and for
    several axes of a function whose order of elements counts.
    """
    _check_binary(ufunc, "reduce")
    x = traced(array)
    if ufunc in _REDUCTIONS:
        return _plain_reduction(ufunc, x, axis, dtype, keepdims, initial, where)
    x = _operand(ufunc, x, dtype)
    axes = normalize_axes(axis, x.ndim)
    if len(axes) > 1 and ufunc not in _IN_ANY_ORDER:
        message = f"numpy.{ufunc.__name__}.reduce is not reorderable, and takes one axis at most"
        raise ArgumentValueError(message, location=user_location(), hint=f"not {axes}")
    if not axes:
        return x.copy() if initial is None else ufunc(cast_to(initial, x.dtype), x)
    start = _start(ufunc, x, initial, where)
    if where is not True:
        x = _neutral_where(ufunc, x, start, where)
        if x is None:
            raise _unsupported(ufunc, "reduce", "where=")
    lanes = np.moveaxis(x, axes, tuple(range(len(axes))))
    sizes = lanes.shape
    lanes = np.reshape(lanes, (_product(sizes[: len(axes)]), *sizes[len(axes) :]))
    result = _folded(ufunc, lanes, start)
    return np.expand_dims(result, axes) if keepdims else result


def accumulate(ufunc: np.ufunc, array: Array, axis: int = 0, dtype: Any = None) -> Array:
    """`ufunc.accumulate`: what `reduce` gives for all elements up to each one.

    Raises DTypeError for an array of rank 0.
    """
    _check_binary(ufunc, "accumulate")
    x = traced(array)
    if not x.ndim:
        message = f"numpy.{ufunc.__name__}.accumulate of a single element"
        raise DTypeError(message, location=user_location(), hint="give an array of rank 1 or more")
    if axis is None and x.ndim > 1:
        message = f"numpy.{ufunc.__name__}.accumulate takes one axis, not None"
        raise ArgumentValueError(message, location=user_location())
    position = normalize_axis(axis or 0, x.ndim)
    if ufunc in _ACCUMULATIONS:
        return _ACCUMULATIONS[ufunc](x, axis=position, dtype=dtype)
    lanes = np.moveaxis(_operand(ufunc, x, dtype), position, 0)
    rows = _running_in_any_order if ufunc in _IN_ANY_ORDER else _running
    return np.moveaxis(rows(ufunc, lanes), 0, position)


def reduceat(
    ufunc: np.ufunc, array: Array, indices: Array, axis: int = 0, dtype: Any = None
) -> Array:
    """`ufunc.reduceat`: of the elements from each index to before the next one.

    Raises UnsupportedError for traced indices, AxisError for one outside the array.
    """
    _check_binary(ufunc, "reduceat")
    known_indices = known(indices)
    if known_indices is None:
        raise _unsupported(ufunc, "reduceat", "traced indices")
    x: Any = np.moveaxis(traced(array), axis, 0)  # type: ignore[arg-type]
    size = len(x)
    outside = [int(one) for one in known_indices if not 0 <= one < size]
    if outside:
        message = f"index {outside[0]} of numpy.{ufunc.__name__}.reduceat is not in [0, {size})"
        raise AxisError(message, location=user_location())
    kind = dtype_of(reduce(ufunc, x[:1], 0, dtype))
    if not known_indices.size:
        return np.moveaxis(cast_to(x[:0], kind), 0, axis)
    stops = [*known_indices[1:], size]
    parts = [
        reduce(ufunc, x[start:stop], 0, dtype, keepdims=True)
        if stop > start + 1
        else cast_to(x[start : start + 1], kind)
        for start, stop in zip(known_indices.tolist(), stops)
    ]
    return np.moveaxis(np.concatenate(parts), 0, axis)


def outer(ufunc: np.ufunc, first: Array, second: Array, **options: Any) -> Array:
    """`ufunc.outer`: of all pairs of elements."""
    _check_binary(ufunc, "outer")
    x, y = traced(first), traced(second)
    return ufunc(indexing.reshaped_view(x, [*x.shape, *[1] * y.ndim]), y, **options)


def at(ufunc: np.ufunc, target: Array, index: Any, *values: Any) -> None:
    """`ufunc.at`: in place, as often as the index names an element.

    Raises DTypeError where results do not fit the target.
    """
    if not isinstance(target, TracedArray):
        hint = "make it with tessel.numpy.zeros inside the compiled function"
        message = f"numpy.{ufunc.__name__}.at changes an array that is not traced"
        raise UnsupportedError(message, location=user_location(), hint=hint)
    if ufunc.nin != len(values) + 1 or ufunc.nout != 1:
        message = f"numpy.{ufunc.__name__}.at takes {ufunc.nin - 1} arrays of values"
        raise ArgumentValueError(message, location=user_location())
    kind = common_dtype(target, *values) if ufunc in _SCATTERS else _of_one(ufunc, target, values)
    if not np.can_cast(kind, target.dtype, "same_kind"):
        message = f"{kind} results of numpy.{ufunc.__name__}.at do not fit {target.dtype}"
        raise DTypeError(message, location=user_location(), hint="cast the values with .astype")
    if ufunc in _SCATTERS and target.dtype != np.bool_:
        update = cast_to(values[0], target.dtype)
        update = np.negative(update) if ufunc is np.subtract else update
        indexing.combine_item(target, index, update, _SCATTERS[ufunc])
        return
    _one_after_the_other(ufunc, target, index, values)


def _plain_reduction(
    ufunc: np.ufunc, x: TracedArray, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any
) -> Array:
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims, "where": where}
    if ufunc in (np.add, np.multiply):
        return _REDUCTIONS[ufunc](x, dtype=dtype, initial=initial, **options)
    if ufunc in (np.maximum, np.minimum):
        x = x if dtype is None else cast_to(x, dtype)
        return _REDUCTIONS[ufunc](x, initial=initial, **options)
    result = _REDUCTIONS[ufunc](x, **options)
    return result if initial is None else ufunc(result, initial)


def _operand(ufunc: np.ufunc, x: TracedArray, dtype: Any) -> Any:
    """The elements in the dtype that the function takes and gives.

    Raises DTypeError where it gives another one than it takes.
    """
    given = x.dtype if dtype is None else np.dtype(dtype)
    try:
        first, second, result = ufunc.resolve_dtypes((None, given, None), reduction=True)
    except TypeError:
        first = second = result = None
    if result is None or not first == second == result:
        message = f"numpy.{ufunc.__name__} does not combine elements of {given} to one"
        raise DTypeError(message, location=user_location(), hint="cast them with .astype")
    return cast_to(x, result)


def _start(ufunc: np.ufunc, x: TracedArray, initial: Any, where: Any) -> Any:
    """What the first element meets, or None. Raises ArgumentValueError where it is needed."""
    if initial is not None:
        return cast_to(initial, x.dtype)
    if ufunc.identity is not None and ufunc in _IN_ANY_ORDER:
        return np.asarray(ufunc.identity).astype(x.dtype)
    if where is not True:
        message = f"numpy.{ufunc.__name__}.reduce with where= needs initial="
        raise ArgumentValueError(message, location=user_location(), hint="it stands for no element")
    return None


def _neutral_where(ufunc: np.ufunc, x: TracedArray, start: Any, where: Any) -> Any:
    """The array with elements that change nothing where the condition does not hold."""
    if ufunc in (np.fmax, np.fmin, np.bitwise_and, np.bitwise_or, np.lcm):
        return np.where(where, x, start)  # once more the first element
    if ufunc in _IN_ANY_ORDER:
        return np.where(where, x, np.asarray(ufunc.identity).astype(x.dtype))
    return None


def _folded(ufunc: np.ufunc, rows: Any, start: Any) -> Any:
    """All rows combined, from the first to the last where the order counts."""
    if rows.shape[0] == 0:
        if start is None:
            message = f"numpy.{ufunc.__name__}.reduce of no elements, which has no identity"
            raise ArgumentValueError(message, location=user_location(), hint="give initial=")
        return np.broadcast_to(traced(start), rows.shape[1:]).copy()
    if ufunc in (np.fmax, np.fmin):
        extreme = nan_functions.nanmax if ufunc is np.fmax else nan_functions.nanmin
        result = extreme(rows, axis=0)
        return result if start is None else ufunc(start, result)
    if ufunc is np.logical_xor:
        odd = np.sum(cast_to(rows, np.bool_), axis=0) % 2 != 0
        return odd if start is None else odd ^ start
    if ufunc in _IN_ANY_ORDER:
        result = _halved(ufunc, rows)
        return result if start is None else ufunc(start, result)
    first, rest = (rows[0], rows[1:]) if start is None else (start, rows)
    first = np.broadcast_to(traced(first), rows.shape[1:])
    if len(rest) <= _UNROLLED:
        for row in rest:
            first = ufunc(first, row)
        return first
    return scan(lambda carry, row: (ufunc(carry, row), None), first.copy(), rest)[0]


def _halved(ufunc: np.ufunc, rows: Any) -> Any:
    """All rows combined, halves at a time."""
    while (count := len(rows)) > 1:
        half = count // 2
        joined = ufunc(rows[:half], rows[half : 2 * half])
        rows = np.concatenate([joined, rows[2 * half :]]) if count % 2 else joined
    return rows[0]


def _running(ufunc: np.ufunc, rows: Any) -> Any:
    """The combination of all rows up to each one, one after the other."""
    if len(rows) <= 1:
        return rows.copy()
    if len(rows) <= _UNROLLED:
        found = [rows[0]]
        for row in rows[1:]:
            found.append(ufunc(found[-1], row))
        return np.stack(found)

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        joined = ufunc(carry, row)
        return joined, joined

    rest = scan(step, rows[0].copy(), rows[1:])[1]
    return np.concatenate([rows[:1], rest])


def _running_in_any_order(ufunc: np.ufunc, rows: Any) -> Any:
    """The same in as many steps as the number of rows has binary digits."""
    distance, count = 1, len(rows)
    rows = rows.copy()
    while distance < count:
        rows = np.concatenate([rows[:distance], ufunc(rows[:-distance], rows[distance:])])
        distance *= 2
    return rows


def _of_one(ufunc: np.ufunc, target: TracedArray, values: Any) -> np.dtype:
    """The dtype of what the function makes of an element of the target and values."""
    singles = [one if type_of(one).rank == 0 else np.ones((), dtype_of(one)) for one in values]
    return dtype_of(ufunc(traced(np.ones((), target.dtype)), *singles))


def _one_after_the_other(ufunc: np.ufunc, target: TracedArray, index: Any, values: Any) -> None:
    """`ufunc.at` for any function: elements that an index names twice are changed twice."""
    numbers = traced(counting(target.size).reshape(target.shape))[index]
    linear_indices = np.ravel(numbers)
    updates = [np.ravel(np.broadcast_to(traced(one), numbers.shape)) for one in values]

    def step(i: Any, elements: Any) -> Any:
        changed = elements.copy()
        result = ufunc(changed[linear_indices[i]], *[one[i] for one in updates])
        changed[linear_indices[i]] = cast_to(result, target.dtype)
        return changed

    changed = fori_loop(0, linear_indices.shape[0], step, np.ravel(target).copy())
    target[...] = np.reshape(changed, target.shape)


def _product(sizes: tuple[Any, ...]) -> Any:
    total: Any = 1
    for size in sizes:
        total = total * size
    return total


def _check_binary(ufunc: np.ufunc, method: str) -> None:
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        message = f"numpy.{ufunc.__name__}.{method} is only defined for functions of two elements"
        raise ArgumentValueError(message, location=user_location())


def _unsupported(ufunc: np.ufunc, method: str, what: str) -> UnsupportedError:
    message = f"numpy.{ufunc.__name__}.{method} cannot be compiled with {what}"
    return UnsupportedError(message, location=user_location(), hint="write it with tessel.scan")
