"""Runs unmodified NumPy functions while tracing, where `np.zeros(n)` must be writable.

NumPy's creation functions cannot be overridden by its protocols. The traced function therefore
runs with a copy of its globals in which `numpy` is `TracingNumPy`, NumPy's creation functions
imported by name are ours, loops over ranges can become loops of the program (`loop_rewrite.py`),
and the user's own functions are substituted in the same way. Nothing
global changes, so other threads see NumPy as it is.
"""

import functools
from collections.abc import Callable
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend import loop_capture, loop_carry, loop_rewrite
from tessel.compiler.frontend.apply import traced
from tessel.compiler.frontend.array_api import creation, manipulation, special
from tessel.compiler.frontend.call_rewrite import CALLEE, ITEMS
from tessel.compiler.frontend.flat_elements import as_array
from tessel.compiler.frontend.trace import current_trace
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import is_library, user_place
from tessel.dialects.dim import Dim
from tessel.dialects.types import SUPPORTED_DTYPES

Shape = int | TracedArray | tuple[Any, ...] | list[Any]


def full(shape: Shape, fill_value: Any, dtype: Any = None, **_: Any) -> Any:
    """`numpy.full` as an array of the current trace; sizes may be traced integers."""
    if current_trace() is None:
        return np.full(shape, fill_value, dtype)
    if isinstance(fill_value, TracedArray):
        value = fill_value if dtype is None else fill_value.astype(dtype)
    else:
        value = traced(np.asarray(fill_value, dtype))
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    return _as_array(manipulation.broadcast_to(value, tuple(sizes)))


def zeros(shape: Shape, dtype: Any = np.float64, **_: Any) -> Any:
    """`numpy.zeros` as an array of the current trace."""
    return full(shape, 0, np.float64 if dtype is None else dtype)


def ones(shape: Shape, dtype: Any = np.float64, **_: Any) -> Any:
    """`numpy.ones` as an array of the current trace."""
    return full(shape, 1, np.float64 if dtype is None else dtype)


def array(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.array` as an array of the current trace; lists may hold traced numbers."""
    if isinstance(value, TracedArray):
        order, copy = options.get("order") or "K", options.get("copy", True)
        return as_array(value, dtype, order, copy)
    if current_trace() is None:
        return np.array(value, dtype, **options)
    if isinstance(value, list | tuple) and _holds_traced(value):
        stacked = manipulation.stack([array(one) for one in value])
        return stacked if dtype is None else stacked.astype(dtype)
    return _as_array(traced(np.array(value, dtype, **options)))


def _as_array(x: TracedArray) -> TracedArray:
    """x, which also of rank 0 is an array and none of NumPy's scalars."""
    x.storage.is_scalar = False
    return x


def asarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.asarray` as an array of the current trace; a traced array itself where it can be."""
    if isinstance(value, TracedArray):
        return as_array(value, dtype, options.get("order") or "K", options.get("copy"))
    return array(value, dtype, **options)


def ascontiguousarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.ascontiguousarray`: a traced array itself where it can be."""
    found = asarray(value, dtype, order="C", **options)
    return found.reshape(1) if isinstance(found, TracedArray) and not found.ndim else found


def asfortranarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    """`numpy.asfortranarray`: a traced array itself where it can be."""
    found = asarray(value, dtype, order="F", **options)
    return found.reshape(1) if isinstance(found, TracedArray) and not found.ndim else found


class _ArrayClass(type):
    """What `isinstance(x, np.ndarray)` asks."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, np.ndarray | TracedArray)


class ndarray(metaclass=_ArrayClass):
    """`numpy.ndarray`: called, an array of zeros of the current trace."""

    def __new__(cls, shape: Shape, dtype: Any = np.float64, **options: Any) -> Any:
        return zeros(shape, dtype, **options)


def _made_by(function: Callable[..., np.ndarray]) -> Callable[..., Any]:
    """A creation function whose result becomes an array of the trace, so that it can be written."""

    @functools.wraps(function)
    def create(*args: Any, **kwargs: Any) -> Any:
        return _as_made(function(*args, **kwargs))

    return create


def _arange(*args: Any, **kwargs: Any) -> Any:
    """`numpy.arange`, also between sizes of arrays."""
    if any(isinstance(one, Dim | TracedArray) for one in (*args, *kwargs.values())):
        return creation.arange(*args, **kwargs)
    return _as_made(np.arange(*args, **kwargs))


def _as_made(result: Any) -> Any:
    """New arrays of NumPy's as arrays of the current trace."""
    if isinstance(result, list | tuple):
        return type(result)(map(_as_made, result))
    is_array = isinstance(result, np.ndarray) and result.dtype in SUPPORTED_DTYPES
    return traced(result) if is_array and current_trace() is not None else result


_LOOPS = {loop_rewrite.ATTEMPTS: loop_capture.attempts, loop_rewrite.UNBOUND: loop_carry.UNBOUND}
"""What the code of rewritten loops looks up."""

_MADE = (
    *("blackman", "copy", "diag", "diagflat", "empty_like", "eye", "frombuffer"),
    *("fromfunction", "fromiter", "fromstring", "full_like", "geomspace", "hamming", "hanning"),
    *("identity", "indices", "linspace", "logspace", "meshgrid", "ones_like", "tri", "vander"),
    *("zeros_like", "tile", "bartlett", "kaiser", "asfortranarray"),
)
"""Functions of NumPy that make arrays out of numbers, or like other arrays."""

_CREATION: dict[Callable[..., Any], Callable[..., Any]] = {
    **{getattr(np, name): _made_by(getattr(np, name)) for name in _MADE},
    np.arange: _arange,
    np.array: array,
    np.asarray: asarray,
    np.asanyarray: asarray,
    np.ascontiguousarray: ascontiguousarray,
    np.asfortranarray: asfortranarray,
    np.empty: zeros,
    np.full: full,
    np.ndarray: ndarray,
    np.ones: ones,
    np.zeros: zeros,
}
"""NumPy's functions that make arrays; `empty` gives zeros."""

_TAKE_FUNCTIONS = (map, filter, sorted, min, max, functools.reduce, functools.partial)
"""What calls the functions that it is given."""

_COPIES = ("astype", "copy", "flatten", "repeat")
"""Methods of NumPy's arrays that give new ones."""


class TracingSciPy(ModuleType):
    """`scipy`, or `scipy.special`, as a traced function sees it."""

    def __init__(self, module: ModuleType):
        super().__init__(module.__name__, module.__doc__)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, ModuleType) and value.__name__ == "scipy.special":
            return TracingSciPy(value)
        return special.FUNCTIONS.get(name, value) if special.is_of_scipy(value) else value


class TracingNumPy(ModuleType):
    """The module `numpy` as a traced function sees it."""

    def __init__(self) -> None:
        super().__init__("numpy", np.__doc__)

    def __getattr__(self, name: str) -> Any:
        value = getattr(np, name)
        return _CREATION.get(value, value) if callable(value) and _is_hashable(value) else value


def with_tracing_numpy(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with NumPy, and the user's functions that it calls, as tracing needs them.

    Anything but a plain Python function is returned as it is.
    """
    trace = current_trace()
    if trace is None:
        return _Substitution().of(function)
    if trace.substitution is None:
        trace.substitution = _Substitution()
    return trace.substitution.callee(function)


class _Substitution:
    """Substituted functions of one trace; functions of one module share one copy of its globals."""

    def __init__(self) -> None:
        self._numpy = TracingNumPy()
        self._globals: dict[int, dict[str, Any]] = {}
        self._functions: dict[int, FunctionType] = {}

    def of(self, value: Any) -> Any:
        """What stands for a value that a traced function finds under a name."""
        if value is np:
            return self._numpy
        if isinstance(value, ModuleType) and value.__name__ in ("scipy", "scipy.special"):
            return TracingSciPy(value)
        if isinstance(value, FunctionType):
            if special.is_of_scipy(value):
                return special.FUNCTIONS.get(value.__name__, value)
            return self._function(value) if _is_users(value) else _CREATION.get(value, value)
        if callable(value) and _is_hashable(value):
            return _CREATION.get(value, value)
        return value

    def callee(self, value: Any) -> Any:
        """What to call in place of `value`."""
        kind = type(value)
        if kind is MethodType:
            function = value.__func__
            is_users = isinstance(function, FunctionType) and _is_users(function)
            return MethodType(self._function(function), value.__self__) if is_users else value
        if kind is functools.partial:
            return functools.partial(self.callee(value.func), *value.args, **value.keywords)
        if kind is BuiltinFunctionType and isinstance(value.__self__, np.ndarray):
            return _array_method(value.__self__, value)
        if any(value is one for one in _TAKE_FUNCTIONS):
            return self._given_functions(value)
        if isinstance(value, type):
            begin = value.__init__
            if kind is type and isinstance(begin, FunctionType) and _is_users(begin):
                return functools.partial(self._construct, value)
            return self.of(value)
        called = vars(kind).get("__call__")
        if isinstance(called, FunctionType) and _is_users(called):
            return MethodType(self._function(called), value)
        return self.of(value)

    def items(self, value: Any) -> Any:
        """What to index in place of `value`."""
        if isinstance(value, np.ndarray):
            return _Items(value)
        return _Grid(value) if isinstance(value, _GRIDS) else value

    def _given_functions(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            given = [self.callee(one) if callable(one) else one for one in args]
            named = {
                name: self.callee(one) if callable(one) else one for name, one in kwargs.items()
            }
            return function(*given, **named)

        return call

    def _construct(self, cls: type, *args: Any, **kwargs: Any) -> Any:
        """An object as `type.__call__` makes it."""
        make: Any = cls.__new__
        made = make(cls) if make is object.__new__ else make(cls, *args, **kwargs)
        if isinstance(made, cls):
            self.callee(made.__init__)(*args, **kwargs)  # type: ignore[misc]
        return made

    def _function(self, function: FunctionType) -> FunctionType:
        if CALLEE in function.__globals__:
            return function  # rewritten code has made it, and shares its variables
        made = self._functions.get(id(function))
        if made is not None:
            return made
        cells = tuple(CellType() for _ in function.__closure__ or ())
        code = loop_rewrite.rewrite_loops(function.__code__) or function.__code__
        own = dict(zip(function.__code__.co_freevars, cells))
        made = FunctionType(
            code,
            self._namespace(function.__globals__),
            function.__name__,
            function.__defaults__,
            tuple(own[name] for name in code.co_freevars),
        )
        made.__kwdefaults__ = function.__kwdefaults__
        # Before the cells are filled: a recursive function finds itself in one of them.
        self._functions[id(function)] = made
        for new, old in zip(cells, function.__closure__ or ()):
            _fill(new, old, self)
        return made

    def _namespace(self, names: dict[str, Any]) -> dict[str, Any]:
        copy = self._globals.get(id(names))
        if copy is None:
            copy = self._globals[id(names)] = dict(names)
            for name, value in names.items():
                copy[name] = self.of(value)
            copy |= _LOOPS | {CALLEE: self.callee, ITEMS: self.items}
        return copy


_GRIDS = tuple({cls for one in (np.mgrid, np.r_, np.c_) for cls in type(one).__mro__[:-1]})
"""Classes of objects that make arrays of what they are indexed by."""


class _Grid:
    """`numpy.mgrid` and the like: what they make can be written to."""

    def __init__(self, grid: Any):
        self._grid = grid

    def __getitem__(self, index: Any) -> Any:
        return _as_made(self._grid[index])


class _Items:
    """An array of NumPy's as the code of a traced function indexes it."""

    def __init__(self, array: np.ndarray):
        self._array = array

    def __getitem__(self, index: Any) -> Any:
        return traced(self._array)[index] if _needs_trace(index) else self._array[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        if _needs_trace(index) or _holds_traced(value):
            message = "an array that was not made in the compiled function is written to"
            hint = "copy it there with numpy.array, or pass it as an argument"
            raise UnsupportedError(message, place=user_place(), hint=hint)
        self._array[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._array[index]  # type: ignore[attr-defined]  # NumPy's own error


def _needs_trace(index: Any) -> bool:
    if isinstance(index, slice):
        return _needs_trace((index.start, index.stop, index.step))
    if isinstance(index, tuple | list):
        return any(map(_needs_trace, index))
    return isinstance(index, TracedArray | Dim)


def _array_method(array: np.ndarray, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of an array of NumPy's, which may be given traced ones."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if _holds_traced((*args, *kwargs.values())):
            return getattr(traced(array), method.__name__)(*args, **kwargs)
        result = method(*args, **kwargs)
        return _as_made(result) if method.__name__ in _COPIES else result

    return call


def _fill(new: CellType, old: CellType, substitution: _Substitution) -> None:
    try:
        new.cell_contents = substitution.of(old.cell_contents)
    except ValueError:
        return  # an empty cell: the name is not bound yet


def _is_users(function: FunctionType) -> bool:
    """Whether a function is the user's own, and not of a library."""
    return not is_library(function.__code__.co_filename)


def _is_hashable(value: Any) -> bool:
    return type(value).__hash__ is not None


def _holds_traced(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_traced(one) for one in value)
    return isinstance(value, TracedArray)
