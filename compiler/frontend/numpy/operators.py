"""Operators of `TracedArray`: `x + y`, `x += y`, `x < y`, `-x`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError, ShapeError
from tessel.compiler.frontend.numpy.functions import creation, elementwise
from tessel.compiler.frontend.numpy.made_arrays import array
from tessel.compiler.frontend.numpy.masked_selection import MaskedSelection
from tessel.compiler.frontend.numpy.nested_lists import array_of
from tessel.compiler.frontend.numpy.numpy_table import UFUNCS
from tessel.compiler.frontend.tracing.host_numbers import HostNumber
from tessel.compiler.frontend.tracing.promotion import weak_type
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_integer

_OPERATORS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}

_COMPARISONS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}

_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}


_NO_NUMBERS = (bytes, dict, set, str, type(None))
"""What is never beside an array, and has no operators of its own for it."""


def install_operators() -> None:
    """Gives `TracedArray` its operators; calling it again changes nothing."""
    for name, ufunc in _OPERATORS.items():
        forward, reflected, in_place = _binary(ufunc)
        setattr(TracedArray, f"__{name}__", forward)
        setattr(TracedArray, f"__r{name}__", reflected)
        setattr(TracedArray, f"__i{name}__", in_place)
    for name, ufunc in (_COMPARISONS | _UNARY).items():
        setattr(TracedArray, f"__{name}__", _forwarded(ufunc))


def check_castable(result: Any, target: TracedArray, casting: str = "same_kind") -> None:
    """Raises DTypeError where a result is of another kind than the array that it is to fill."""
    if not np.can_cast(result.dtype, target.dtype, casting):  # type: ignore[arg-type]
        message = f"a {result.dtype} result does not fit an array of {target.dtype}"
        raise DTypeError(message, location=user_location(), hint="cast it with .astype")


def _forwarded(ufunc: np.ufunc) -> Callable[..., Any]:
    def function(*operands: Any) -> Any:
        if any(isinstance(one, MaskedSelection) for one in operands):
            return NotImplemented
        if ufunc in (np.equal, np.not_equal) and isinstance(operands[1], _NO_NUMBERS):
            return creation.full_like(operands[0], ufunc is np.not_equal, dtype=np.bool_)
        return _as_python(UFUNCS[ufunc](*map(array_of, operands)), operands)

    return function


def _as_python(result: TracedArray, operands: Sequence[Any]) -> TracedArray:
    """The result of an operator: of Python numbers it is one."""
    if all(weak_type(one) is not None or isinstance(one, bool) for one in operands):
        weak = {"i": int, "u": int, "f": float, "c": complex}.get(result.dtype.kind)
        if weak is not None:
            return TracedArray.of(result.trace, result.value, weak)
    return result


def _binary(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """Operator, reflected operator and in-place operator."""
    function = elementwise.power_operator if ufunc is np.power else UFUNCS[ufunc]

    def forward(self: TracedArray, other: Any) -> Any:
        other = _operand(ufunc, self, other)
        if other is NotImplemented:
            return other
        return _as_python(function(self, other), (self, other))

    def reflected(self: TracedArray, other: Any) -> Any:
        other = _operand(ufunc, self, other)
        if other is NotImplemented:
            return other
        return _as_python(UFUNCS[ufunc](other, self), (other, self))

    def in_place(self: TracedArray, other: Any) -> Any:
        other = _operand(ufunc, self, other)
        if other is NotImplemented:
            return other
        result = function(self, other)
        if self.is_scalar:  # they are values: `a += 1` makes a new one
            return _as_python(result, (self, other))
        check_castable(result, self)
        is_static = self.array_type.is_static and result.array_type.is_static
        if is_static and result.array_type.shape != self.array_type.shape:
            message = f"a result of shape {result.shape} does not fit {self.array_type}"
            raise ShapeError(message, location=user_location())
        self[...] = result
        return self

    return forward, reflected, in_place


def _operand(ufunc: np.ufunc, self: TracedArray, other: Any) -> Any:
    """What an operator takes beside an array; NotImplemented for what it does not take.

    Lists are arrays, but repeated by `*` beside one of NumPy's scalars.
    """
    if isinstance(other, list | tuple | range):
        if ufunc is not np.multiply or not self.is_scalar or isinstance(other, range):
            return array(other)
        if not is_integer(self.dtype):
            message = f"a {type(other).__name__} cannot be repeated {self.array_type} times"
            hint = "make an array of it with numpy.array, and multiply that"
            raise DTypeError(message, location=user_location(), hint=hint)
    if isinstance(other, _NO_NUMBERS) and ufunc is not np.multiply:
        name = f"numpy.{ufunc.__name__}"
        message = f"{name} is not defined for {self.array_type} and a {type(other).__name__}"
        raise DTypeError(message, location=user_location())
    numbers = np.generic | bool | int | float | complex
    is_array_like = isinstance(other, TracedArray | TracedDim | HostNumber | np.ndarray | numbers)
    return other if is_array_like else NotImplemented
