"""Functions that are one op, with NumPy's promotion: made by `unary`, `binary`, `comparing`."""

from collections.abc import Callable

import numpy as np

from tessel.compiler.frontend.tracing.apply import Array, apply
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of, promote_for, side_of_range
from tessel.dialects import comparison
from tessel.dialects.base import TesselOp

ElementwiseFunction = Callable[..., Array]


def unary(numpy_function: np.ufunc, op: type[TesselOp]) -> ElementwiseFunction:
    """A function of one array that promotes as `numpy_function` does and applies `op`."""

    def function(x: Array, /) -> Array:
        promoted, result = promote_for(numpy_function, (x,))
        return cast_to(apply(op, *promoted), result)

    return named(function, numpy_function)


def binary(numpy_function: np.ufunc, op: type[TesselOp]) -> ElementwiseFunction:
    """A function of two arrays that promotes as `numpy_function` does and applies `op`."""

    def function(x1: Array, x2: Array, /) -> Array:
        promoted, result = promote_for(numpy_function, (x1, x2))
        return cast_to(apply(op, *promoted), result)

    return named(function, numpy_function)


def comparing(numpy_function: np.ufunc, op: type[TesselOp]) -> ElementwiseFunction:
    """A comparison; int64 and uint64, and Python integers of any size, are compared by value."""

    def function(x1: Array, x2: Array, /) -> Array:
        for array, number, compare in (
            (x1, x2, lambda sign: numpy_function(0, sign)),
            (x2, x1, lambda sign: numpy_function(sign, 0)),
        ):
            if (side := side_of_range(number, dtype_of(array))) != 0:
                same = comparison.Equal if compare(side) else comparison.NotEqual
                array = cast_to(array, dtype_of(array))
                return apply(same, array, array)
        (x, y), _ = promote_for(numpy_function, (x1, x2))
        if dtype_of(x) == dtype_of(y):
            return apply(op, x, y)
        # One is signed and the other uint64: a negative number is less than all of those.
        left_is_signed = dtype_of(x).kind == "i"
        signed = x if left_is_signed else y
        known = bool(numpy_function(-1, 0) if left_is_signed else numpy_function(0, -1))
        unsigned = apply(op, cast_to(x, np.uint64), cast_to(y, np.uint64))
        negative = apply(comparison.Less, signed, np.zeros((), dtype_of(signed)))
        return apply(comparison.Select, negative, np.array(known), unsigned)

    return named(function, numpy_function)


def named(function: ElementwiseFunction, numpy_function: np.ufunc) -> ElementwiseFunction:
    function.__name__ = function.__qualname__ = numpy_function.__name__
    function.__doc__ = f"`numpy.{numpy_function.__name__}`, with NumPy's promotion."
    return function
