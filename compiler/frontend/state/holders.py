"""Where a user's state is kept: attributes, items of dicts, lists and sets, variables."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from types import CellType, FunctionType, ModuleType
from typing import Any

ABSENT = object()
"""Stands for the value of what is not there."""


@dataclass(frozen=True)
class Place:
    """What holds parts by keys; `path` is how a user writes it."""

    holder: Any
    path: str

    is_whole = True
    """Whether all its parts count, and their order, and not each for itself."""

    def parts(self) -> dict[Any, Any]:
        """All parts that it holds now."""
        raise NotImplementedError

    def get(self, key: Any) -> Any:
        """One of its parts, ABSENT where it has none."""
        return self.parts().get(key, ABSENT)

    def update(self, parts: dict[Any, Any]) -> None:
        """Gives it these parts: all of them where `is_whole`, else those; ABSENT removes one."""
        raise NotImplementedError

    def path_of(self, key: Any) -> str:
        """How a user writes one of its parts."""
        return f"{self.path}[{key!r}]"

    def at(self, holder: Any) -> "Place":
        """The same place in another holder of this kind."""
        return type(self)(holder, self.path)


@dataclass(frozen=True)
class Items(Place):
    """A dict."""

    def parts(self) -> dict[Any, Any]:
        return dict(self.holder)

    def update(self, parts: dict[Any, Any]) -> None:
        if list(self.holder) != list(parts):
            self.holder.clear()
        dict.update(self.holder, parts)


@dataclass(frozen=True)
class Elements(Place):
    """A list, deque or bytearray."""

    def parts(self) -> dict[Any, Any]:
        return dict(enumerate(self.holder))

    def update(self, parts: dict[Any, Any]) -> None:
        if isinstance(self.holder, deque):
            self.holder.clear()
            self.holder.extend(parts.values())
        else:
            self.holder[:] = list(parts.values())


@dataclass(frozen=True)
class Members(Place):
    """A set."""

    def parts(self) -> dict[Any, Any]:
        return {one: one for one in self.holder}

    def update(self, parts: dict[Any, Any]) -> None:
        self.holder.clear()
        self.holder.update(parts)


@dataclass(frozen=True)
class Attributes(Place):
    """The attributes of an object, or those of a class or module that are no functions."""

    is_whole = False

    def parts(self) -> dict[Any, Any]:
        held = getattr(self.holder, "__dict__", {})
        if isinstance(self.holder, type | ModuleType):
            plain = (FunctionType, ModuleType, type, property, classmethod, staticmethod)
            return {
                name: one
                for name, one in held.items()
                if not name.startswith("__") and not isinstance(one, plain)
            }
        found = dict(held)
        for name in slots_of(type(self.holder)):
            value = getattr(self.holder, name, ABSENT)
            if value is not ABSENT:
                found[name] = value
        return found

    def update(self, parts: dict[Any, Any]) -> None:
        held = getattr(self.holder, "__dict__", None)
        for name, value in parts.items():
            if isinstance(self.holder, type):
                _set(self.holder, name, value, type)
            elif held is None or name in slots_of(type(self.holder)):
                _set(self.holder, name, value, object)
            elif value is not ABSENT:
                held[name] = value
            else:
                held.pop(name, None)

    def get(self, key: Any) -> Any:
        held = getattr(self.holder, "__dict__", None)
        if held is not None and key in held:
            return held[key]
        return self.parts().get(key, ABSENT)

    def path_of(self, key: Any) -> str:
        return f"{self.path}.{key}"


@dataclass(frozen=True)
class Variable(Place):
    """A variable of a function that others share."""

    holder: CellType
    is_whole = False

    def parts(self) -> dict[Any, Any]:
        try:
            return {"": self.holder.cell_contents}
        except ValueError:
            return {}

    def update(self, parts: dict[Any, Any]) -> None:
        if parts.get("", ABSENT) is not ABSENT:
            self.holder.cell_contents = parts[""]
        elif "" in parts and self.parts():
            del self.holder.cell_contents

    def path_of(self, key: Any) -> str:
        return self.path


@dataclass(frozen=True)
class Globals(Place):
    """Global variables of a module, as its functions see them."""

    is_whole = False

    def parts(self) -> dict[Any, Any]:
        # Python itself keeps names such as `__warningregistry__` there.
        return {name: one for name, one in self.holder.items() if not name.startswith("__")}

    def get(self, key: Any) -> Any:
        return self.holder.get(key, ABSENT)

    def update(self, parts: dict[Any, Any]) -> None:
        for name, value in parts.items():
            if value is not ABSENT:
                self.holder[name] = value
            else:
                self.holder.pop(name, None)

    def path_of(self, key: Any) -> str:
        return str(key)


def slots_of(cls: type) -> list[str]:
    """Names that the `__slots__` of a class and its bases give."""
    slots = [vars(one).get("__slots__", ()) for one in cls.__mro__]
    names: Iterable[str] = [
        one for slot in slots for one in ((slot,) if isinstance(slot, str) else slot)
    ]
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _set(holder: Any, name: str, value: Any, base: Any) -> None:
    """Sets an attribute as `base` does, past what the user's class does when one is set."""
    if value is not ABSENT:
        base.__setattr__(holder, name, value)
    elif hasattr(holder, name):
        base.__delattr__(holder, name)
