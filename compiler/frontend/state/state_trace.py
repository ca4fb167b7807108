"""Traces a function that assigns state: attributes, items, variables of outside.

The function is traced once as if all were constant. Where it has assigned something, or written to
an array from outside, it is traced again with traced arrays and numbers in those holders, until no
more of them are found; each time the user's objects then get back what they held.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.python.substitution import with_tracing_numpy
from tessel.compiler.frontend.state.argument_containers import ArgumentContainers
from tessel.compiler.frontend.state.checkpoint import Checkpoint
from tessel.compiler.frontend.state.describe import Discovered, describe
from tessel.compiler.frontend.state.described import Found, State
from tessel.compiler.frontend.state.final_values import Addition, FinalValues, Write
from tessel.compiler.frontend.state.holders import ABSENT
from tessel.compiler.frontend.state.snapshot import Key, Snapshot
from tessel.compiler.frontend.state.state_lock import StateChanged
from tessel.compiler.frontend.state.stateful_trace import (
    HostResult,
    StatefulTrace,
    extended_structure,
)
from tessel.compiler.frontend.traced_function import TracedFunction
from tessel.compiler.frontend.tracing.additions import (
    Additions,
    ContainerRead,
    additions_to,
    has_views,
    only_adds,
)
from tessel.compiler.frontend.tracing.argument_memory import (
    ROW_MAJOR,
    ArgumentMemory,
    memory_of_call,
)
from tessel.compiler.frontend.tracing.captured_values import reached_by
from tessel.compiler.frontend.tracing.host_numbers import (
    HostNumber,
    HostNumbers,
    plain,
)
from tessel.compiler.frontend.tracing.outside_arrays import OutsideArrayWritten
from tessel.compiler.frontend.tracing.pytree import Structure, flatten, map_tree
from tessel.compiler.frontend.tracing.signature import Arguments, Signature
from tessel.compiler.frontend.tracing.trace import Trace, current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray, WatchedArray

_ROUNDS = 12
"""Traces after which a function that shows more state each time is refused."""

Assigned = dict[int, dict[Any, None]]
"""Keys of what a function assigns, by the ids of their holders."""

MakeTrace = Callable[[Signature, Arguments, ArgumentMemory], TracedFunction]
"""Traces what a signature calls, for these arguments, which are in memory as said."""


def called_by_signature() -> None:
    """Stands for the function, which the signature that is traced calls itself.

    The user's variables are read where the function begins: the state must be in its place then.
    """


def trace_with_state(
    function: Callable[..., Any],
    signature: Signature,
    arguments: Arguments,
    make: MakeTrace,
    assigned: Assigned,
) -> StatefulTrace:
    """The program of a function, and its state. `make` traces.

    What the function is known to assign in other calls is an argument of the program in this one,
    too; what it assigns in this one is added to `assigned`.
    All objects of the user's hold what they held before, also where it raises.
    """
    snapshot = Snapshot(reached_by(function, arguments.statics))
    discovered = Discovered(
        {
            (number, key): None
            for number, place in enumerate(snapshot.holders)
            for key in assigned.get(id(place.holder), ())
        }
    )
    try:
        return _settled(function, signature, arguments, make, snapshot, discovered, assigned)
    except StateChanged:
        raise
    except Exception:
        has_data = any(describe(snapshot, discovered).described)
        if not has_data or discovered.pinned:
            raise
        # Python may need values: they become part of the program.
        pinned = Discovered(
            discovered.changed, discovered.written, read=set(discovered.added), pinned=True
        )
        return _settled(function, signature, arguments, make, snapshot, pinned, assigned)


def _settled(
    function: Callable[..., Any],
    signature: Signature,
    arguments: Arguments,
    make: MakeTrace,
    snapshot: Snapshot,
    discovered: Discovered,
    assigned: Assigned,
) -> StatefulTrace:
    rounds = 0
    while rounds < _ROUNDS:
        for number, key in discovered.changed:
            assigned.setdefault(id(snapshot.holders[number].holder), {})[key] = None
        one = _Round(function, signature, snapshot, describe(snapshot, discovered))
        extended = one.extended(arguments)
        try:
            traced = make(one, extended, ROW_MAJOR)
        except OutsideArrayWritten as found:
            discovered.written[id(found.array)] = found.array
            continue
        except (Exception, ContainerRead):
            # What takes lists alone, as functions in C do, raises where a stand-in is instead.
            if one.refute(discovered):
                continue
            raise
        program = traced.program
        if one.refute(discovered, are_read=False):
            continue
        rounds += 1
        if one.has_shown_more(discovered, program.mutated, len(arguments.arrays)):
            continue
        result = one.result(traced, extended)
        if result.is_stateful and (program.mutated or traced.order_matters):
            memory = memory_of_call(extended.arrays, program.mutated, traced.order_matters)
            if memory is not ROW_MAJOR:
                return one.result(make(one, extended, memory), extended)
        return result
    message = f"{signature.name}() assigns other state each time it is traced"
    raise UnsupportedError(message, location=signature.location)


class _Round(Signature):
    """Calls the function with its state as arguments, and sees what it has assigned."""

    def __init__(
        self,
        function: Callable[..., Any],
        signature: Signature,
        snapshot: Snapshot,
        state: State,
    ):
        self.name, self.location = signature.name, signature.location
        self._function, self._plain = function, signature
        self._snapshot, self._state = snapshot, state
        self._found = found = state.expect()
        self._changed: list[Key] = []
        self._written: list[np.ndarray] = []
        self._grown: list[int] = []
        self._unread: set[int] = set()
        self._writes: list[Write | Addition] = []
        self._returns_numbers = False
        self._containers = ArgumentContainers()
        self._additions = [
            additions_to(one, snapshot.number_of[id(one)]) for one in found.containers
        ]

    def takes(self, array: np.ndarray) -> bool:
        """Whether an array from outside can be an argument of the program."""
        return bool(self._snapshot.links.get(id(array)))

    def knows(self, namespace: dict[str, Any]) -> bool:
        """Whether the global variables of a module are of the state."""
        return id(namespace) in self._snapshot.known

    def checkpoint(self) -> Checkpoint:
        """What the state is at this point of the trace."""
        trace = current_trace()
        assert trace is not None
        return Checkpoint(trace, self._snapshot, self._additions)

    def extended(self, arguments: Arguments) -> Arguments:
        """The arguments with the arrays of the state behind them."""
        structure = extended_structure(arguments.structure, self._state.paths)
        return Arguments([*arguments.leaves, *self._found.arrays], structure, arguments.named)

    def call(self, _: Callable[..., Any], structure: Structure, leaves: list[Any]) -> Any:
        """Calls the function, and returns what it returned with the arrays it has assigned."""
        try:
            return self._called(structure, leaves)
        finally:
            self._snapshot.restore(self._state.slots())

    def _called(self, structure: Structure, leaves: list[Any]) -> Any:
        trace = current_trace()
        assert trace is not None
        count = len(self._found.arrays)
        arrays = leaves[len(leaves) - count :]
        # Scalars are values, and are not kept as they are.
        traced = [one for one in leaves[: len(leaves) - count] if isinstance(one, TracedArray)]
        self._arguments = [None if one.is_scalar else one for one in traced]
        self._storages = [one.storage for one in arrays]
        for one in arrays:
            one.__class__ = WatchedArray
        self._host = HostNumbers(trace, self._found.numbers)
        trace.state = self
        given = Found(arrays, self._host.numbers, self._found.owned, self._additions)
        for one in self._state.described:
            one.install(given)
        installed = [place.parts() for place in self._snapshot.holders]
        keep = len(structure.keys) - count
        plain = Structure(
            structure.kind,
            structure.type[:keep],
            structure.keys[:keep],
            structure.children[:keep],
        )
        named = self._plain.named(plain, leaves[: len(leaves) - count])
        self._containers = ArgumentContainers.of(named)
        returned = self._plain.call_named(with_tracing_numpy(self._function), named)
        trace.substitution.write_back()
        self._snapshot.check_iterators(f"{self.name}()")
        return self._ended(trace, returned, given, installed, named)

    def _ended(
        self,
        trace: Trace,
        returned: Any,
        given: Found,
        installed: list[dict[Any, Any]],
        named: dict[str, Any],
    ) -> Any:
        changed = self._snapshot.changed(installed)
        self._changed = [(number, plain(key)) for number, key in changed]
        self._written = self._snapshot.written()
        self._grown = [
            number
            for number in dict.fromkeys(number for number, _ in self._changed)
            if only_adds(self._snapshot.holders[number].holder, installed[number])
        ]
        arrays = [*self._arguments, *given.arrays]
        final = FinalValues(f"{self.name}()", self._snapshot, arrays, given)
        self._writes = [
            self._write(number, final, [key for one, key in self._changed if one == number])
            for number in dict.fromkeys(number for number, _ in self._changed)
        ]
        self._writes += [
            final.addition(one, self._snapshot.holders[one.number].path)
            for one in self._additions
            if one.added
        ]
        self._containers.end(named, final)
        is_stateful = bool(self._writes or self._state.described or self._containers.writes)
        if not is_stateful:
            return returned
        returned = map_tree(self._returned, returned)
        self._note_returned(returned)
        self._unread = {
            id(array)
            for array, one, storage in zip(self._found.arrays, given.arrays, self._storages)
            if not storage.is_read and id(one) not in final.moved
        }
        return returned, tuple(final.results)

    def _returned(self, leaf: Any) -> Any:
        if isinstance(leaf, Additions):
            leaf.is_read = True
        if isinstance(leaf, HostNumber):
            self._returns_numbers = True
            return HostResult(leaf.read(self._host))
        return leaf

    def _note_returned(self, returned: Any) -> None:
        for leaf in flatten(returned)[0]:
            if isinstance(leaf, WatchedArray):
                leaf.storage.is_read = True

    def _write(self, number: int, final: FinalValues, keys: list[Any]) -> Write:
        place = self._snapshot.holders[number]
        now = place.parts()
        parts: dict[Any, Any] = {}
        for key in now if place.is_whole else keys:
            value = now.get(key, ABSENT)
            make = (lambda call: ABSENT) if value is ABSENT else final.of(value, place.path_of(key))
            parts[plain(key)] = make
        owned = next((at for at, one in enumerate(self._found.owned) if one is place.holder), None)
        return Write(place, owned, parts)

    def has_shown_more(self, discovered: Discovered, mutated: Sequence[int], begin: int) -> bool:
        """Adds what this trace has shown; whether that is more than what was known."""
        before = len(discovered.changed), len(discovered.written), len(discovered.unread)
        growing = self._growing(discovered)
        discovered.added |= dict.fromkeys(growing)
        discovered.changed |= dict.fromkeys(
            [slot for slot in self._changed if slot[0] not in growing]
        )
        for array in self._written:
            if not self.takes(array) or self._snapshot.arrays[id(array)].copy is None:
                self._refuse(array)
            discovered.written[id(array)] = array
        for position in mutated:
            if position >= begin:
                self._add_sharing(self._found.arrays[position - begin], discovered)
        if not discovered.pinned:
            discovered.unread |= self._unread
        after = len(discovered.changed), len(discovered.written), len(discovered.unread)
        return before != after or bool(growing)

    def _growing(self, discovered: Discovered) -> list[int]:
        """Holders to which this trace has only added, as far as can be seen."""
        known = {number for number, _ in discovered.changed} | discovered.read
        holding = {
            holding: {one for one, _ in self._snapshot.slots_of(holding)}
            for holding in [*discovered.added, *self._grown]
        }
        return [
            number
            for number in self._grown
            if number not in known
            and holding[number]
            # One inside another would be described with that one's items.
            and not holding[number] & holding.keys()
            and not any(number in one for one in holding.values())
            and not has_views(self._snapshot.holders[number].holder)
        ]

    def refute(self, discovered: Discovered, are_read: bool = True) -> bool:
        """Whether the function reads what it looked to only add to; notes it.

        `are_read` says that all of them may be.
        """
        read = [one.number for one in self._additions if one.is_read]
        changed = {number for number, _ in self._changed}
        read += [one.number for one in self._additions if one.number in changed]
        if are_read and not read:
            read = [one.number for one in self._additions]
        for number in read:
            discovered.added.pop(number, None)
            discovered.read.add(number)
        return bool(read)

    def _add_sharing(self, array: np.ndarray, discovered: Discovered) -> None:
        """Arrays that are in the memory of one that is written change with it."""
        for one in self._snapshot.arrays.values():
            if one.array is not array and np.may_share_memory(one.array, array):
                if self.takes(one.array):
                    discovered.written[id(one.array)] = one.array

    def _refuse(self, array: np.ndarray) -> None:
        path = self._snapshot.arrays[id(array)].path
        message = f"{self.name}() writes to the array {path} from outside"
        hint = "pass it as an argument, or keep it as an attribute of an object"
        raise UnsupportedError(message, location=self.location, hint=hint)

    def result(self, traced: TracedFunction, extended: Arguments) -> StatefulTrace:
        """The trace, when nothing more was found."""
        return StatefulTrace(
            traced,
            extended,
            self._state,
            self._host.program,
            self._writes,
            self._containers,
            self._returns_numbers,
            self._found.numbers,
        )
