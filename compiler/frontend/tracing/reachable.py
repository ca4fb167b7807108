"""What a piece of the user's code can change besides its variables: objects that it can reach.

A loop's body is traced once and stands for all its iterations. What it does to lists, dicts, sets,
attributes, variables of closures and globals would be done once, so a loop looks at all that its
body can reach before and after, and is traced iteration by iteration where something has changed.
"""

import functools
import random
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import BuiltinMethodType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.additions import Additions
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import is_internal, is_internal_file

_VALUES = (TracedArray, Additions, str, bytes, int, float, complex, np.generic)
"""What holds nothing that could change; traced arrays and `Additions` know their own writes."""

_FOREIGN = ("numpy", "tessel", "iree", "logging", "threading", "functools", "builtins")
"""Packages whose objects change inside when they are used, which is no state of the user's."""

_LARGEST_ARRAY = 1 << 16
"""Bytes of a NumPy array up to which its elements are compared."""

_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


@dataclass(frozen=True)
class _Held:
    """What one object held: its parts then, how to read them now, and how to put them back."""

    before: Any
    read: Callable[[], Any]
    restore: Callable[[Any], None]

    def changed(self) -> bool:
        before, now = self.before, self.read()
        if isinstance(before, np.ndarray):
            return not np.array_equal(before, now, equal_nan=before.dtype.kind in "fc")
        if isinstance(before, dict):
            return list(before) != list(now) or any(before[key] is not now[key] for key in before)
        return len(before) != len(now) or any(a is not b for a, b in zip(before, now))


@dataclass(frozen=True)
class Reachable:
    """What objects hold that some values lead to; `is_stateful` says that one cannot be restored.

    Iterators and generators of random numbers are such: each use changes them.
    """

    held: tuple[_Held, ...]
    is_stateful: bool

    @staticmethod
    def of(values: Iterable[Any]) -> "Reachable":
        """Looks at `values` and all that they lead to."""
        walk = _Walk()
        for value in values:
            walk.visit(value)
        return Reachable(tuple(walk.held), walk.is_stateful)

    @staticmethod
    def identities(values: Iterable[Any]) -> set[int]:
        """The `id` of each object that `values` lead to, and that could change."""
        walk = _Walk()
        for value in values:
            walk.visit(value)
        return set(walk.seen)

    def changed(self) -> bool:
        """Whether an object holds something else than before."""
        return any(one.changed() for one in self.held)

    def restore(self) -> None:
        """Gives all objects what they held."""
        for one in self.held:
            one.restore(one.before)


class _Walk:
    def __init__(self) -> None:
        self.held: list[_Held] = []
        self.is_stateful = False
        self.seen: dict[int, Any] = {}

    def visit(self, value: Any) -> None:
        if value is None or isinstance(value, _VALUES):
            return
        if id(value) in self.seen:
            return
        self.seen[id(value)] = value
        if isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, tuple | frozenset):
            self._all(value)
        elif isinstance(value, list | deque | bytearray):
            self._sequence(value)
        elif isinstance(value, dict):
            self._hold(dict(value), lambda: value, lambda before: _refill(value, before))
            self._all(value.values())
        elif isinstance(value, set):
            self._hold(
                sorted(value, key=id),
                lambda: sorted(value, key=id),
                lambda before: _reset(value, before),
            )
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, MethodType):
            self._all((value.__self__, value.__func__))
        elif isinstance(value, BuiltinMethodType):
            self.visit(value.__self__)  # `append = rows.append`
        elif isinstance(value, functools.partial):
            self._all((value.func, *value.args, *value.keywords.values()))
        elif isinstance(value, np.random.Generator | np.random.RandomState | random.Random):
            self.is_stateful = True
        elif isinstance(value, Iterator):
            self.is_stateful = True
        if has_state(value):
            self._attributes(value)

    def _hold(self, before: Any, read: Callable[[], Any], restore: Callable[[Any], None]) -> None:
        self.held.append(_Held(before, read, restore))

    def _all(self, values: Iterable[Any]) -> None:
        for one in list(values):
            self.visit(one)

    def _array(self, array: np.ndarray) -> None:
        if array.flags.writeable and array.nbytes <= _LARGEST_ARRAY and array.dtype.kind != "O":
            self._hold(array.copy(), lambda: array, lambda before: np.copyto(array, before))

    def _sequence(self, sequence: Any) -> None:
        def restore(before: list[Any]) -> None:
            sequence.clear()
            sequence.extend(before)

        self._hold(list(sequence), lambda: list(sequence), restore)
        self._all(sequence)

    def _function(self, function: FunctionType) -> None:
        if not is_users_code(function.__code__):
            return
        for cell in function.__closure__ or ():
            self._cell(cell)
        names, namespace = _names(function.__code__), function.__globals__
        self._named(namespace, [one for one in names if one in namespace])

    def _named(self, namespace: dict[str, Any], names: list[str]) -> None:
        before = {name: namespace[name] for name in names}
        self._hold(before, lambda: {name: namespace.get(name) for name in names}, namespace.update)
        self._all(before.values())

    def _cell(self, cell: CellType) -> None:
        try:
            before = [cell.cell_contents]
        except ValueError:
            return  # the variable has no value yet

        def restore(contents: list[Any]) -> None:
            cell.cell_contents = contents[0]

        self._hold(before, lambda: [cell.cell_contents], restore)
        self._all(before)

    def _attributes(self, value: Any) -> None:
        """The attributes of an object, a class or a module of the user's."""

        def read() -> dict[str, Any]:
            return {name: getattr(value, name) for name in _own_attributes(value)}

        def restore(before: dict[str, Any]) -> None:
            for name in _own_attributes(value):
                if name not in before:
                    delattr(value, name)
            for name, one in before.items():
                if getattr(value, name, before) is not one:
                    setattr(value, name, one)

        before = read()
        self._hold(before, read, restore)
        self._all(one for one in before.values() if not isinstance(one, ModuleType))


def _own_attributes(value: Any) -> list[str]:
    names = [name for name in getattr(value, "__dict__", {}) if not name.startswith("__")]
    if isinstance(value, type | ModuleType):
        found = {name: vars(value)[name] for name in names}
        plain = (FunctionType, ModuleType, type, property, classmethod, staticmethod)
        return [name for name, one in found.items() if not isinstance(one, plain)]
    slots = [vars(cls).get("__slots__", ()) for cls in type(value).__mro__]
    named = [one for slot in slots for one in ((slot,) if isinstance(slot, str) else slot)]
    return [*names, *[name for name in named if hasattr(value, name)]]


def has_state(value: Any) -> bool:
    """Whether attributes of an object, class or module may be the user's state."""
    if isinstance(value, ModuleType):
        return is_users_module(value.__name__)
    if isinstance(value, type):
        return is_users_module(value.__module__)
    if isinstance(value, FunctionType | MethodType | functools.partial):
        return False
    is_foreign = type(value).__module__.partition(".")[0] in _FOREIGN
    return not is_foreign and (hasattr(value, "__dict__") or hasattr(type(value), "__slots__"))


def is_users_module(name: str) -> bool:
    """Whether a module is the user's own: what was typed in, or in a file outside libraries."""
    if name == "__main__" or name not in sys.modules:
        return name != "builtins"
    file = getattr(sys.modules[name], "__file__", None)
    return file is not None and not (file.startswith(_LIBRARIES) or is_internal_file(file))


def is_users_code(code: CodeType) -> bool:
    return not is_internal(code) and not code.co_filename.startswith(_LIBRARIES)


def _names(code: CodeType) -> list[str]:
    """Names that code, and functions inside it, may look up."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return list(dict.fromkeys([*code.co_names, *[name for one in inner for name in _names(one)]]))


def _reset(members: set[Any], before: Iterable[Any]) -> None:
    members.clear()
    members.update(before)


def _refill(target: dict[Any, Any], before: dict[Any, Any]) -> None:
    target.clear()
    target.update(before)
