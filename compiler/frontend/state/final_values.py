"""What a call leaves in the user's state: how each value is made again after the program has run.

A trace runs the user's assignments on traced values. A `Value` says how one of them is made in a
call: it is a result of the program, a number that Python computes, an object from before the call,
or a new container of such.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.numpy.masked_selection import MaskedSelection, refuse_result
from tessel.compiler.frontend.state.described import Found
from tessel.compiler.frontend.state.holders import Attributes, Place
from tessel.compiler.frontend.state.snapshot import VALUES, Snapshot
from tessel.compiler.frontend.tracing.additions import Additions
from tessel.compiler.frontend.tracing.host_numbers import HostNumber, plain
from tessel.compiler.frontend.tracing.returned_objects import holds_traced_values
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.locations import user_location

_AS_THEY_ARE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)


@dataclass
class Call:
    """What one call has: results, arrays of the caller's, numbers, objects, what was made.

    `containers` are those that the function only adds to.
    """

    results: Sequence[Any]
    arrays: Sequence[Any]
    registers: Sequence[Any]
    owned: Sequence[Any]
    containers: Sequence[Any]
    made: dict[int, Any] = field(default_factory=dict)


Value = Callable[[Call], Any]


@dataclass(frozen=True)
class Write:
    """What a call writes in one place: `owned` is the number of what it found there, or None."""

    place: Place
    owned: int | None
    parts: dict[Any, Value]

    def prepared(self, call: Call) -> Callable[[], None]:
        """Makes all values; what is returned writes them."""
        place = self.place if self.owned is None else self.place.at(call.owned[self.owned])
        values = {key: make(call) for key, make in self.parts.items()}
        return lambda: place.update(values)


@dataclass(frozen=True)
class Addition:
    """What a call adds to a container that it does not read: methods, and what they are given."""

    container: int
    calls: list[tuple[str, list[Value]]]

    def prepared(self, call: Call) -> Callable[[], None]:
        """Makes all values; what is returned adds them."""
        container = call.containers[self.container]
        given = [(name, [make(call) for make in values]) for name, values in self.calls]
        if not isinstance(container, list | deque):
            for _, values in given:  # what cannot be a key raises before anything is changed
                hash(tuple(values[0]) if isinstance(values[0], list | dict) else values[0])

        def add() -> None:
            for name, values in given:
                getattr(container, name)(*values)

        return add


class FinalValues:
    """Makes a `Value` for each object that a trace has left somewhere.

    `arrays` are those that the program is given, of arguments and then of the state. `results` are
    traced arrays that the program returns beside what the function returned.
    """

    def __init__(self, name: str, snapshot: Snapshot, arrays: list[Any], given: Found):
        self.results: list[Any] = []
        self.moved: set[int] = set()
        """Ids of arrays and numbers of the state before that are needed in another place."""
        self._name, self._snapshot = name, snapshot
        self._arrays = {id(one): number for number, one in enumerate(arrays)}
        self._owned = {id(one): number for number, one in enumerate(given.owned)}
        self._containers = {id(one): number for number, one in enumerate(given.containers)}
        self._made: dict[int, tuple[Any, Value]] = {}

    def addition(self, additions: Additions, path: str) -> Addition:
        """What a call adds where a trace has added."""
        calls = [(name, [self.of(one, path) for one in given]) for name, given in additions.added]
        return Addition(self._containers[id(additions)], calls)

    def of(self, value: Any, path: str) -> Value:
        """How the value that the trace has left at `path` is made in a call."""
        if isinstance(value, VALUES):
            return lambda call: value
        key = id(value)
        if key not in self._made:
            self._made[key] = (value, lambda call: call.made[key])  # for what holds itself
            self._made[key] = (value, self._shared(key, self._of_object(value, path)))
        return self._made[key][1]

    def _shared(self, key: int, make: Callable[[Call], Any]) -> Value:
        def once(call: Call) -> Any:
            if key not in call.made:
                call.made[key] = make(call)
            return call.made[key]

        return once

    def _of_object(self, value: Any, path: str) -> Value:
        if id(value) in self._containers:
            container = self._containers[id(value)]
            return lambda call: call.containers[container]
        if isinstance(value, HostNumber):
            self.moved.add(id(value))
            register = value.register
            return lambda call: call.registers[register]
        if isinstance(value, TracedArray) and id(value) in self._arrays:
            self.moved.add(id(value))
            number = self._arrays[id(value)]
            return lambda call: call.arrays[number]
        if isinstance(value, MaskedSelection):
            refuse_result(value)
        if isinstance(value, TracedArray | TracedDim):
            return self._result(value)
        if id(value) in self._owned:
            owned = self._owned[id(value)]
            return lambda call: call.owned[owned]
        if id(value) in self._snapshot.known or isinstance(value, _AS_THEY_ARE):
            self._refuse_hidden(value, path)
            return lambda call: value
        if isinstance(value, np.ndarray):
            return lambda call: value.copy()
        return self._container(value, path)

    def _result(self, value: Any) -> Value:
        array = value.as_array() if isinstance(value, TracedDim) else value
        position = len(self.results)
        self.results.append(array)
        if array.weak is not None:
            return lambda call: array_item(call.results[position])
        if array.ndim or array.is_scalar:
            return lambda call: call.results[position]
        return lambda call: np.array(call.results[position])

    def _container(self, value: Any, path: str) -> Value:
        """A new list, tuple, dict, set, or object of the user's, which each call makes anew."""
        key, cls = id(value), type(value)
        make_tuple: Any = tuple if cls is tuple else getattr(cls, "_make", None)
        if isinstance(value, tuple) and make_tuple is not None:
            made = [self.of(one, f"{path}[{at}]") for at, one in enumerate(value)]
            return lambda call: make_tuple([make(call) for make in made])
        if cls in (list, deque):
            made = [self.of(one, f"{path}[{at}]") for at, one in enumerate(value)]
            length = getattr(value, "maxlen", None)
            begin: Callable[[], Any] = list if cls is list else lambda: deque(maxlen=length)

            def make_list(call: Call) -> Any:
                call.made[key] = new = begin()
                new.extend(make(call) for make in made)
                return new

            return make_list
        if cls in (set, frozenset):
            return lambda call: cls(map(plain, value))
        if isinstance(value, dict) and type(value).__module__ in ("builtins", "collections"):
            items = {plain(at): self.of(one, f"{path}[{at!r}]") for at, one in value.items()}

            def make_dict(call: Call) -> Any:
                call.made[key] = new = value.copy()
                new.clear()  # what a defaultdict makes stays
                for at, make in items.items():
                    new[at] = make(call)
                return new

            return make_dict
        if isinstance(value, BaseException):
            return self._error(value)
        if cls.__init__ is not object.__init__ or hasattr(value, "__dict__"):
            if not issubclass(cls, (dict, list, set, tuple)) and _is_plain(value):
                return self._object(value, path)
        message = f"{path} is set to a {cls.__name__} that was made in {self._name}"
        hint = "keep arrays, numbers, dicts, lists, tuples or objects of a class of yours"
        raise UnsupportedError(message, location=user_location(), hint=hint)

    def _object(self, value: Any, path: str) -> Value:
        key, place = id(value), Attributes(value, path)
        parts = {at: self.of(one, f"{path}.{at}") for at, one in place.parts().items()}

        def make_object(call: Call) -> Any:
            call.made[key] = new = object.__new__(type(value))
            place.at(new).update({at: make(call) for at, make in parts.items()})
            return new

        return make_object

    def _error(self, error: BaseException) -> Value:
        """An error that was caught and kept: without its traceback, whose frames end here."""
        error.__traceback__ = error.__context__ = None
        return lambda call: error

    def _refuse_hidden(self, value: Any, path: str) -> None:
        """Functions that were made in the call may hold traced arrays."""
        if id(value) in self._snapshot.known or not isinstance(value, FunctionType | MethodType):
            return
        if holds_traced_values(value):
            message = f"{path} is set to a function that holds traced arrays of {self._name}"
            hint = "keep the arrays themselves"
            raise UnsupportedError(message, location=user_location(), hint=hint)


def array_item(value: Any) -> Any:
    """A result that was a Python number."""
    return value.item() if hasattr(value, "item") else value


def _is_plain(value: Any) -> bool:
    """Whether an object is what its attributes say, and nothing beside them."""
    cls = type(value)
    if cls.__module__.partition(".")[0] in ("numpy", "threading", "random", "_thread", "io"):
        return False
    return cls.__new__ is object.__new__ and (
        hasattr(value, "__dict__") or "__slots__" in vars(cls)
    )
