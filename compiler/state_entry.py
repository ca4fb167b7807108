"""A program of a function that assigns state, and a call of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.state.argument_containers import ArgumentContainers
from tessel.compiler.frontend.state.described import Found
from tessel.compiler.frontend.state.holders import ABSENT
from tessel.compiler.frontend.state.snapshot import VALUES
from tessel.compiler.frontend.state.stateful_trace import StatefulTrace
from tessel.compiler.frontend.traced_function import TracedFunction
from tessel.compiler.frontend.tracing.argument_memory import memory_of_call
from tessel.compiler.frontend.tracing.captured_values import (
    CapturedValues,
    Excluded,
    captured_by,
)
from tessel.compiler.frontend.tracing.pytree import LEAF
from tessel.compiler.frontend.tracing.signature import Arguments
from tessel.compiler.locations import user_location
from tessel.compiler.stateful_calls import StateCall
from tessel.runtime.executable import Executable


@dataclass(frozen=True)
class StateEntry:
    """A program of a function that assigns state, and when it is right."""

    executable: Executable
    traced: StatefulTrace
    captured: CapturedValues
    statics: list[Any]
    types: list[tuple[np.dtype, int]]
    shapes: tuple[tuple[int, ...], ...]
    takes_containers: bool

    @staticmethod
    def of(
        executable: Executable,
        traced: StatefulTrace,
        captured: CapturedValues,
        arguments: Arguments,
    ) -> "StateEntry":
        """The program of a trace that was made for these arguments."""
        arrays = traced.arguments.arrays
        return StateEntry(
            executable,
            replace(traced, arguments=Arguments([], LEAF)),
            captured,
            arguments.statics,
            [(one.dtype, one.ndim) for one in arrays],
            tuple([one.shape for one in arrays]),
            bool(ArgumentContainers.ids(arguments.named)),
        )

    @property
    def function(self) -> TracedFunction:
        """What was traced."""
        return self.traced.function

    def found(self, arguments: Arguments) -> tuple[Found, list[np.ndarray], list[Any]] | None:
        """The state of a call, its arrays, and what Python computes; None for another program."""
        holds, traced = self.captured.holds, self.traced
        if holds is not None and not holds():
            return None
        for now, then in zip(arguments.statics, self.statics):
            if now is not then and not isinstance(then, VALUES):
                return None
        found = traced.state.find()
        if found is None:
            return None
        replaceable = [*found.containers, *found.owned]
        if replaceable and not self._read.isdisjoint(map(id, replaceable)):
            return None  # one that the function reads by another name, too
        arrays = [*arguments.arrays, *map(np.asarray, found.arrays)]
        registers = traced.host.run(found.numbers) if self._fits(arrays) else None
        return None if registers is None else (found, arrays, registers)

    def called(self, arguments: Arguments) -> StateCall | None:
        """A call for these arguments and the state as it is; None where it is not right for them.

        The program runs, and then the new state is written.
        """
        prepared = self.found(arguments)
        if prepared is None:
            return None
        found, arrays, registers = prepared
        if self.takes_containers:
            self._check_apart(arguments, found)
        outputs = self.executable(self.traced.inputs(arrays, registers))
        returned = self.traced.function.deliver(arrays, outputs)
        given = arrays[: len(arguments.arrays)]
        return StateCall(self.traced.finish(returned, given, found, registers, arguments.named))

    @property
    def _read(self) -> set[int]:
        """Ids of what the function reads and does not change."""
        return {id(one.value) for one in self.captured.reads}

    def _check_apart(self, arguments: Arguments, found: Found) -> None:
        """Raises UnsupportedError for an argument that is reached twice, and is assigned in.

        A trace has an object for each way: of each argument, and of the state.
        """
        ids = ArgumentContainers.ids(arguments.named)
        state = {id(one.place.holder) for one in self.traced.state.described}
        state |= set(map(id, [*found.owned, *found.containers]))
        are_written = bool(self.traced.containers.writes)
        is_twice = are_written and (len(set(ids)) < len(ids) or self._read & set(ids))
        if is_twice or state & set(ids):
            message = "a dict, list or object that the function assigns in is an argument, and is"
            message += " also another one or reached by another name"
            raise UnsupportedError(message, location=user_location(), hint="pass a copy")

    def _fits(self, arrays: list[np.ndarray]) -> bool:
        """Whether the program is for arrays of these types that are in memory as they do."""
        function = self.traced.function
        program = function.program
        if [(one.dtype, one.ndim) for one in arrays] != self.types:
            return False
        shapes = tuple([one.shape for one in arrays])
        if shapes != self.shapes:
            return False
        if not (program.mutated or function.order_matters):
            return True
        memory = memory_of_call(arrays, program.mutated, function.order_matters)
        return memory == function.memory


def captured_beside(
    traced: StatefulTrace, function: Callable[..., Any], arguments: Arguments
) -> CapturedValues:
    """What a function reads that is no state of this program."""
    return captured_by(function, arguments.statics, _excluded(traced))


def _excluded(traced: StatefulTrace) -> Excluded:
    """What is compared by what describes the state."""
    found = traced.state.expect()
    slots: set[tuple[int, Any]] = set()
    holders: set[int] = {id(one) for one in [*found.owned, *found.arrays]}
    for one in traced.state.described:
        if one.whole:
            holders.add(id(one.place.holder))
        present = [key for key in one.parts if one.place.get(key) is not ABSENT]
        slots |= {(id(one.place.holder), key) for key in present}
    return Excluded(frozenset(slots), frozenset(holders))
