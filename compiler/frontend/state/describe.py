"""Describes the state that a function changes: what is an argument of its program, what is fixed.

Numbers and arrays that a call replaces are arguments. What a call replaces as a whole (a tuple, a
dict made anew each time) is described by what it holds. All else is part of the program.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.frontend.state.described import (
    AddedTo,
    Array,
    Constant,
    Described,
    Found,
    Number,
    Owned,
    Part,
    Same,
    Sequenced,
    State,
)
from tessel.compiler.frontend.state.holders import ABSENT, Members, Place
from tessel.compiler.frontend.state.snapshot import Key, Snapshot
from tessel.compiler.frontend.tracing.host_numbers import NUMBERS
from tessel.dialects.types import SUPPORTED_DTYPES


@dataclass
class Discovered:
    """What rounds of tracing have shown: slots that change, arrays that are written.

    `unread` are ids of arrays that the function replaces without looking at them; `added` are
    numbers of holders that it only adds to, and `read` of those that looked so; `pinned` says
    that numbers are part of the program, since it needs them in Python.
    """

    changed: dict[Key, None] = field(default_factory=dict)
    written: dict[int, np.ndarray] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    added: dict[int, None] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    pinned: bool = False


def describe(snapshot: Snapshot, discovered: Discovered) -> State:
    """The state that a program takes, as far as it is known."""
    return _Description(snapshot, discovered).state()


class _Description:
    def __init__(self, snapshot: Snapshot, discovered: Discovered):
        self._snapshot, self._discovered = snapshot, discovered
        self._found = Found()
        self._indices: dict[int, int] = {}
        self._containers: dict[int, int] = {}
        self._paths: list[str] = []
        self._inside: set[int] = set()

    def state(self) -> State:
        slots = dict.fromkeys(self._discovered.changed)
        slots |= dict.fromkeys(self._array_slots(slots))
        for number in self._discovered.added:
            slots |= dict.fromkeys(self._snapshot.slots_of(number))
        # What is replaced as a whole describes the holders inside it.
        for slot in self._discovered.changed:
            self._own(self._held(slot), slot)
        described = [
            self._place(number, [key for one, key in slots if one == number])
            for number in sorted({number for number, _ in slots})
            if number not in self._inside
        ]
        return State(described, tuple(self._paths))

    def _held(self, slot: Key) -> Any:
        number, key = slot
        return self._snapshot.before[number].get(key, ABSENT)

    def _array_slots(self, changed: Iterable[Key]) -> list[Key]:
        """All slots that hold an array that is an argument."""
        arrays = dict(self._discovered.written)
        for slot in changed:
            value = self._held(slot)
            if type(value) is np.ndarray:
                arrays[id(value)] = value
        slots = [slot for one in arrays for slot in self._snapshot.links.get(one, [])]
        return [slot for slot in slots if slot[0] not in self._discovered.added]

    def _own(self, value: Any, slot: Key) -> None:
        if isinstance(value, tuple):
            for one in value:
                self._own(one, slot)
            return
        number = self._snapshot.number_of.get(id(value))
        if number is None or number in self._inside or number in self._discovered.added:
            return
        if not self._is_owned(value, slot):
            return
        self._inside.add(number)
        for key, one in self._snapshot.before[number].items():
            self._own(one, (number, key))

    def _is_owned(self, value: Any, slot: Key) -> bool:
        """Whether this slot alone holds an object."""
        is_root = id(value) in self._snapshot.roots or isinstance(value, type)
        return not is_root and self._snapshot.links.get(id(value)) == [slot]

    def _place(self, number: int, keys: list[Any]) -> Described:
        place, held = self._snapshot.holders[number], self._snapshot.before[number]
        parts = {
            key: Constant.of(held[key])
            if isinstance(place, Members)
            else self._part(held.get(key, ABSENT), (number, key), place.path_of(key))
            for key in (held if place.is_whole else keys)
        }
        return Described(place, parts, place.is_whole, self._chain(place.holder))

    def _chain(self, holder: Any) -> tuple[tuple[Place, Any, Any], ...]:
        """What leads to a place from what the function reaches by name."""
        chain: list[tuple[Place, Any, Any]] = []
        seen: set[int] = set()
        while id(holder) not in self._snapshot.roots and id(holder) not in seen:
            seen.add(id(holder))
            links = self._snapshot.links.get(id(holder))
            if not links:
                break
            number, key = links[0]
            chain.append((self._snapshot.holders[number], key, self._held(links[0])))
            holder = self._snapshot.holders[number].holder
        return tuple(chain)

    def _part(self, value: Any, slot: Key, path: str) -> Part:
        pinned = self._discovered.pinned
        if type(value) in NUMBERS and not pinned:
            self._found.numbers.append(value)
            return Number(len(self._found.numbers) - 1, type(value))
        is_pinned = pinned and isinstance(value, np.generic)
        if _is_data(value) and not is_pinned:
            return self._array(value, path)
        if isinstance(value, tuple) and (type(value) is tuple or hasattr(value, "_make")):
            inside = [self._part(one, slot, f"{path}[{at}]") for at, one in enumerate(value)]
            return Sequenced(type(value), tuple(inside))
        number = self._snapshot.number_of.get(id(value))
        if number in self._discovered.added:
            return self._container(value)
        if number is not None and number in self._inside and not isinstance(value, set):
            return self._owned(value, number)
        return Constant.of(value)

    def _array(self, value: Any, path: str) -> Part:
        if id(value) in self._discovered.unread:
            return Part()
        is_scalar = isinstance(value, np.generic)
        if not is_scalar and id(value) in self._indices:
            return Same("arrays", self._indices[id(value)])
        index = len(self._found.arrays)
        self._found.arrays.append(value)
        self._paths.append(path)
        self._indices[id(value)] = index
        return Array(index, is_scalar)

    def _container(self, value: Any) -> Part:
        if id(value) in self._containers:
            return Same("containers", self._containers[id(value)])
        index = self._containers[id(value)] = len(self._found.containers)
        self._found.containers.append(value)
        return AddedTo(index, value, frozenset(self._snapshot.known))

    def _owned(self, value: Any, number: int) -> Part:
        place = self._snapshot.holders[number]
        parts = {
            key: self._part(one, (number, key), place.path_of(key))
            for key, one in self._snapshot.before[number].items()
        }
        inside = {id(self._snapshot.holders[one].holder) for one in self._inside}
        outside = {id(one.holder) for one in self._snapshot.holders}
        return Owned(type(value), place, parts, frozenset(outside - inside))


def _is_data(value: Any) -> bool:
    """Whether a value can be an argument of a program."""
    if type(value) is not np.ndarray and not isinstance(value, np.generic):
        return False
    return value.dtype in SUPPORTED_DTYPES and value.dtype.isnative
