"""What a function's state is before it is traced: all that its code may reach, and what it holds.

A trace runs the user's function, which assigns attributes, items and variables. What has changed
is found by looking at all holders before and after, whichever way it was changed.
"""

import functools
import random
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.state.assigned_names import AssignedNames
from tessel.compiler.frontend.state.holders import (
    ABSENT,
    Attributes,
    Elements,
    Globals,
    Items,
    Members,
    Place,
    Variable,
)
from tessel.compiler.frontend.tracing.captured_values import Reached
from tessel.compiler.frontend.tracing.reachable import has_state, is_users_code
from tessel.compiler.locations import user_location

VALUES = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype, range, slice)
"""What holds nothing that could change."""

_COPIED_ARRAY = 1 << 16
"""Bytes of an array up to which all elements are compared; of larger ones it is a sample.

Writes to their elements are also noted where they are made (`outside_arrays.py`).
"""

_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)

Key = tuple[int, Any]
"""A part of a place: the holder's number, and the key."""


@dataclass(frozen=True)
class _Watched:
    """An array from outside, and its elements before; None for those of a large one."""

    array: np.ndarray
    path: str
    sample: bytes
    copy: np.ndarray | None


class Snapshot:
    """All holders that a function leads to, and what they hold now."""

    def __init__(self, reached: Reached):
        self.holders: list[Place] = []
        self.before: list[dict[Any, Any]] = []
        self.known: dict[int, Any] = {}
        self.links: dict[int, list[Key]] = {}
        """Where each object is held, by its id."""
        self.number_of: dict[int, int] = {}
        self.roots: set[int] = set()
        self.arrays: dict[int, _Watched] = {}
        self._names = reached.names
        self._assigned = AssignedNames(reached.names)
        self._iterators: list[tuple[str, Any, Any]] = []
        self._waiting: deque[tuple[Any, str, Key | None]] = deque()
        self.roots |= {id(root) for _, root in reached.roots}
        for path, one in [*reached.roots, *reached.found]:
            self._waiting.append((one, path, None))
            while self._waiting:
                self._look_at(*self._waiting.popleft())

    def changed(self, held: list[dict[Any, Any]]) -> list[Key]:
        """Slots that hold something else than `held`, in holders of which all parts count all."""
        found: list[Key] = []
        for number, (place, before) in enumerate(zip(self.holders, held)):
            now = place.parts()
            keys = self._other(place, before, now)
            if not keys and place.is_whole and list(before) != list(now):
                keys = list(now)
            found += [(number, key) for key in keys]
        return found

    def slots_of(self, number: int) -> list[Key]:
        """Where a holder is held; none where something else than a slot itself holds it."""
        holder = self.holders[number].holder
        slots = self.links.get(id(holder), [])
        is_held = all(self.before[one].get(key, ABSENT) is holder for one, key in slots)
        return slots if is_held and id(holder) not in self.roots else []

    def written(self) -> list[np.ndarray]:
        """Arrays from outside whose elements are others now."""
        return [
            one.array for one in self.arrays.values() if _sample(one.array).tobytes() != one.sample
        ]

    def restore(self, installed: Collection[tuple[int, Any]] = ()) -> None:
        """Gives all holders, and small arrays, what they held.

        `installed` are slots, by ids of holders, in which a trace has put something itself.
        """
        for place, before in zip(self.holders, self.before):
            now = place.parts()
            if place.is_whole:
                if list(now) != list(before) or any(now[key] is not before[key] for key in now):
                    place.update(before)
                continue
            other = self._other(place, before, now, installed)
            if other:
                place.update({key: before.get(key, ABSENT) for key in other})
        for one in self.arrays.values():
            if one.copy is not None and one.copy.tobytes() != one.array.tobytes():
                np.copyto(one.array, one.copy)

    def _other(
        self, place: Place, before: dict[Any, Any], now: dict[Any, Any], also: Collection[Any] = ()
    ) -> list[Any]:
        """Parts that differ, as the function may have made them; also those named in `also`."""
        return [
            key
            for key in dict.fromkeys([*before, *now])
            if before.get(key, ABSENT) is not now.get(key, ABSENT)
            and (place.is_whole or (id(place.holder), key) in also or self._assigns(place, key))
        ]

    def _assigns(self, place: Place, key: Any) -> bool:
        return (place.path if isinstance(place, Variable) else key) in self._assigned

    def check_iterators(self, name: str) -> None:
        """Raises UnsupportedError where an iterator from outside was advanced."""
        for path, iterator, before in self._iterators:
            if _progress(iterator) != before:
                message = f"{name} takes from the {type(iterator).__name__} {path} of outside"
                hint = "take from it outside, and pass what it gives"
                raise UnsupportedError(message, location=user_location(), hint=hint)

    def _visit(self, value: Any, path: str, slot: Key | None = None) -> None:
        if isinstance(value, VALUES):
            return
        if slot is not None:
            self.links.setdefault(id(value), []).append(slot)
        if id(value) not in self.known:
            self._waiting.append((value, path, slot))

    def _look_at(self, value: Any, path: str, slot: Key | None) -> None:
        if isinstance(value, VALUES) or id(value) in self.known:
            return
        self.known[id(value)] = value
        if isinstance(value, np.ndarray):
            if value.flags.writeable and value.dtype.kind != "O":
                copy = value.copy() if value.nbytes <= _COPIED_ARRAY else None
                watched = _Watched(value, path, _sample(value).tobytes(), copy)
                self.arrays[id(value)] = watched
        elif isinstance(value, tuple | frozenset):
            for position, one in enumerate(value):
                self._visit(one, f"{path}[{position}]", slot)
        elif isinstance(value, dict):
            self._place(Items(value, path))
        elif isinstance(value, list | deque | bytearray):
            self._place(Elements(value, path))
        elif isinstance(value, set):
            self._place(Members(value, path))
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, MethodType):
            self._visit(value.__self__, path)
            self._visit(value.__func__, path)
        elif isinstance(value, functools.partial):
            for one in (value.func, *value.args, *value.keywords.values()):
                self._visit(one, path)
        elif isinstance(value, Iterator) and not isinstance(value, _GENERATORS):
            self._iterators.append((path, value, _progress(value)))
        if not has_state(value):
            return
        if isinstance(value, ModuleType):
            self._globals(vars(value))
            return
        if isinstance(value, type) and type(value).__setattr__ is not type.__setattr__:
            return  # its attributes are set by code of the class of this class alone
        classes = (value if isinstance(value, type) else type(value)).__mro__
        self._assigned.add_classes(classes)
        for one in classes:
            self._visit(one, one.__name__)
        self._place(Attributes(value, path))

    def _globals(self, namespace: dict[str, Any]) -> None:
        if id(namespace) not in self.known:
            self.known[id(namespace)] = namespace
            self._place(Globals(namespace, ""))

    def _place(self, place: Place) -> None:
        number = len(self.holders)
        parts = place.parts()
        self.holders.append(place)
        self.before.append(parts)
        self.number_of.setdefault(id(place.holder), number)
        is_named = isinstance(place.holder, type) or isinstance(place, Globals)
        for key, one in parts.items():
            if is_named and key not in self._names:
                continue
            self._visit(one, place.path_of(key), (number, key))

    def _function(self, function: FunctionType) -> None:
        self._assigned.add_code(function)
        if not is_users_code(function.__code__):
            return
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            if id(cell) not in self.known:
                self.known[id(cell)] = cell
                self._place(Variable(cell, name))
        self._globals(function.__globals__)
        self._place(Attributes(function, function.__name__))
        for one in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._visit(one, function.__name__)


def _sample(array: np.ndarray) -> np.ndarray:
    """All elements of a small array, some of a large one."""
    if array.nbytes <= _COPIED_ARRAY:
        return array
    return array[tuple(slice(None, None, max(1, size // 8)) for size in array.shape)]


def _progress(iterator: Any) -> Any:
    """What differs when something was taken from an iterator, as far as it can be seen."""
    if isinstance(iterator, GeneratorType):
        frame = iterator.gi_frame
        return frame is not None and frame.f_lasti
    length = getattr(iterator, "__length_hint__", None)
    return length() if length is not None else repr(iterator)
