"""`x[mask]` with a traced mask: its size depends on data, so it exists only while computed with.

Elementwise functions of selections by one mask stay selections, reductions see the chosen elements,
and assignment through the same mask is a select: `x[mask] = f(x[mask])` works. Anything else would
need an array whose size depends on data, and is refused.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.array_api import elementwise, statistical
from tessel.compiler.frontend.promotion import cast_to, dtype_of
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import user_place
from tessel.dialects.mlir import ir
from tessel.dialects.types import is_float, is_integer


class MaskedSelection(np.lib.mixins.NDArrayOperatorsMixin):
    """The elements of `values` where `mask` holds; both have one shape."""

    def __init__(self, values: Any, mask: TracedArray):
        self.values, self.mask = values, mask

    @property
    def dtype(self) -> np.dtype:
        return dtype_of(self.values)

    @property
    def size(self) -> Any:
        """How many elements the mask chooses: a traced integer."""
        return statistical.sum(cast_to(self.mask, np.int64))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        function = elementwise.UFUNCS.get(ufunc)
        if function is None or method != "__call__" or kwargs:
            refuse_selection(f"numpy.{ufunc.__name__}")
        arrays = [self._full(one, ufunc.__name__) for one in inputs]
        return MaskedSelection(function(*arrays), self.mask)

    def __array_function__(self, function: Callable[..., Any], *_: Any) -> Any:
        refuse_selection(f"numpy.{function.__name__}")

    def sum(self) -> Any:
        """Sum of the chosen elements."""
        return statistical.sum(self._or(0))

    def mean(self) -> Any:
        """Mean of the chosen elements; NaN when there are none."""
        return elementwise.divide(self.sum(), cast_to(self.size, np.float64))

    def max(self) -> Any:
        """Largest of the chosen elements; the dtype's lowest value when there are none."""
        return statistical.max(self._or(_limit(self.dtype, lowest=True)))

    def min(self) -> Any:
        """Smallest of the chosen elements; the dtype's highest value when there are none."""
        return statistical.min(self._or(_limit(self.dtype, lowest=False)))

    def _or(self, number: Any) -> Any:
        """The values, with `number` where the mask does not hold."""
        return elementwise.where(self.mask, self.values, np.asarray(number, self.dtype))

    def _full(self, operand: Any, name: str) -> Any:
        if isinstance(operand, MaskedSelection):
            if not same_value(operand.mask.value, self.mask.value):
                refuse_selection(f"numpy.{name} of selections by two masks")
            return operand.values
        if np.ndim(operand) if not isinstance(operand, TracedArray) else operand.ndim:
            refuse_selection(f"numpy.{name} of a selection and an array")
        return operand

    def __len__(self) -> int:
        refuse_selection("len()")

    def __iter__(self) -> NoReturn:
        refuse_selection("iteration")

    def __getitem__(self, _: Any) -> NoReturn:
        refuse_selection("indexing")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        refuse_selection(f".{name}")


def refuse_selection(what: str) -> NoReturn:
    """Raises the error for what would need an array whose size depends on data."""
    message = f"{what} needs x[mask], whose size depends on data"
    hint = "use tessel.where(mask, x, other), which keeps the shape"
    raise UnsupportedError(message, place=user_place(), hint=hint)


def same_value(one: ir.Value, other: ir.Value) -> bool:
    """Whether two values are computed alike: `x > 0` written twice is one mask."""
    if one == other:
        return True
    if isinstance(one, ir.BlockArgument) or isinstance(other, ir.BlockArgument):
        return False
    left, right = one.owner.operation, other.owner.operation
    if left.name != right.name:
        return False
    pairs = list(zip(left.operands, right.operands, strict=False))
    equal_counts = len(left.operands) == len(right.operands) == len(pairs)
    return (
        equal_counts
        and _attributes(left) == _attributes(right)
        and all(same_value(a, b) for a, b in pairs)
    )


def _attributes(operation: ir.Operation) -> dict[str, str]:
    return {name: str(operation.attributes[name]) for name in operation.attributes}


def _limit(dtype: np.dtype, lowest: bool) -> Any:
    if is_float(dtype):
        return -np.inf if lowest else np.inf
    if is_integer(dtype):
        return np.iinfo(dtype).min if lowest else np.iinfo(dtype).max
    return not lowest
