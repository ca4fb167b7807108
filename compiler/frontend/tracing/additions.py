"""What stands, while a function is traced, for a container of the user's that it only adds to.

A list of losses or a set of what was seen grows with each call. A program that took its items as
arguments would be one for each length. So what is added is noted, and each call adds it again;
where anything of the container is asked, the trace begins again with the container itself.
"""

import gc
from collections import deque
from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from types import BuiltinFunctionType, MappingProxyType, MethodWrapperType
from typing import Any

_METHODS = {
    list: ("append", "extend"),
    deque: ("append", "appendleft", "extend", "extendleft"),
    set: ("add", "update"),
    dict: ("__setitem__", "update"),
}
"""Methods that add to a container; nothing that they return or raise depends on what it holds."""

_OF_EACH_OBJECT = (
    *("__class__", "__new__", "__init__", "__init_subclass__", "__subclasshook__", "__doc__"),
    *("__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__class_getitem__"),
)

_VIEWS = (
    *(BuiltinFunctionType, MethodWrapperType, MappingProxyType, Iterator),
    *(KeysView, ValuesView, ItemsView),
)


class ContainerRead(BaseException):
    """Ends a trace that is to begin again; the user's code must not catch it."""

    def __init__(self) -> None:
        super().__init__("another thread reads a container while a function is traced")


class Additions:
    """Stands for one container, which the function has not read so far.

    `added` are methods and what they were given, in order.
    """

    __slots__ = ("added", "is_read", "kind", "number")

    def __init__(self, container: Any, number: int):
        self.kind, self.number, self.is_read = type(container), number, False
        self.added: list[tuple[str, tuple[Any, ...]]] = []

    @property
    def __class__(self) -> type:
        """What `isinstance` finds; what is in the container does not depend on it."""
        return self.kind

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._read()

    def _read(self) -> Any:
        self.is_read = True
        raise ContainerRead

    def _add(self, name: str, *given: Any, **named: Any) -> "Additions":
        if name not in _METHODS[self.kind]:
            self._read()
        if name == "update" and self.kind is dict:
            given = (dict(*given, **named),)
        elif name == "update":
            given = ([one for many in given for one in many],)
        elif name in ("extend", "extendleft"):
            given = (list(*given),)
        self.added.append((name, given))
        return self


class _SequenceAdditions(Additions):
    """Those of a list or deque, which patterns of `match` take for a sequence."""

    __slots__ = ()


class _MappingAdditions(Additions):
    """Those of a dict."""

    __slots__ = ()


_PATTERNS: dict[Any, type] = {Sequence: _SequenceAdditions, Mapping: _MappingAdditions}
for _pattern, _class in _PATTERNS.items():
    _pattern.register(_class)


def additions_to(container: Any, number: int) -> Additions:
    """What stands for a container, the holder of this number."""
    kinds = {dict: _MappingAdditions, set: Additions}
    return kinds.get(type(container), _SequenceAdditions)(container, number)


def _refusing(self: Additions, *_: Any, **__: Any) -> Any:
    return self._read()


def _adding(name: str) -> Callable[..., Any]:
    def method(self: Additions, *given: Any, **named: Any) -> None:
        self._add(name, *given, **named)

    return method


for _name in {"__bool__", "__radd__", *[one for kind in _METHODS for one in dir(kind)]}:
    if _name.startswith("__") and _name not in _OF_EACH_OBJECT:
        setattr(Additions, _name, _refusing)
for _name in {one for methods in _METHODS.values() for one in methods}:
    setattr(Additions, _name, _adding(_name))
Additions.__iadd__ = lambda self, other: self._add("extend", other)  # type: ignore[attr-defined]
Additions.__ior__ = lambda self, other: self._add("update", other)  # type: ignore[attr-defined]


def has_views(container: Any) -> bool:
    """Whether a bound method, an iterator or a view leads to what a container holds."""
    return any(isinstance(one, _VIEWS) for one in gc.get_referrers(container))


def only_adds(container: Any, before: dict[Any, Any]) -> bool:
    """Whether a container that held `before` may have been added to, and not changed else."""
    kind = type(container)
    if kind is deque:
        return True  # one with a limit drops as many
    if kind is list:
        return all(one is now for one, now in zip(before.values(), container, strict=False)) and (
            len(before) <= len(container)
        )
    if kind is set:
        return before.keys() <= container
    return kind is dict and all(
        key in container and container[key] is one for key, one in before.items()
    )
