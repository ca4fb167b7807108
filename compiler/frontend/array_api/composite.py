"""NumPy's functions that are short programs of others."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.apply import Array, traced, type_of
from tessel.compiler.frontend.array_api import (
    elementwise,
    linear_algebra,
    manipulation,
    statistical,
)
from tessel.compiler.frontend.promotion import cast_to, common_dtype


def linspace(
    start: Array, stop: Array, num: int = 50, endpoint: bool = True, dtype: Any = None
) -> Array:
    """`numpy.linspace` between two numbers: [num]."""
    kind = np.result_type(common_dtype(start, stop), np.float64)
    first, last = cast_to(start, kind), cast_to(stop, kind)
    count = num - 1 if endpoint else num
    steps = np.arange(num).astype(kind)
    width = elementwise.divide(elementwise.subtract(last, first), float(max(count, 1)))
    places = elementwise.add(elementwise.multiply(steps, width), first)
    if endpoint and num > 1:
        # NumPy's last element is `stop` itself, and not what rounding makes of it.
        places = elementwise.where(np.arange(num) == num - 1, last, places)
    return places if dtype is None else cast_to(places, dtype)


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
    distance = elementwise.abs(elementwise.subtract(a, b))
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
    return statistical.all(isclose(a, b, rtol, atol, equal_nan))


def cov(m: Array, rowvar: bool = True, ddof: int = 1) -> Array:
    """`numpy.cov` of one matrix [variables, observations], or its transpose without `rowvar`."""
    samples = m if rowvar else manipulation.transpose(m)
    centred = elementwise.subtract(samples, statistical.mean(samples, axis=1, keepdims=True))
    count = type_of(samples).shape[1] or 0
    products = linear_algebra.matmul(centred, elementwise.conj(manipulation.transpose(centred)))
    return elementwise.divide(products, float(count - ddof))


def _at_least(array: Array, rank: int) -> Array:
    result = array if hasattr(array, "array_type") else np.asarray(array)
    while type_of(result).rank < rank:
        result = manipulation.expand_dims(traced(result), 0)
    return result
