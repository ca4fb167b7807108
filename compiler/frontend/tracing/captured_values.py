"""What a function reads besides its arguments, and whether it still is what it was.

A trace holds globals, closed-over variables, and attributes of objects as they were. What is small
(numbers, strings, flags, tuples, dicts, arrays up to INLINE_LIMIT, the user's own functions) is
compared before each call, defaults of parameters as well. Larger arrays are weights: compared by
identity, and one of them at each call by a sample of its elements.

The names come from the code of the function and of all that it may call: a name that is read only
in a branch that was not taken counts, too. What is state of the function, and an argument of its
program (`frontend/state`), does not count.
"""

import copy
import functools
import itertools
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError, DTypeError, ShapeError
from tessel.compiler.frontend.tracing.code_names import Names, names_of
from tessel.compiler.frontend.tracing.contents import (
    CONSTANTS,
    CONTAINERS,
    LARGEST_CONTAINER,
    content_of,
    is_weight,
    sample_of,
    words_of,
)
from tessel.compiler.locations import is_library, user_location


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
    excluded: "Excluded" = field(default_factory=lambda: NOTHING)

    def __post_init__(self) -> None:
        self._contents = [(one, self._content(one.value)) for one in self.reads]
        self._weights = {one.path: one.value for one in self.reads if is_weight(one.value)}
        self._samples = [
            (path, sample, sample.tobytes())
            for path, sample in ((path, sample_of(one)) for path, one in self._weights.items())
        ]
        self.holds: Callable[[], bool] | None = self._check() if self.reads else None

    def _content(self, value: Any) -> Any:
        return content_of(value, self.excluded.holders)

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
                if content is None or is_weight(now) or self._content(now) != content:
                    return f"{one.path} was {words_of(one.value)} and is {words_of(now)}"
                equal[position] = now
            elif self._content(now) != content:
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
            if isinstance(one.value, np.ndarray) and content is not None:
                names[f"b{position}"] = one.value.tobytes()
                tests.append(f"{was}.tobytes() == b{position}")
            elif isinstance(one.value, CONTAINERS) and content is not None:
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


@dataclass(frozen=True)
class Excluded:
    """What is not compared, by ids: slots of holders, and holders with all that they hold."""

    slots: frozenset[tuple[int, Any]] = frozenset()
    holders: frozenset[int] = frozenset()


NOTHING = Excluded()


def captured_by(
    function: Callable[..., Any], statics: list[Any], excluded: Excluded = NOTHING
) -> CapturedValues:
    """What `function` reads now; `statics` are objects among its arguments."""
    return CapturedValues(_walked(function, statics).found(excluded), excluded)


@dataclass(frozen=True)
class Reached:
    """What a function may reach by name: where it begins, all that was found, and the names."""

    roots: list[tuple[str, Any]]
    found: list[tuple[str, Any]]
    names: frozenset[str]


def reached_by(function: Callable[..., Any], statics: list[Any]) -> Reached:
    """Functions and objects that a function may reach by name, as a user writes them."""
    walk = _walked(function, statics)
    roots = walk.roots()
    walk.found(NOTHING)
    return Reached(roots, walk.roots(), walk.names())


def _walked(function: Callable[..., Any], statics: list[Any]) -> "_Walk":
    walk = _Walk()
    walk.callable(function)
    for one in statics:
        walk.object("self", one)
    return walk


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
                if vars(value):
                    self.object(value.__name__, value)

    def object(self, path: str, value: Any) -> None:
        """Notes an object whose attributes may be read."""
        if id(value) in self._objects or isinstance(value, (*CONSTANTS, np.ndarray)):
            return
        if isinstance(value, ModuleType):
            if is_library(getattr(value, "__file__", None) or "") or _is_built_in(value):
                return
        elif not hasattr(value, "__dict__") and not hasattr(type(value), "__slots__"):
            return
        self._objects[id(value)] = (path, value)

    def roots(self) -> list[tuple[str, Any]]:
        """Functions and objects, with their paths."""
        functions = [(one.__name__, one) for one in self._functions.values()]
        return [*self._objects.values(), *functions]

    def names(self) -> frozenset[str]:
        """All names that the code reads or assigns."""
        kinds = ("globals", "attributes", "stored_globals", "stored_attributes")
        return frozenset().union(*(getattr(one, kind) for one in self._codes for kind in kinds))

    def found(self, excluded: Excluded) -> list[_Read]:
        """All reads but those of what is excluded, when functions and objects lead nowhere new."""
        attributes: dict[tuple[int, str], _Read] = {}
        while True:
            before = len(self._functions), len(self._objects), len(attributes)
            names = self.names()
            for path, owner in list(self._objects.values()):
                for name in sorted(names):
                    self._read_attribute(path, owner, name, attributes)
            if before == (len(self._functions), len(self._objects), len(attributes)):
                break
        reads = [
            _Read(name, holder, f"{{}}[{name!r}]", holder[name])
            for holder, name in self._globals.values()
            if (id(holder), name) not in excluded.slots
        ]
        reads += [
            _Read(name, cell, "{}.cell_contents", cell.cell_contents)
            for cell, name in self._cells.values()
            if (id(cell), "") not in excluded.slots
        ]
        reads += [
            one
            for (_, name), one in attributes.items()
            if not excluded.slots & {(at, name) for at in _found_in(one.holder, name)}
        ]
        reads += self._defaults
        # A container is compared with its items, but for what those hold.
        held = (np.ndarray, *CONTAINERS)
        reads += [one for one in self._items.values() if isinstance(one.value, held)]
        reads = [one for one in reads if id(one.holder) not in excluded.holders]
        return [one for one in reads if _is_compared(one.value)]

    def _read_names(self, function: FunctionType) -> None:
        names = names_of(function.__code__)
        self._codes.append(names)
        for name in sorted(names.globals | names.stored_globals):
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
        read = _Read(whole, owner, f"{{}}.{name}", value)
        if not isinstance(value, FunctionType) and read.now() is value:  # no method of its class
            found[id(owner), name] = read
        self._follow(whole, value)

    def _follow(self, path: str, value: Any) -> None:
        if isinstance(value, dict | list | tuple | deque) and len(value) <= LARGEST_CONTAINER:
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


def _found_in(owner: Any, name: str) -> list[int]:
    """Ids of what may hold an attribute: an object, or its classes where it has none itself."""
    if name in getattr(owner, "__dict__", {}):
        return [id(owner)]
    return [id(owner), *map(id, owner.__mro__ if isinstance(owner, type) else type(owner).__mro__)]


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
