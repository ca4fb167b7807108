"""Gives `TracedArray` NumPy's protocols, operators and methods. Importing this module does it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend import indexing
from tessel.compiler.frontend.array_api import manipulation, statistical
from tessel.compiler.frontend.numpy_table import FUNCTIONS, INSTEAD, UFUNCS
from tessel.compiler.frontend.promotion import cast_to
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import user_place


def array_ufunc(self: TracedArray, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's hook for ufuncs: `np.add(x, y)`, `np.add.reduce(x)`, `x + y` with an ndarray first."""
    function = UFUNCS.get(ufunc)
    if function is None or method != "__call__":
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise unsupported(name)
    out = kwargs.pop("out", None)
    result = function(*inputs, **kwargs)
    if out is None:
        return result
    out[0][...] = result
    return out[0]


def array_function(
    self: TracedArray, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
) -> Any:
    """NumPy's hook for all other functions."""
    implementation = FUNCTIONS.get(function)
    if implementation is None:
        module = (function.__module__ or "numpy").removeprefix("numpy").lstrip(".")
        raise unsupported(f"{module}.{function.__name__}" if module else function.__name__)
    return implementation(*args, **kwargs)


def unsupported(name: str) -> UnsupportedError:
    """The error for a function of NumPy that is not compiled, with what to use instead."""
    hint = INSTEAD.get(name, "compute it outside the compiled function, or write it with others")
    return UnsupportedError(f"numpy.{name} cannot be compiled", place=user_place(), hint=hint)


def _binary(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """Operator, reflected operator and in-place operator."""

    def forward(self: TracedArray, other: Any) -> Any:
        return UFUNCS[ufunc](self, other)

    def reflected(self: TracedArray, other: Any) -> Any:
        return UFUNCS[ufunc](other, self)

    def in_place(self: TracedArray, other: Any) -> TracedArray:
        self[...] = UFUNCS[ufunc](self, other)
        return self

    return forward, reflected, in_place


def _comparison(ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda self, other: UFUNCS[ufunc](self, other)


_BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "matmul": np.matmul,
}
_COMPARISONS = {"lt": np.less}

for _name, _ufunc in _BINARY.items():
    _forward, _reflected, _in_place = _binary(_ufunc)
    setattr(TracedArray, f"__{_name}__", _forward)
    setattr(TracedArray, f"__r{_name}__", _reflected)
    setattr(TracedArray, f"__i{_name}__", _in_place)

for _name, _ufunc in _COMPARISONS.items():
    setattr(TracedArray, f"__{_name}__", _comparison(_ufunc))

TracedArray.__array_ufunc__ = array_ufunc
TracedArray.__array_function__ = array_function
TracedArray.__getitem__ = indexing.get_item
TracedArray.__setitem__ = indexing.set_item
TracedArray.T = property(manipulation.transpose)
TracedArray.sum = statistical.sum
TracedArray.max = statistical.max
TracedArray.mean = statistical.mean
TracedArray.reshape = lambda self, *shape: manipulation.reshape(
    self, shape[0] if len(shape) == 1 else shape
)
TracedArray.transpose = lambda self, *axes: manipulation.transpose(self, axes or None)
TracedArray.astype = lambda self, dtype, copy=True: cast_to(self, dtype)
