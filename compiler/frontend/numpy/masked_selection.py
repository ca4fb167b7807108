"""`x[mask]` with a traced mask: its size depends on data, so it exists only while computed with.

A selection keeps all elements and the mask: the axis whose size is dynamic is stored as the axes
of the mask. Elementwise functions of selections by one mask stay selections, reductions see the
chosen elements, and assignment through the same mask is a select: `x[mask] = f(x[mask])` works.
What would need an array whose size depends on data is refused.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import AxisError, UnsupportedError
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time, unchecked
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.dim import are_same
from tessel.dialects.instance import defining_op, owner_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape

Axis = int | tuple[int, ...] | None


class MaskedSelection(np.lib.mixins.NDArrayOperatorsMixin):
    """The elements of `values` where `mask` holds.

    Axes `axis` to `axis + mask.ndim - 1` of `values` are those of the mask; the selection has one
    axis instead of them.
    """

    __array_priority__ = 2000.0

    def __init__(self, values: Any, mask: Any, axis: int = 0):
        self.values = traced(values, mask.trace)
        self.mask, self.axis, self.location = mask, axis, user_location()

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    @property
    def ndim(self) -> int:
        return self.values.ndim - self.mask.ndim + 1

    @property
    def count(self) -> TracedArray:
        """How many elements the mask chooses: a traced integer."""
        return np.sum(self.mask)  # type: ignore[call-overload, return-value]

    @property
    def shape(self) -> tuple[Any, ...]:
        """The sizes; that of the chosen axis is a traced integer."""
        stored = self.values.shape
        return (*stored[: self.axis], self.count, *stored[self.axis + self.mask.ndim :])

    @property
    def size(self) -> Any:
        total: Any = 1
        for size in self.shape:
            total = total * size
        return total

    @property
    def T(self) -> "MaskedSelection":
        merged = self.merged()
        axis = merged.ndim - 1 - merged.axis
        return MaskedSelection(np.transpose(merged.values), merged.mask, axis)

    def merged(self) -> "MaskedSelection":
        """The same selection, by a mask of rank 1."""
        if self.mask.ndim == 1:
            return self
        stored = self.values.shape
        sizes = (*stored[: self.axis], -1, *stored[self.axis + self.mask.ndim :])
        flat = TracedArray.of(self.mask.trace, np.reshape(self.mask, -1).value)  # type: ignore
        return MaskedSelection(np.reshape(self.values, sizes), flat, self.axis)

    def with_values(self, values: Any) -> "MaskedSelection":
        """Other elements chosen by the same mask; axes may be missing or more in front."""
        back = self.ndim - self.axis
        stored = traced(values, self.mask.trace)
        return MaskedSelection(stored, self.mask, stored.ndim - self.mask.ndim + 1 - back)

    def holds(self) -> Any:
        """The mask, broadcastable to the values."""
        behind = self.values.ndim - self.axis - self.mask.ndim
        return np.reshape(self.mask, (*self.mask.shape, *[1] * behind))

    def filled(self, number: Any) -> Any:
        """The values, with `number` where the mask does not hold."""
        return np.where(self.holds(), self.values, cast_to(number, self.dtype))

    def stored_axes(self, axis: Axis) -> tuple[tuple[int, ...], bool]:
        """The axes of `values` for axes of the selection; whether its own is among them."""
        given = range(self.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        found: list[int] = []
        for one in given:
            if not -self.ndim <= one < self.ndim:
                message = f"axis {one} is out of range for an array of rank {self.ndim}"
                raise AxisError(message, location=user_location())
            position = one % self.ndim
            if position == self.axis:
                found.extend(range(position, position + self.mask.ndim))
            else:
                found.append(position if position < self.axis else position + self.mask.ndim - 1)
        return tuple(found), self.axis in {one % self.ndim for one in given}

    def aligned(self, operand: Any, name: str) -> Any:
        """An operand of an elementwise function, in the layout of the values."""
        back = self.ndim - self.axis
        if isinstance(operand, MaskedSelection):
            if operand.ndim - operand.axis != back:
                refuse_selection(f"{name} of selections along two axes")
            return operand.values if have_one_mask(operand, self) else self._numbered(operand, name)
        rank = operand.ndim if isinstance(operand, TracedArray) else np.ndim(operand)
        if rank < back:
            return operand
        array = traced(operand, self.mask.trace)
        position = rank - back
        sizes = array.shape
        if sizes[position] != 1:
            return self._spread(array, position, name)
        return np.reshape(array, (*sizes[:position], *[1] * self.mask.ndim, *sizes[position + 1 :]))

    def _spread(self, array: TracedArray, axis: int, name: str) -> Any:
        """One part of an array for each chosen element, in order; as many there must be."""
        size, count = int(array.shape[axis]), self.count
        message = f"{name} of {{value}} chosen elements and an array of {{other}}"
        check_at_run_time(np.not_equal(count, size), "ValueError", message, count, size)
        if not size:
            refuse_selection(f"{name} of a selection and an empty array")
        numbers = np.cumsum(np.reshape(self.mask, -1)) - 1  # type: ignore[operator]
        indices = np.reshape(np.clip(numbers, 0, size - 1), self.mask.shape)
        return np.take(array, indices, axis=axis)

    def _numbered(self, other: "MaskedSelection", name: str) -> Any:
        """For each chosen element the one of the same number in a selection by another mask."""
        line, count = other.merged(), self.count
        size, total = line.mask.shape[0], line.count
        if are_same(size, 0):
            refuse_selection(f"{name} of a selection and one of an empty array")
        message = f"{name} of {{value}} chosen elements and {{other}} others"
        differ = np.not_equal(count, total) & np.not_equal(total, 1)
        check_at_run_time(differ, "ValueError", message, count, total)
        numbers = np.where(np.equal(total, 1), 1, np.cumsum(np.reshape(self.mask, -1)))
        indices = np.searchsorted(np.cumsum(line.mask), np.maximum(numbers, 1))  # type: ignore[call-overload]
        inside = np.reshape(np.minimum(indices, size - 1), self.mask.shape)
        with unchecked():
            return np.take(line.values, inside, axis=line.axis)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = f"numpy.{ufunc.__name__}"
        if method == "reduce" and ufunc in _REDUCTIONS:
            kwargs.setdefault("axis", 0)
            return _REDUCTIONS[ufunc](*inputs, **kwargs)
        if ufunc is np.matmul:
            return np.dot(*inputs)  # type: ignore[no-any-return]
        out = kwargs.pop("out", None)
        if method != "__call__" or kwargs or (out is not None and out[0] is not inputs[0]):
            refuse_selection(name)
        arrays = [self.aligned(one, name) for one in inputs]
        results = ufunc(*arrays)
        if isinstance(results, tuple):
            return tuple(self.with_values(one) for one in results)
        if out is None:
            return self.with_values(results)
        # `y *= 2` on a selection, which is a copy of its own as NumPy's is.
        out[0].values = cast_to(results, out[0].dtype)
        return out[0]

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        refuse_selection("conversion to a NumPy array")

    def __len__(self) -> int:
        refuse_selection("len()", "use .shape[0] or numpy.count_nonzero(mask), which stay arrays")

    def __bool__(self) -> bool:
        refuse_selection("if/while/and/or/not")

    def __iter__(self) -> NoReturn:
        refuse_selection("iteration")

    def __repr__(self) -> str:
        return f"MaskedSelection({self.values.array_type})"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        refuse_selection(f".{name}")

    # Filled by `frontend/numpy/masked_functions.py`, which needs this class.
    __array_function__: Callable[..., Any]
    __getitem__: Callable[..., Any]
    __setitem__: Callable[..., None]


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}


def refuse_selection(what: str, hint: str = "") -> NoReturn:
    """Raises the error for what would need an array whose size depends on data."""
    message = f"{what} needs x[mask], whose size depends on data"
    hint = hint or "use tessel.where(mask, x, other), which keeps the shape"
    raise UnsupportedError(message, location=user_location(), hint=hint)


def refuse_result(chosen: MaskedSelection) -> NoReturn:
    """Raises the error for a selection that a compiled function returns."""
    message = "what a mask chose cannot be returned: its size depends on data"
    hint = "return what is computed of it, or tessel.where(mask, x, other), which keeps the shape"
    raise UnsupportedError(message, location=chosen.location, hint=hint)


def have_one_mask(one: MaskedSelection, other: MaskedSelection) -> bool:
    """Whether two selections are by the same mask."""
    return same_value(one.mask.value, other.mask.value)


def same_value(one: ir.Value, other: ir.Value) -> bool:
    """Whether two values are computed alike: `x > 0` written twice is one mask."""
    pairs, seen = [(one, other)], set()
    while pairs:
        left, right = pairs.pop()
        pair = _as_it_was(left), _as_it_was(right)
        if pair[0] == pair[1] or pair in seen:
            continue
        seen.add(pair)
        if any(isinstance(value, ir.BlockArgument) for value in pair):
            return False
        left, right = (owner_of(value) for value in pair)
        assert left is not None, "no argument of a block"
        assert right is not None, "no argument of a block"
        same = left.name == right.name and _attributes(left) == _attributes(right)
        same = same and not len(left.regions) and not len(right.regions)
        if not same or len(left.operands) != len(right.operands):
            return False
        pairs += zip(left.operands, right.operands)
    return True


def _as_it_was(value: ir.Value) -> ir.Value:
    """A value before it was reshaped to the shape that it has."""
    while (op := defining_op(value, Reshape)) and op.operands[0].type == value.type:
        value = op.operands[0]
    return value


def _attributes(operation: ir.Operation) -> dict[str, str]:
    return {name: str(operation.attributes[name]) for name in operation.attributes}
