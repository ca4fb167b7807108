"""What a function reads besides its arguments, and whether it still is what it was.

A trace holds globals, closed-over variables, and attributes of objects as they were. What is small
(numbers, strings, flags, tuples, dicts, arrays up to INLINE_LIMIT, the user's own functions) is
compared before each call, defaults of parameters as well. Larger arrays are weights: compared by
identity, and one of them at each call by a sample of its elements.

The names come from the code of the function and of all that it may call: a name that is read only
in a branch that was not taken counts, too. Names that the code itself assigns do not count.
"""

import copy
import enum
import functools
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError, DTypeError, ShapeError
from tessel.compiler.frontend.tracing.code_names import Names, names_of
from tessel.compiler.frontend.tracing.static_key import static_key
from tessel.compiler.frontend.tracing.traced_value import INLINE_LIMIT
from tessel.compiler.locations import is_library, user_location

_CONSTANTS = (type(None), bool, int, float, complex, str, bytes, enum.Enum, np.generic, np.dtype)

_LARGEST_CONTAINER = 64
"""Elements of a dict or list up to which all are compared."""

_SAMPLED = {0: 1, 1: 16, 2: 4, 3: 3}
"""Sampled elements along each axis, by rank; 2 for higher ranks."""


@dataclass(frozen=True)
class _Read:
    """One value that a function reads: `text` fetches it from `holder`, `path` tells a user."""

    path: str
    holder: Any
    text: str
    value: Any

    def now(self) -> Any:
        """The value that is there now; a fresh object where it is gone."""
        try:
            return eval(self.text.format("holder"), {"holder": self.holder})
        except (LookupError, TypeError, AttributeError, ValueError):
            return object()


@dataclass
class CapturedValues:
    """The values that a function read when it was traced."""

    reads: list[_Read] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._contents = [(one, _content(one.value)) for one in self.reads]
        self._weights = {one.path: one.value for one in self.reads if _is_weight(one.value)}
        self._samples = [
            (path, sample, sample.tobytes())
            for path, sample in ((path, _sample(one)) for path, one in self._weights.items())
        ]
        self.holds: Callable[[], bool] | None = self._check() if self.reads else None

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The large arrays, by the names under which the function reads them."""
        return self._weights

    def change(self) -> str | None:
        """What has changed, in words; None where all is as it was."""
        equal: dict[int, Any] = {}
        for position, (one, content) in enumerate(self._contents):
            now = one.now()
            if now is not one.value:
                if content is None or _is_weight(now) or _content(now) != content:
                    return f"{one.path} was {_words(one.value)} and is {_words(now)}"
                equal[position] = now
            elif _content(now) != content:
                return f"the contents of {one.path} changed"
        for path, sample, before in self._samples:
            if sample.tobytes() != before:
                return f"the array {path} changed in place (found by a sample: call update() then)"
        if equal:
            # From here on these are the objects to find. Not before all is known to be as it was:
            # `_check` compares with what objects hold when it is made.
            for position, now in equal.items():
                one, content = self._contents[position]
                self.reads[position] = _Read(one.path, one.holder, one.text, now)
                self._contents[position] = (self.reads[position], content)
            self.holds = self._check()
        return None

    def _check(self) -> Callable[[], bool]:
        """A function that compares all, as cheap as Python can.

        What is not the same object as before is looked at closely.
        """
        names: dict[str, Any] = {"closely": self._holds_closely}
        tests: list[str] = []
        for position, (one, content) in enumerate(self._contents):
            here, was = f"h{position}", f"v{position}"
            names[here], names[was] = one.holder, one.value
            tests.append(f"{one.text.format(here)} is {was}")
            if isinstance(one.value, np.ndarray) and not _is_weight(one.value):
                names[f"b{position}"] = one.value.tobytes()
                tests.append(f"{was}.tobytes() == b{position}")
            elif type(one.value) in (dict, list) and content is not None:
                names[f"b{position}"] = copy.copy(one.value)
                tests.append(f"{was} == b{position}")
        if self._samples:
            turns = itertools.cycle(
                [(sample.tobytes, before) for _, sample, before in self._samples]
            )
            names["turn"] = turns.__next__
            tests.append("(t := turn())[0]() == t[1]")
        text = "def holds():\n try:\n  if " + " and ".join(tests) + ": return True\n"
        text += " except (LookupError, TypeError, AttributeError, ValueError): pass\n"
        text += " return closely()\n"
        exec(text, names)
        return names["holds"]

    def _holds_closely(self) -> bool:
        return self.change() is None


def captured_by(function: Callable[..., Any], statics: list[Any]) -> CapturedValues:
    """What `function` reads now; `statics` are objects among its arguments."""
    walk = _Walk()
    walk.callable(function)
    for one in statics:
        walk.object("self", one)
    return CapturedValues(walk.found())


class _Walk:
    """Follows names from a function's code to values, and to the code of what it may call."""

    def __init__(self) -> None:
        self._codes: list[Names] = []
        self._functions: dict[int, FunctionType] = {}
        self._objects: dict[int, tuple[str, Any]] = {}
        self._globals: dict[tuple[int, str], tuple[dict[str, Any], str]] = {}
        self._cells: dict[int, tuple[CellType, str]] = {}
        self._items: dict[tuple[int, Any], _Read] = {}
        self._defaults: list[_Read] = []

    def callable(self, value: Any) -> None:
        """Notes a function, or what wraps one."""
        while True:
            if isinstance(value, MethodType):
                self.object("self", value.__self__)
                value = value.__func__
            elif isinstance(value, functools.partial):
                for one in (*value.args, *value.keywords.values()):
                    self.object("argument", one)
                value = value.func
            elif hasattr(type(value), "__wrapped__") or "__wrapped__" in getattr(
                value, "__dict__", ()
            ):
                self._own(value)
                value = value.__wrapped__
            else:
                break
        self._own(value)

    def _own(self, value: Any) -> None:
        if isinstance(value, FunctionType) and not is_library(value.__code__.co_filename):
            if id(value) not in self._functions:
                self._functions[id(value)] = value
                self._read_names(value)

    def object(self, path: str, value: Any) -> None:
        """Notes an object whose attributes may be read."""
        if id(value) in self._objects or isinstance(value, (*_CONSTANTS, np.ndarray)):
            return
        if isinstance(value, ModuleType):
            if is_library(getattr(value, "__file__", None) or "") or _is_built_in(value):
                return
        elif not hasattr(value, "__dict__") and not hasattr(type(value), "__slots__"):
            return
        self._objects[id(value)] = (path, value)

    def found(self) -> list[_Read]:
        """All reads, when functions and objects lead nowhere new."""
        attributes: dict[tuple[int, str], _Read] = {}
        while True:
            before = len(self._functions), len(self._objects), len(attributes)
            names = frozenset().union(*(one.attributes for one in self._codes))
            for path, owner in list(self._objects.values()):
                for name in sorted(names):
                    self._read_attribute(path, owner, name, attributes)
            if before == (len(self._functions), len(self._objects), len(attributes)):
                break
        stored = frozenset().union(*(one.stored_attributes for one in self._codes))
        cells = frozenset().union(*(one.stored_cells for one in self._codes))
        globals_ = frozenset().union(*(one.stored_globals for one in self._codes))
        reads = [
            _Read(name, holder, f"{{}}[{name!r}]", holder[name])
            for holder, name in self._globals.values()
            if name not in globals_
        ]
        reads += [
            _Read(name, cell, "{}.cell_contents", cell.cell_contents)
            for cell, name in self._cells.values()
            if name not in cells
        ]
        reads += [one for (_, name), one in attributes.items() if name not in stored]
        reads += self._defaults
        # A container is compared with its items, but for what those hold.
        held = (np.ndarray, dict, list)
        reads += [one for one in self._items.values() if isinstance(one.value, held)]
        return [one for one in reads if _is_compared(one.value)]

    def _read_names(self, function: FunctionType) -> None:
        names = names_of(function.__code__)
        self._codes.append(names)
        for name in sorted(names.globals):
            if name in function.__globals__:
                value = function.__globals__[name]
                self._globals[id(function.__globals__), name] = (function.__globals__, name)
                self._follow(name, value)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                value = cell.cell_contents
            except ValueError:
                continue  # not bound yet
            self._cells[id(cell)] = (cell, name)
            self._follow(name, value)
        self._read_defaults(function)

    def _read_defaults(self, function: FunctionType) -> None:
        code, defaults = function.__code__, function.__defaults__ or ()
        last = code.co_varnames[: code.co_argcount][code.co_argcount - len(defaults) :]
        keys = [
            *(("__defaults__", position, name) for position, name in enumerate(last)),
            *(("__kwdefaults__", name, name) for name in function.__kwdefaults__ or ()),
        ]
        for attribute, key, name in keys:
            value = getattr(function, attribute)[key]
            text = f"{{}}.{attribute}[{key!r}]"
            self._defaults.append(_Read(name, function, text, value))
            self._follow(name, value)

    def _read_attribute(
        self, path: str, owner: Any, name: str, found: dict[tuple[int, str], _Read]
    ) -> None:
        if (id(owner), name) in found or name.startswith("__"):
            return
        value = _attribute(owner, name)
        if value is _ABSENT:
            return
        if isinstance(value, property):
            self.callable(value.fget)
            return
        whole = f"{path}.{name}"
        if not isinstance(value, FunctionType | staticmethod | classmethod):
            found[id(owner), name] = _Read(whole, owner, f"{{}}.{name}", value)
        self._follow(whole, value)

    def _follow(self, path: str, value: Any) -> None:
        if isinstance(value, dict | list | tuple) and len(value) <= _LARGEST_CONTAINER:
            for key, one in value.items() if isinstance(value, dict) else enumerate(value):
                if (id(value), key) in self._items or not isinstance(key, str | int):
                    continue
                step = f"[{key!r}]"
                self._items[id(value), key] = _Read(path + step, value, "{}" + step, one)
                self._follow(path + step, one)
            return
        self.callable(getattr(value, "__func__", value))
        self.object(path, value)
        if not isinstance(value, type):
            self.callable(vars(type(value)).get("__call__"))


_ABSENT = object()


def _attribute(owner: Any, name: str) -> Any:
    """What an attribute is, without running a property."""
    inside = getattr(owner, "__dict__", {})
    if name in inside:
        return inside[name]
    for cls in (owner if isinstance(owner, type) else type(owner)).__mro__[:-1]:
        if name in vars(cls):
            value = vars(cls)[name]
            is_slot = type(value).__name__ == "member_descriptor"
            return getattr(owner, name, _ABSENT) if is_slot else value
    return _ABSENT


def _is_built_in(module: ModuleType) -> bool:
    return getattr(module, "__spec__", None) is not None and not hasattr(module, "__file__")


def _is_compared(value: Any) -> bool:
    """Whether a value may be replaced, and is none of a library's."""
    if isinstance(value, ModuleType | np.ufunc | BuiltinFunctionType):
        return False
    if isinstance(value, FunctionType):
        return not is_library(value.__code__.co_filename)
    if isinstance(value, type):
        module = sys.modules.get(value.__module__)
        return not is_library(getattr(module, "__file__", None) or "<frozen ")
    # NumPy's functions are objects of a class of its own.
    of_numpy = type(value).__module__.partition(".")[0] == "numpy"
    return not of_numpy or isinstance(value, np.ndarray | np.generic | np.dtype)


def _is_weight(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.nbytes > INLINE_LIMIT


def _content(value: Any) -> Any:
    """What to compare of a value beside its identity; None for nothing."""
    if _is_weight(value):
        return None
    if isinstance(value, (*_CONSTANTS, np.ndarray)):
        return static_key(value)
    if isinstance(value, tuple):
        return tuple(_content(one) or id(one) for one in value)
    if type(value) in (dict, list) and len(value) <= _LARGEST_CONTAINER:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return tuple((static_key(key), _content(one) or id(one)) for key, one in items)
    return None if not isinstance(value, FunctionType) else id(value)


def _sample(array: np.ndarray) -> np.ndarray:
    """A few elements, as a view."""
    count = _SAMPLED.get(array.ndim, 2)
    return array[tuple(slice(None, None, max(1, -(-size // count))) for size in array.shape)]


def _words(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array {value.dtype}{list(value.shape)}"
    if isinstance(value, FunctionType) or not isinstance(value, (*_CONSTANTS, tuple)):
        return f"another {type(value).__name__}" if not isinstance(value, dict | list) else "other"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def replace_weights(
    captured: Sequence[CapturedValues], arrays: Mapping[str, np.ndarray], function: str
) -> None:
    """Writes `arrays` into the large arrays of these names.

    Raises ArgumentError for an unknown name, ShapeError or DTypeError for what does not fit.
    """
    known = {path: array for one in captured for path, array in one.weights.items()}
    for path, array in arrays.items():
        if path not in known:
            names = ", ".join(known) or "none"
            message = f"{function}() closes over no large array {path!r}"
            raise ArgumentError(message, location=user_location(), hint=f"it has {names}")
        target, value = known[path], np.asarray(array)
        if value.shape != target.shape:
            message = f"{path} has shape {target.shape}, not {value.shape}"
            raise ShapeError(message, location=user_location())
        if value.dtype != target.dtype:
            message = f"{path} has dtype {target.dtype}, not {value.dtype}"
            raise DTypeError(message, location=user_location(), hint="cast it with .astype")
        if not target.flags.writeable:
            raise ArgumentError(f"{path} is a read-only array", location=user_location())
    for path, array in arrays.items():
        np.copyto(known[path], array)
