"""Runs unmodified NumPy functions while tracing, where `np.zeros(n)` must be writable.

NumPy's creation functions cannot be overridden by its protocols. The traced function therefore
runs with a copy of its globals in which `numpy` is `TracingNumPy`, NumPy's creation functions
imported by name are ours, loops over ranges can become loops of the program (`loop_rewrite.py`),
and the user's own functions are substituted in the same way. Nothing
global changes, so other threads see NumPy as it is.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.numpy import strided_views
from tessel.compiler.frontend.numpy.functions import special
from tessel.compiler.frontend.numpy.grids import GRIDS, Grid, needs_trace
from tessel.compiler.frontend.numpy.made_arrays import CREATION, as_made, holds_traced
from tessel.compiler.frontend.numpy.methods import unsupported
from tessel.compiler.frontend.numpy.nested_lists import taking_lists
from tessel.compiler.frontend.numpy.vectorize import vectorized
from tessel.compiler.frontend.python import loop_capture, loop_carry, loop_rewrite
from tessel.compiler.frontend.python.call_rewrite import ASSIGNED, CALLEE, ITEMS
from tessel.compiler.frontend.python.extrema import of_extremum
from tessel.compiler.frontend.python.number_types import converting
from tessel.compiler.frontend.python.python_math import of_math
from tessel.compiler.frontend.python.random_draws import RandomDraws
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.host_numbers import recorded
from tessel.compiler.frontend.tracing.outside_arrays import (
    note_traced_write,
    note_write,
    writes,
    written,
)
from tessel.compiler.frontend.tracing.trace import current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import is_library, user_location


def _as_strided(x: Any, *args: Any, **kwargs: Any) -> Any:
    """`numpy.lib.stride_tricks.as_strided`, also of traced arrays."""
    is_traced = isinstance(x, TracedArray)
    function = strided_views.as_strided if is_traced else np.lib.stride_tricks.as_strided
    return function(x, *args, **kwargs)


@functools.wraps(np.take)
def _take(a: Any, indices: Any, *args: Any, **kwargs: Any) -> Any:
    """`numpy.take`, which NumPy asks `a` about alone, also of its own arrays at traced indices."""
    is_outside = isinstance(a, np.ndarray | list | tuple) and holds_traced(indices)
    return np.take(traced(a) if is_outside else a, indices, *args, **kwargs)


_LOOPS = {loop_rewrite.ATTEMPTS: loop_capture.attempts, loop_rewrite.UNBOUND: loop_carry.UNBOUND}
"""What the code of rewritten loops looks up."""

UNBOUND = object()
"""Stands for the value of a variable that was deleted."""

_TAKE_FUNCTIONS = (
    *(map, filter, sorted, functools.reduce, functools.partial),
    *(np.apply_along_axis, np.apply_over_axes, np.piecewise),
)
"""What calls the functions that it is given."""

_ANSWERS: dict[Callable[..., Any], Callable[..., Any]] = {
    **CREATION,
    np.lib.stride_tricks.as_strided: _as_strided,
    np.take: _take,
}
"""Functions that NumPy does not ask arrays about, and what is called instead of them."""

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
        if isinstance(value, FunctionType) and _is_of_scipy(value):
            return special.of_scipy(value) or _refusing(value)
        return value


class TracingNumPy(ModuleType):
    """The module `numpy` as a traced function sees it."""

    def __init__(self, draws: RandomDraws) -> None:
        super().__init__("numpy", np.__doc__)
        self.random = draws.of(np.random)

    def __getattr__(self, name: str) -> Any:
        value = getattr(np, name)
        return _ANSWERS.get(value, value) if callable(value) and _is_hashable(value) else value


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
        self._draws = RandomDraws()
        self._numpy = TracingNumPy(self._draws)
        self._globals: dict[int, _Namespace] = {}
        self._cells: list[tuple[CellType, CellType, Any]] = []
        self._functions: dict[int, FunctionType] = {}

    def of(self, value: Any) -> Any:
        """What stands for a value that a traced function finds under a name."""
        if value is np:
            return self._numpy
        if isinstance(value, ModuleType) and value.__name__ in ("scipy", "scipy.special"):
            return TracingSciPy(value)
        if isinstance(value, FunctionType):
            if _is_of_scipy(value):
                return special.of_scipy(value) or _refusing(value)
            return self._function(value) if _is_users(value) else _ANSWERS.get(value, value)
        if callable(value) and _is_hashable(value) and value in _ANSWERS:
            return _ANSWERS[value]
        return self._draws.of(value)

    def callee(self, value: Any) -> Any:
        """What to call instead of `value`."""
        kind = type(value)
        draw = self._draws.callee(value)
        if draw is not None:
            return draw
        if kind is MethodType:
            function = value.__func__
            is_users = isinstance(function, FunctionType) and _is_rewritten(function)
            return MethodType(self._function(function), value.__self__) if is_users else value
        if isinstance(value, np.vectorize):
            return functools.partial(vectorized, value, self.callee(value.pyfunc))
        if kind is functools.partial:
            return functools.partial(self.callee(value.func), *value.args, **value.keywords)
        if kind is BuiltinFunctionType and value.__module__ == "math":
            return recorded(value, of_math(value)) or of_math(value)
        if kind is BuiltinFunctionType and isinstance(value.__self__, np.ndarray):
            return _array_method(value.__self__, value)
        if value is max or value is min:
            extremum = self._given_functions(of_extremum(value))
            return recorded(value, extremum) or extremum
        if any(value is one for one in _TAKE_FUNCTIONS):
            given = self._given_functions(value)
            return recorded(value, given) or given
        convert = converting(value) if isinstance(value, type) else None
        instead = recorded(value, convert or value) or convert
        if instead is not None:
            return instead
        if isinstance(value, type):
            begin = value.__init__
            if kind is type and isinstance(begin, FunctionType) and _is_rewritten(begin):
                return functools.partial(self._construct, value)
            return self.of(value)
        called = vars(kind).get("__call__")
        if isinstance(called, FunctionType) and _is_rewritten(called):
            return MethodType(self._function(called), value)
        made = self.of(value)
        return taking_lists(made) if _is_hashable(made) else made

    def items(self, value: Any) -> Any:
        """What to index instead of `value`."""
        if isinstance(value, np.ndarray):
            return _Items(value)
        return Grid(value) if isinstance(value, GRIDS) else value

    def _given_functions(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            named = {name: self._given(one) for name, one in kwargs.items()}
            return function(*map(self._given, args), **named)

        return call

    def _given(self, argument: Any) -> Any:
        """An argument that may be a function, or a list of functions."""
        if isinstance(argument, list) and any(map(callable, argument)):
            return [self._given(one) for one in argument]
        return self.callee(argument) if callable(argument) else argument

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
        cells = tuple(map(self._cell, function.__closure__ or ()))
        code = loop_rewrite.rewrite_loops(function.__code__) or function.__code__
        own = dict(zip(function.__code__.co_freevars, cells))
        made = FunctionType(
            code,
            self._namespace(function.__globals__),
            function.__name__,
            function.__defaults__,
            tuple(own[name] for name in code.co_freevars),
        )
        made.__kwdefaults__, made.__dict__ = function.__kwdefaults__, function.__dict__
        made.__annotations__, made.__doc__ = function.__annotations__, function.__doc__
        # Before the cells are filled: a recursive function finds itself in one of them.
        self._functions[id(function)] = made
        for new, old in zip(cells, function.__closure__ or ()):
            if new is not old:
                new.cell_contents = self.of(old.cell_contents)
                self._cells.append((new, old, new.cell_contents))
        return made

    def _cell(self, cell: CellType) -> CellType:
        """The variable itself, which may be assigned, or a new one for what is substituted."""
        try:
            held = cell.cell_contents
        except ValueError:
            return cell  # it has no value yet
        is_same = not isinstance(held, FunctionType) and self.of(held) is held
        return cell if is_same else CellType()

    def _namespace(self, names: dict[str, Any]) -> dict[str, Any]:
        known = self._globals.get(id(names))
        if known is None:
            known = self._globals[id(names)] = _Namespace(names, dict(names), {})
            copy = known.copy
            for name, value in names.items():
                copy[name] = self.of(value)
            copy |= _LOOPS | {CALLEE: self.callee, ITEMS: self.items, ASSIGNED: written}
            known.before.update(copy)
        return known.copy

    def read_again(self, names: dict[str, Any]) -> None:
        """Takes the values of a module's variables again."""
        known = self._globals.get(id(names))
        for name in () if known is None else known.before.keys() | known.copy.keys():
            if known is None or name.startswith("__"):
                continue
            if name not in names:
                known.copy.pop(name, None)
            else:
                known.copy[name] = self.of(names[name])

    def write_back(self) -> None:
        """Gives the user's variables what was assigned to those that stand for them.

        Raises UnsupportedError for a module that the function was not known to reach.
        """
        trace = current_trace()
        known = None if trace is None else trace.state
        for one in self._globals.values():
            changed = one.changed()
            if changed and (known is None or not known.knows(one.names)):
                message = f"the global variable {next(iter(changed))} of another module is assigned"
                hint = "call functions of that module by a name that is known when tracing begins"
                raise UnsupportedError(message, location=user_location(), hint=hint)
            for name, value in changed.items():
                if value is UNBOUND:
                    one.names.pop(name, None)
                else:
                    one.names[name] = value
        for new, old, before in self._cells:
            if new.cell_contents is not before:
                old.cell_contents = new.cell_contents


@dataclass(frozen=True)
class _Namespace:
    """Global variables of a module, their copy for traced functions, and what it held first."""

    names: dict[str, Any]
    copy: dict[str, Any]
    before: dict[str, Any]

    def changed(self) -> dict[str, Any]:
        """Variables that were assigned, and UNBOUND for those that were deleted."""
        found = {
            name: value
            for name, value in self.copy.items()
            if not name.startswith("__") and self.before.get(name, UNBOUND) is not value
        }
        return found | dict.fromkeys(self.before.keys() - self.copy.keys(), UNBOUND)


class _Items:
    """An array of NumPy's as the code of a traced function indexes it."""

    def __init__(self, array: np.ndarray):
        self._array = array

    def __getitem__(self, index: Any) -> Any:
        return traced(self._array)[index] if needs_trace(index) else self._array[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        if needs_trace(index) or holds_traced(value):
            note_traced_write(self._array)
        note_write(self._array)
        self._array[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._array[index]  # type: ignore[attr-defined]  # NumPy's own error


def _is_rewritten(function: FunctionType) -> bool:
    """Whether a method is the user's own: those of SciPy's objects hand arrays to compiled code."""
    return _is_users(function) and not _is_of_scipy(function)


def _is_of_scipy(function: FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] == "scipy"


def _refusing(function: FunctionType) -> Callable[..., Any]:
    """A function of SciPy's that says so where it does not take traced arrays.

    Those that are written with NumPy's functions compile.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
            if not holds_traced((*args, *kwargs.values())):
                raise
            module = ".".join(one for one in function.__module__.split(".") if one[0] != "_")
            raise unsupported(function.__name__, module) from error

    return call


def _array_method(array: np.ndarray, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of an array of NumPy's, which may be given traced ones."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if writes(method):
            note_write(array)
        if holds_traced((*args, *kwargs.values())):
            return getattr(traced(array), method.__name__)(*args, **kwargs)
        result = method(*args, **kwargs)
        return as_made(result) if method.__name__ in _COPIES else result

    return call


def _is_users(function: FunctionType) -> bool:
    """Whether a function is the user's own, and not of a library."""
    return not is_library(function.__code__.co_filename)


def _is_hashable(value: Any) -> bool:
    return type(value).__hash__ is not None
