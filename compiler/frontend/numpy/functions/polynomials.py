"""NumPy's functions of polynomials, the highest coefficient first.

Written with NumPy's own functions, which come back to the front end. Leading zeros stay, because a
size cannot depend on data.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.locations import user_location


def polyadd(a1: Array, a2: Array) -> Array:
    """`numpy.polyadd`."""
    x, y = _of_one_size(a1, a2)
    return x + y


def polysub(a1: Array, a2: Array) -> Array:
    """`numpy.polysub`."""
    x, y = _of_one_size(a1, a2)
    return x - y


def polymul(a1: Array, a2: Array) -> Array:
    """`numpy.polymul`."""
    return np.convolve(traced(a1), traced(a2))


def polyder(p: Array, m: int = 1) -> Array:
    """`numpy.polyder`: the m-th derivative. Raises ArgumentValueError for a negative m."""
    _check_order(m)
    result = traced(p)
    for _ in range(m):
        degree = max(type_of(result).shape[0] - 1, 0)
        result = result[:-1] * np.arange(degree, 0, -1)
    return result


def polyint(p: Array, m: int = 1, k: Any = None) -> Array:
    """`numpy.polyint`: the m-th integral with constants k, 0 by default.

    Raises ArgumentValueError for a negative m.
    """
    _check_order(m)
    result = traced(p)
    constants = np.broadcast_to(traced(0.0 if k is None else cast_to(k, np.float64)), (m,))
    for position in range(m):
        degrees = np.arange(len(result), 0, -1)
        result = np.concatenate([result / degrees, constants[position : position + 1]])
    return result


def _of_one_size(a1: Array, a2: Array) -> tuple[Array, Array]:
    x, y = np.atleast_1d(traced(a1), traced(a2))
    size = max(len(x), len(y))
    padded = [np.concatenate([np.zeros(size - len(one), one.dtype), one]) for one in (x, y)]
    return padded[0], padded[1]


def _check_order(m: int) -> None:
    if m < 0:
        message = f"a derivative or integral of order {m}"
        raise ArgumentValueError(message, location=user_location(), hint="give 0 or more")
