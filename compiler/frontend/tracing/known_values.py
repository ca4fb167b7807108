"""Values that are known while tracing, also of arrays that `numpy.arange` made traced ones.

What depends on no argument is computed when Python asks for it: as a number, an index, a condition.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.apply import trace_of
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.dialects.interpreter import evaluate


def known(array: Any) -> np.ndarray | None:
    """The elements of an array, number or sequence; None where they depend on arguments."""
    if not isinstance(array, TracedArray):
        return None if trace_of((array,)) is not None else np.asarray(array)
    return evaluate(array.value, array.trace.parameters)


def if_known(array: Any) -> Any:
    """The elements where they are known, else the array as it is."""
    values = known(array)
    return array if values is None else values


def with_known(name: str, refuse: Callable[..., Any]) -> Callable[..., Any]:
    """A conversion to a Python value, such as `__int__`: of the elements where they are known."""

    def convert(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        values = known(self)
        if values is None:
            return refuse(self, *args, **kwargs)
        return getattr(values, name)(*args, **kwargs)

    return functools.wraps(refuse)(convert)


CONVERSIONS = {
    name: with_known(name, getattr(TracedArray, name))
    for name in (
        *("__array__", "__bool__", "__complex__", "__float__", "__index__", "__int__"),
        *("item", "tolist"),
    )
}
"""Methods that need elements."""
