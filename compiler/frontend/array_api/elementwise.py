"""Elementwise functions: one line for each ufunc that is one op.

`ufunc` gives NumPy's own promotion to the op; functions that need more are written out.
"""

from collections.abc import Callable

import numpy as np

from tessel.compiler.frontend.apply import Array, apply
from tessel.compiler.frontend.promotion import cast_to, promote, promote_for
from tessel.dialects import arithmetic, comparison, exponential
from tessel.dialects.base import TesselOp

ElementwiseFunction = Callable[..., Array]


def ufunc(numpy_function: np.ufunc, op: type[TesselOp]) -> ElementwiseFunction:
    """A function that promotes as `numpy_function` does and applies `op`."""

    def function(*arrays: Array) -> Array:
        promoted, result = promote_for(numpy_function, arrays)
        return cast_to(apply(op, *promoted), result)

    function.__name__ = numpy_function.__name__
    function.__doc__ = f"`numpy.{numpy_function.__name__}`: {op.__doc__.splitlines()[0]}"
    return function


add = ufunc(np.add, arithmetic.Add)
subtract = ufunc(np.subtract, arithmetic.Subtract)
multiply = ufunc(np.multiply, arithmetic.Multiply)
divide = ufunc(np.divide, arithmetic.Divide)
maximum = ufunc(np.maximum, arithmetic.Maximum)
exp = ufunc(np.exp, exponential.Exp)
sqrt = ufunc(np.sqrt, exponential.Sqrt)
less = ufunc(np.less, comparison.Less)

UFUNCS: dict[np.ufunc, ElementwiseFunction] = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.maximum: maximum,
    np.exp: exp,
    np.sqrt: sqrt,
    np.less: less,
}
"""NumPy's ufuncs that can be compiled."""


def where(condition: Array, x: Array, y: Array) -> Array:
    """`numpy.where` with three arguments: x where the condition holds, else y."""
    on_true, on_false = promote(x, y)
    return apply(comparison.Select, cast_to(condition, np.bool_), on_true, on_false)
