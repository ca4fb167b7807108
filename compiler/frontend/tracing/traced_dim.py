"""Sizes of traced arrays in Python: integers beside integers, arrays of rank 0 beside arrays."""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import ControlFlowError
from tessel.compiler.frontend.tracing.trace import Trace, current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.assumptions import DataDependentSizeError
from tessel.dialects.dim import Dim

_INTEGER_UFUNCS: dict[np.ufunc, Callable[[Any, Any], Any]] = {
    np.add: lambda x, y: x + y,
    np.subtract: lambda x, y: x - y,
    np.multiply: lambda x, y: x * y,
    np.floor_divide: lambda x, y: x // y,
    np.remainder: lambda x, y: x % y,
}
"""What NumPy calls for an integer of its own beside a size."""


class SizeDependsOnDataError(ControlFlowError, DataDependentSizeError):
    """Python needs the number of a size that depends on data."""


class TracedDim(Dim):
    """A `Dim` of the program that is traced."""

    __slots__ = ()

    @property
    def trace(self) -> Trace:
        """The trace that this is a size of. Raises ControlFlowError outside it."""
        trace = current_trace()
        if trace is None or trace.assumptions is not self.assumptions:
            message = "a size of a traced array was kept from another call of a compiled function"
            raise ControlFlowError(
                message, location=user_location(), hint="return it from there instead"
            )
        return trace

    def as_array(self) -> TracedArray:
        """The size as a traced Python integer."""
        trace = self.trace
        return TracedArray.of(trace, trace.size_value(self), int)

    def refuse(self, error: DataDependentSizeError) -> NoReturn:
        message = "Python needs the number of a size that depends on data"
        hint = "use tessel.where, tessel.cond or tessel.while_loop"
        raise SizeDependsOnDataError(message, location=user_location(), hint=hint) from None

    def __truediv__(self, other: Any) -> Any:
        return self.as_array() / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.as_array()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        of_integers = all(isinstance(one, Dim | int | np.integer) for one in inputs)
        if method == "__call__" and ufunc in _INTEGER_UFUNCS and of_integers and not options:
            left, right = inputs
            left = left if isinstance(left, Dim) else int(left)
            return _INTEGER_UFUNCS[ufunc](left, right)
        arrays = [one.as_array() if isinstance(one, TracedDim) else one for one in inputs]
        return getattr(ufunc, method)(*arrays, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*[_as_operand(one) for one in args], **kwargs)


def _as_operand(argument: Any) -> Any:
    if isinstance(argument, TracedDim):
        return argument.as_array()
    if isinstance(argument, list | tuple):
        return type(argument)(_as_operand(one) for one in argument)
    return argument


def _or_as_array(name: str) -> Callable[[Any, Any], Any]:
    """An operator that beside what is no integer computes with an array."""
    of_sizes = getattr(Dim, name)

    def operate(self: TracedDim, other: Any) -> Any:
        result = of_sizes(self, other)
        if result is not NotImplemented or isinstance(other, TracedArray):
            return result
        return getattr(self.as_array(), name)(other)

    return operate


for _name in ("add", "sub", "mul", "floordiv", "mod"):
    for _form in (f"__{_name}__", f"__r{_name}__"):
        setattr(TracedDim, _form, _or_as_array(_form))
