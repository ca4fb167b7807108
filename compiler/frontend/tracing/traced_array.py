"""The array that stands for data while a function is traced.

It behaves as `numpy.ndarray` does: NumPy's functions, operators, indexing and in-place assignment
work on it through NumPy's own protocols. What needs its values (`if`, `int()`, iteration over a
size that is not known) is refused with the user's line and what to write instead.
"""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import AxisError, ControlFlowError, UnsupportedError
from tessel.compiler.frontend.tracing.layout import Layout
from tessel.compiler.frontend.tracing.region import Region, refuse_leak, regions_behind
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_value import TracedValue
from tessel.compiler.frontend.tracing.views import View, read_through, write_through
from tessel.compiler.locations import user_location
from tessel.dialects.dim import Dim
from tessel.dialects.mlir import ir
from tessel.dialects.types import is_integer


class Storage:
    """The memory of an array, as the value that it holds now.

    Inside the body of a branch or loop the region keeps the values of storages from outside.
    `is_scalar` says that its array of rank 0 is one of NumPy's scalars, which cannot be changed.
    """

    __slots__ = ("_value", "home", "is_read", "is_scalar", "trace", "version")

    def __init__(self, trace: Trace, value: ir.Value, is_scalar: bool = True):
        self.trace: Any = trace
        self._value: Any = value
        self.version, self.is_scalar, self.is_read = 0, is_scalar, False
        self.home = trace.region

    @property
    def value(self) -> ir.Value:
        return self.value_in(self.trace.region)

    def value_in(self, region: Region | None) -> ir.Value:
        """The value as the body of `region` sees it."""
        if region is self.home:
            return self._value
        if region is None:
            refuse_leak()
        return region.read(self)

    def assign(self, value: ir.Value) -> None:
        region = self.trace.region
        if region is not self.home:
            if region is None:
                refuse_leak()
            region.write(self, value)
            return
        self._value = value
        self.version += 1

    def end(self, trace: Any) -> None:
        """Forgets the value, which has no meaning after its trace."""
        self.trace, self._value, self.home = trace, None, None


class TracedArray(TracedValue):
    """An array of a trace: storage, and the views that lead from it to this array.

    `weak` is `int`, `float` or `complex` for what was a Python number, which takes the dtype of the
    arrays it meets (NEP 50), else None. `layout` is where NumPy would have put the elements.
    """

    __slots__ = (
        *("_base", "_layout", "_region", "_value", "array_type", "home", "made", "storage"),
        *("views", "weak", "__weakref__"),
    )

    # Above ndarray, whose operators then defer to ours.
    __array_priority__ = 1000.0

    def __init__(
        self,
        storage: Storage,
        views: tuple[View, ...] = (),
        weak: type | None = None,
        layout: Layout | None = None,
    ):
        self.storage, self.views, self.weak, self._layout = storage, views, weak, layout
        # A view may hold indices of the body it was made in, and must not outlive it.
        self.home = self._region = storage.trace.region
        self._base = storage.value
        self._value: Any = read_through(self._base, views)
        self.array_type = storage.trace.sizes.type_of(self._value)
        self.made = storage.trace.location
        storage.trace.adopt(self)

    @staticmethod
    def of(
        trace: Trace, value: ir.Value, weak: type | None = None, layout: Layout | None = None
    ) -> "TracedArray":
        """An array with its own storage, in row-major order unless `layout` says otherwise."""
        return TracedArray(Storage(trace, value), (), weak, layout)

    @property
    def trace(self) -> Trace:
        """The trace that this array belongs to; LeakedArrayError where it cannot be used."""
        self.storage.trace.check(self)
        return self.storage.trace

    def end(self, trace: Any) -> None:
        """Called when its trace has ended: from here on it says so, and has no value."""
        self.storage.end(trace)
        self.views, self.home = (), None
        self._base = self._region = self._value = None

    @property
    def value(self) -> ir.Value:
        """The MLIR value of this array now, after all writes to its storage so far.

        Raises LeakedArrayError where the array is used outside the trace that made it.
        """
        self.storage.trace.check(self)
        base, region = self.storage.value, self.storage.trace.region
        if base is not self._base or region is not self._region:
            if self.home is not None and self.home.closed:
                refuse_leak()
            self._value = read_through(base, self.views)
            self._base, self._region = base, region
        return self._value

    def assign(self, value: ir.Value) -> None:
        """Replaces all elements, in this array and in all that share its storage."""
        self.storage.assign(write_through(self.storage.value, self.views, value))

    def apply_view(self, step: View, layout: Layout) -> "TracedArray":
        """A part of this array that shares its storage, with `layout`."""
        storage = self.storage
        if self.is_scalar:  # NumPy's scalars cannot be changed: a view is one of a copy
            storage = Storage(self.trace, self.value, is_scalar=False)
        return TracedArray(storage, (*self.views, step), None, layout)

    @property
    def layout(self) -> Layout:
        return self._layout or Layout.contiguous(self.array_type)

    @property
    def is_scalar(self) -> bool:
        """Whether this is one of NumPy's scalars, which are values and cannot be changed."""
        elements = self.storage.trace.elements
        if elements is not None and elements.holds(self.value):
            return True  # it stands for one of them
        return not self.array_type.rank and not self.views and self.storage.is_scalar

    @property
    def is_number(self) -> bool:
        """Whether this stands for one number: it has rank 0, or stands for one element."""
        elements = self.storage.trace.elements
        return not self.ndim or (elements is not None and elements.holds(self.value))

    def copied(self, order: str = "C") -> "TracedArray":
        """A new array with these elements in row-major order ("C"), column-major ("F") or as here.

        "A" is column-major where this array is, "K" keeps the order of its axes in memory.
        """
        axes = list(range(self.ndim))
        if order == "F" or (order == "A" and self.layout.is_f_contiguous):
            axes = axes[::-1]
        elif order == "K":
            axes = self.layout.memory_order
        layout = Layout.contiguous(self.array_type, axes)
        storage = Storage(self.trace, self.value, self.is_scalar)
        return TracedArray(storage, (), None, layout)

    @property
    def dtype(self) -> np.dtype:
        return self.array_type.dtype

    @property
    def shape(self) -> tuple[Any, ...]:
        """The sizes: numbers, and `Dim`s for those that are not one number for all calls."""
        assumptions = self.trace.assumptions
        return tuple(
            assumptions.dim(size.polynomial) if isinstance(size, Dim) else size
            for size in self.array_type.shape
        )

    @shape.setter
    def shape(self, _: Any) -> NoReturn:
        message = "the shape of a traced array cannot be assigned"
        raise UnsupportedError(message, location=user_location(), hint="use x = x.reshape(shape)")

    @property
    def ndim(self) -> int:
        return self.array_type.rank

    @property
    def size(self) -> Any:
        total: Any = 1
        for size in self.shape:
            total = total * size
        return total

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> Any:
        return self.size * self.itemsize

    def __len__(self) -> int:
        if self.ndim == 0:
            raise AxisError("len() of an array of rank 0", location=user_location())
        return int(self.shape[0])

    def __iter__(self) -> Iterator["TracedArray"]:
        if self.ndim == 0:
            raise AxisError("iteration over an array of rank 0", location=user_location())
        return (self[index] for index in range(len(self)))

    def __bool__(self) -> bool:
        elements = self.trace.elements
        if elements is not None and elements.region is self.trace.region:
            return elements.decide(self)
        self._refuse("if/while/and/or/not", "use tessel.where, tessel.cond or tessel.while_loop")

    def __int__(self) -> NoReturn:
        self._refuse("int()", "use .astype(int), which stays an array")

    def __index__(self) -> NoReturn:
        self._refuse("a Python index or range()", "use tessel.while_loop, tessel.scan or slices")

    def __hash__(self) -> NoReturn:
        self._refuse("a key of a dict or set", "use a Python number, or a list")

    def __round__(self, digits: int | None = None) -> Any:
        return np.round(self, digits or 0)

    def __float__(self) -> NoReturn:
        self._refuse("float()", "use .astype(float), which stays an array")

    def __complex__(self) -> NoReturn:
        self._refuse("complex()", "use .astype(complex), which stays an array")

    def item(self, *_: Any) -> NoReturn:
        self._refuse(".item()", "return the array instead, or compute with it")

    def tolist(self) -> NoReturn:
        self._refuse(".tolist()", "return the array instead")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        hint = "use NumPy's functions on it as it is, and make lists that hold it arrays first"
        self._refuse("conversion to a NumPy array", hint)

    def __repr__(self) -> str:
        return f"TracedArray({self.array_type})"

    def __str__(self) -> str:
        self._refuse_text()
        return repr(self)

    def __format__(self, specification: str) -> str:
        self._refuse_text()
        return repr(self)

    def _refuse_text(self) -> None:
        """Texts of a loop's index, such as f"layer{i}", need it: the loop is then unrolled."""
        counts = not self.array_type.rank and is_integer(self.array_type.dtype)
        if counts and regions_behind(self.value, self.trace.region):
            self._refuse("a text", "use repr(), which shows the type")

    def _refuse(self, what: str, hint: str) -> NoReturn:
        message = f"{what} needs the value of a traced {self.array_type}"
        behind = regions_behind(self.value, self.trace.region)
        error = ControlFlowError(message, location=user_location(), hint=hint, regions=behind)
        for region in behind:
            region.refused = error
        raise error

    # Filled by `frontend/numpy/methods.py`, which needs functions that are written with this class.
    __array_ufunc__: Callable[..., Any]
    __array_function__: Callable[..., Any]
    __getitem__: Callable[..., Any]
    __setitem__: Callable[..., Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        hint = "use a function of numpy or tessel.numpy"
        raise UnsupportedError(
            f"ndarray.{name} cannot be compiled", location=user_location(), hint=hint
        )


class WatchedArray(TracedArray):
    """An array of the user's state, whose storage notes that something of it was asked."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name != "end":
            object.__getattribute__(self, "storage").is_read = True
        return object.__getattribute__(self, name)
