"""State that a function changes, as a program takes it: numbers and arrays in a structure.

A `Part` describes what one slot held when the function was traced. At a call it is compared with
what is there then, and gives the arrays and numbers that are arguments of the program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.frontend.state.holders import ABSENT, Place
from tessel.compiler.frontend.state.state_lock import StateChanged
from tessel.compiler.frontend.tracing.contents import content_of


@dataclass
class Found:
    """What a call finds in the holders of its state."""

    arrays: list[Any] = field(default_factory=list)
    numbers: list[Any] = field(default_factory=list)
    owned: list[Any] = field(default_factory=list)
    containers: list[Any] = field(default_factory=list)
    """Those that the function adds to and does not read."""


class Part:
    """What a slot held; this one is never looked at, since the function only assigns it."""

    def find(self, now: Any, found: Found) -> bool:
        """Whether the slot holds such a thing now; adds its arrays and numbers to `found`."""
        return True

    def build(self, now: Any, given: Found) -> Any:
        """What stands there while the function is traced, of traced arrays and numbers."""
        return now


@dataclass(frozen=True)
class Constant(Part):
    """What is part of the program, by its identity or its contents."""

    value: Any
    content: Any

    @staticmethod
    def of(value: Any) -> "Constant":
        """The value that is there now."""
        return Constant(value, None if value is ABSENT else content_of(value))

    def find(self, now: Any, found: Found) -> bool:
        if now is self.value and not isinstance(now, np.ndarray):
            return True
        return self.content is not None and now is not ABSENT and content_of(now) == self.content


@dataclass(frozen=True)
class Number(Part):
    """A Python number, which may be another one in each call."""

    index: int
    kind: type

    def find(self, now: Any, found: Found) -> bool:
        found.numbers.append(now)
        return type(now) is self.kind

    def build(self, now: Any, given: Found) -> Any:
        return given.numbers[self.index]


@dataclass(frozen=True)
class Array(Part):
    """An array, or a scalar of NumPy's; its dtype and shape are part of the program's key."""

    index: int
    is_scalar: bool

    def find(self, now: Any, found: Found) -> bool:
        found.arrays.append(now)
        return isinstance(now, np.generic) if self.is_scalar else type(now) is np.ndarray

    def build(self, now: Any, given: Found) -> Any:
        return given.arrays[self.index]


@dataclass(frozen=True)
class AddedTo(Part):
    """A container that the function only adds to: each call may find another one there.

    `reserved` are the ids of all other objects, which it must not be.
    """

    index: int
    value: Any
    reserved: frozenset[int]

    def find(self, now: Any, found: Found) -> bool:
        is_new = type(now) is type(self.value) and id(now) not in self.reserved
        if any(one is now for one in found.containers):
            return False
        found.containers.append(now)
        return now is self.value or is_new

    def build(self, now: Any, given: Found) -> Any:
        return given.containers[self.index]


@dataclass(frozen=True)
class Same(Part):
    """The object that another slot holds, too: one of the `arrays` or `containers` of `Found`."""

    among: str
    index: int

    def find(self, now: Any, found: Found) -> bool:
        return now is getattr(found, self.among)[self.index]

    def build(self, now: Any, given: Found) -> Any:
        return getattr(given, self.among)[self.index]


@dataclass(frozen=True)
class Sequenced(Part):
    """A tuple, or a named one."""

    cls: type
    parts: tuple[Part, ...]

    def find(self, now: Any, found: Found) -> bool:
        if type(now) is not self.cls or len(now) != len(self.parts):
            return False
        return all(part.find(one, found) for part, one in zip(self.parts, now))

    def build(self, now: Any, given: Found) -> Any:
        made = [part.build(one, given) for part, one in zip(self.parts, now)]
        return tuple(made) if self.cls is tuple else self.cls._make(made)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Owned(Part):
    """A container or object that nothing else holds: each call may find another one.

    `reserved` are the ids of all other objects, which it must not be.
    """

    cls: type
    place: Place
    parts: dict[Any, Part]
    reserved: frozenset[int]

    def find(self, now: Any, found: Found) -> bool:
        if type(now) is not self.cls or id(now) in self.reserved:
            return False
        if any(one is now for one in found.owned):
            return False
        found.owned.append(now)
        parts = self.place.at(now).parts()
        if list(parts) != list(self.parts):
            return False
        return all(part.find(parts[key], found) for key, part in self.parts.items())

    def build(self, now: Any, given: Found) -> Any:
        place = self.place.at(now)
        held = place.parts()
        place.update({key: part.build(held[key], given) for key, part in self.parts.items()})
        return now


@dataclass(frozen=True)
class Described:
    """The slots of one place that count; `whole` says that it must have no other ones.

    `chain` leads to the holder: each (place, key, value) must still hold that value.
    """

    place: Place
    parts: dict[Any, Part]
    whole: bool
    chain: tuple[tuple[Place, Any, Any], ...] = ()

    def find(self, found: Found) -> bool:
        """Whether all slots hold what was described."""
        for place, key, value in self.chain:
            if place.get(key) is not value:
                return False
        get, parts = self.place.get, self.parts
        if self.whole:
            now = self.place.parts()
            if list(now) != list(parts):
                return False
            get = now.__getitem__
        return all(part.find(get(key), found) for key, part in parts.items())

    def install(self, given: Found) -> None:
        """Puts traced arrays and numbers there."""
        held = {key: self.place.get(key) for key in self.parts}
        self.place.update({key: part.build(held[key], given) for key, part in self.parts.items()})


@dataclass(frozen=True)
class State:
    """All that a function reads of the state that it changes."""

    described: Sequence[Described] = ()
    paths: tuple[str, ...] = ()
    """How a user writes its arrays, in order."""

    def find(self) -> Found | None:
        """The arrays and numbers of a call; None where the state is of another kind now."""
        found = Found()
        return found if all(one.find(found) for one in self.described) else None

    def expect(self) -> Found:
        """The same where it has just been described. Raises StateChanged for another kind."""
        found = self.find()
        if found is None:
            raise StateChanged
        return found

    def slots(self) -> set[tuple[int, Any]]:
        """All slots that are described, by ids of their holders."""
        found: set[tuple[int, Any]] = set()
        waiting: list[Part | Described] = [*self.described]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Described | Owned):
                found |= {(id(one.place.holder), key) for key in one.parts}
                waiting += one.parts.values()
            elif isinstance(one, Sequenced):
                waiting += one.parts
        return found
