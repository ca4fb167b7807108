"""Questions about arrays: sizes and kinds, answered at once; equality and classes of numbers.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.apply import Array, traced, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axes
from tessel.compiler.frontend.tracing.promotion import dtype_of
from tessel.dialects.base import ConstraintError
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.types import is_complex


def copy(a: Array, order: str = "K", subok: bool = False) -> Array:
    """`numpy.copy`."""
    return traced(a).copied(order)


def shape(a: Array) -> tuple[Any, ...]:
    """`numpy.shape`: a dynamic size is a traced integer."""
    return traced(a).shape


def ndim(a: Array) -> int:
    """`numpy.ndim`."""
    return type_of(a).rank


def size(a: Array, axis: Any = None) -> Any:
    """`numpy.size`: of all axes, or of some."""
    x = traced(a)
    total: Any = 1
    for one in normalize_axes(axis, x.ndim):
        total = total * x.shape[one]
    return total


def iscomplexobj(x: Array) -> bool:
    """`numpy.iscomplexobj`: whether the dtype is complex."""
    return is_complex(dtype_of(x))


def isrealobj(x: Array) -> bool:
    """`numpy.isrealobj`: whether the dtype is not complex."""
    return not is_complex(dtype_of(x))


def iscomplex(x: Array) -> Array:
    """`numpy.iscomplex`: whether imaginary parts are not 0."""
    return np.imag(x) != 0


def isreal(x: Array) -> Array:
    """`numpy.isreal`: whether imaginary parts are 0."""
    return np.imag(x) == 0


def isposinf(x: Array) -> Array:
    """`numpy.isposinf`."""
    return np.isinf(x) & ~np.signbit(x)


def isneginf(x: Array) -> Array:
    """`numpy.isneginf`."""
    return np.isinf(x) & np.signbit(x)


def array_equal(a1: Array, a2: Array, equal_nan: bool = False) -> Any:
    """`numpy.array_equal`: whether shapes and elements are equal."""
    one, other = traced(a1), traced(a2)
    if one.array_type.shape != other.array_type.shape:
        return traced(np.False_)
    equal = one == other
    if equal_nan:
        equal = equal | (np.isnan(one) & np.isnan(other))
    return np.all(equal)


def array_equiv(a1: Array, a2: Array) -> Any:
    """`numpy.array_equiv`: whether arrays that broadcast have equal elements."""
    try:
        broadcast_shapes([type_of(one).shape for one in (a1, a2)])
    except ConstraintError:
        return traced(np.False_)
    return np.all(traced(a1) == a2)
