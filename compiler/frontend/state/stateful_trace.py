"""A function that was traced with its state: what its program takes, and what a call does after."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tessel.compiler.frontend.state.argument_containers import ArgumentContainers
from tessel.compiler.frontend.state.described import Found, State
from tessel.compiler.frontend.state.final_values import Addition, Call, Write
from tessel.compiler.frontend.traced_function import TracedFunction
from tessel.compiler.frontend.tracing.host_numbers import HostProgram
from tessel.compiler.frontend.tracing.pytree import LEAF, Structure, map_tree
from tessel.compiler.frontend.tracing.signature import Arguments


class HostResult:
    """Stands, in what a function returned, for a number that Python computes; a leaf."""

    def __init__(self, register: int):
        self.register = register


@dataclass(frozen=True)
class StatefulTrace:
    """A traced function, and what a call does beside running its program.

    `arguments` are those of the call, the arrays of its state, and numbers that Python computes.
    The program returns what the function returned, and the arrays that `writes` need.
    """

    function: TracedFunction
    arguments: Arguments
    state: State
    host: HostProgram
    writes: Sequence[Write | Addition]
    containers: ArgumentContainers
    returns_numbers: bool
    numbers: list[Any]

    @property
    def is_stateful(self) -> bool:
        """Whether a call does anything beside running the program."""
        return bool(self.writes or self.state.described or self.containers.writes)

    @property
    def registers(self) -> list[Any]:
        """All numbers that Python computed while it was traced."""
        found = self.host.run(self.numbers)
        assert found is not None
        return found

    @property
    def all_arguments(self) -> Arguments:
        """What the program takes, as arguments."""
        one, numbers = self.arguments, self.host.arrays(self.registers)
        names = tuple(f"number {at}" for at in range(len(numbers)))
        structure = extended_structure(one.structure, names)
        return Arguments([*one.leaves, *numbers], structure, one.named)

    @property
    def inputs_when_traced(self) -> list[np.ndarray]:
        """What the program would have been given when it was traced."""
        return self.inputs(self.arguments.arrays, self.registers)

    def inputs(self, arrays: Sequence[np.ndarray], registers: Sequence[Any]) -> list[np.ndarray]:
        """What the program is given: arrays of the call and its state, and numbers."""
        return [*self.function.memory.inputs(arrays), *self.host.arrays(registers)]

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the arrays that it was traced for."""
        return tuple([one.shape for one in self.arguments.arrays])

    def finish(
        self,
        returned: Any,
        arrays: Sequence[np.ndarray],
        given: Found,
        registers: Sequence[Any],
        named: Any,
    ) -> Any:
        """Writes the new state of a call, and gives what the function returned.

        `arrays` are those of its arguments, `named` all arguments by name.
        """
        result, results = returned
        call = Call(results, [*arrays, *given.arrays], registers, given.owned, given.containers)
        writing = [one.prepared(call) for one in self.writes]
        writing += self.containers.prepared(call, named)
        if self.returns_numbers:
            result = map_tree(
                lambda leaf: registers[leaf.register] if isinstance(leaf, HostResult) else leaf,
                result,
            )
        for write in writing:
            write()
        return result


def extended_structure(structure: Structure, names: tuple[str, ...]) -> Structure:
    """That of arguments with more leaves behind them."""
    return Structure(
        structure.kind,
        (*structure.type, *map(type, names)),
        (*structure.keys, *names),
        (*structure.children, *[LEAF] * len(names)),
    )
