"""Calls of a compiled function that assigns state: attributes, items, variables of outside.

A call finds the program for its arguments and for the state as it is, gives the program the arrays
and numbers of the state, and writes what the function would have assigned when the program has run.
Where anything raises before, the state is what it was.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NoReturn

from tessel.compiler.compiled_entry import Entry
from tessel.compiler.diagnostics import ArgumentError, UnsupportedError
from tessel.compiler.frontend.state.state_lock import STATE_LOCK
from tessel.compiler.frontend.tracing.signature import Arguments
from tessel.compiler.locations import user_location


class Served(Exception):
    """There is a program for a call by now, for which one was to be made: look again."""


@dataclass(frozen=True)
class StateCall:
    """A call that has been made, and what it returned."""

    result: Any


class StatefulCalls:
    """Calls of one function that assign state, by the programs among all of its `entries`."""

    def __init__(self, entries: dict[Hashable, list[Any]], name: str) -> None:
        self._name, self._entries = name, entries
        self.assigned: dict[int, dict[Any, None]] = {}
        self._is_empty = True

    def call(self, arguments: Arguments, out: Any = None) -> StateCall | None:
        """A call for these arguments and the state as it is; None where no program is for it.

        Raises ArgumentError for `out`.
        """
        if self._is_empty:
            return None
        key = arguments.key()
        for entry in self._known(key):
            if out is not None:
                message = f"out= of {self._name}(), which assigns attributes or variables"
                hint = "call it without out="
                raise ArgumentError(message, location=user_location(), hint=hint)
            # The state is read and written in one turn.
            with STATE_LOCK.held():
                call = entry.called(arguments)
            if call is not None:
                known = self._entries[key]
                if entry is not known[0]:
                    self._entries[key] = [entry, *[one for one in known if one is not entry]]
                return call
        return None

    def serves(self, arguments: Arguments) -> bool:
        """Whether there is a program for these arguments and the state as it is."""
        known = () if self._is_empty else self._known(arguments.key())
        return any(entry.found(arguments) is not None for entry in known)

    def note(self) -> None:
        """Notes that there is a program that assigns state."""
        self._is_empty = False

    def _known(self, key: Hashable) -> list[Any]:
        return [one for one in self._entries.get(key, ()) if not isinstance(one, Entry)]

    def refuse_changes(self) -> NoReturn:
        """Raises UnsupportedError where the state is another one each time it is looked at."""
        message = f"the state of {self._name}() changes while it is compiled"
        hint = "assign it in one thread at a time"
        raise UnsupportedError(message, location=user_location(), hint=hint)
