"""Dicts, lists and objects among the arguments of a call that the function writes to.

A trace is given containers of its own, with traced arrays inside. What the function has assigned in
them is written to the caller's after each call.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, is_dataclass
from typing import Any

from tessel.compiler.frontend.state.final_values import Call, FinalValues, Value
from tessel.compiler.frontend.state.holders import ABSENT, Attributes, Elements, Items, Place
from tessel.compiler.frontend.tracing.host_numbers import plain

_Step = tuple[str, Any]


@dataclass
class ArgumentContainers:
    """The containers of one trace, what they held, and what a call writes in the caller's."""

    _held: list[tuple[tuple[_Step, ...], Place, dict[Any, Any]]] = field(default_factory=list)
    writes: list[tuple[tuple[_Step, ...], type[Place], dict[Any, Value]]] = field(
        default_factory=list
    )

    @staticmethod
    def of(named: dict[str, Any]) -> "ArgumentContainers":
        """Those in the arguments, by the names of the parameters."""
        return ArgumentContainers(
            [(steps, place, place.parts()) for steps, place in _containers(named)]
        )

    @staticmethod
    def ids(named: dict[str, Any]) -> list[int]:
        """Ids of the caller's containers."""
        return [id(place.holder) for _, place in _containers(named)]

    def end(self, named: dict[str, Any], final: FinalValues) -> None:
        """Finds what the function has assigned in them."""
        for steps, place, before in self._held:
            now = place.parts()
            is_same = list(now) == list(before) and all(now[key] is before[key] for key in now)
            if is_same:
                continue
            parts = {plain(key): final.of(one, place.path_of(key)) for key, one in now.items()}
            if not place.is_whole:
                removed = [key for key in before if key not in now]
                parts |= dict.fromkeys(removed, lambda call: ABSENT)
            self.writes.append((steps, type(place), parts))
        self._held.clear()

    def prepared(self, call: Call, named: dict[str, Any]) -> list[Callable[[], None]]:
        """What writes to the caller's containers, which are found in `named`."""
        return [_write(named, call, *one) for one in self.writes]


def _write(
    named: dict[str, Any],
    call: Call,
    steps: tuple[_Step, ...],
    kind: type[Place],
    parts: dict[Any, Value],
) -> Callable[[], None]:
    holder: Any = named
    for how, key in steps:
        holder = getattr(holder, key) if how == "attribute" else holder[key]
    values = {key: make(call) for key, make in parts.items()}
    return lambda: kind(holder, "").update(values)


def _containers(
    tree: Any, steps: tuple[_Step, ...] = ()
) -> Iterator[tuple[tuple[_Step, ...], Place]]:
    """All containers that can be written to, as deep as arguments nest."""
    inside: dict[Any, Any] = {}
    how = "item"
    if type(tree) is dict:
        inside = dict(tree)
        if steps:
            yield steps, Items(tree, "")
    elif type(tree) is list:
        inside = dict(enumerate(tree))
        yield steps, Elements(tree, "")
    elif isinstance(tree, tuple):
        inside = dict(enumerate(tree))
    elif is_dataclass(tree) and not isinstance(tree, type):
        place, how = Attributes(tree, ""), "attribute"
        inside = place.parts()
        yield steps, place
    for key, one in inside.items():
        yield from _containers(one, (*steps, (how, key)))
