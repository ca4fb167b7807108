"""A traced function: its program, and what the results mean to who called it."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.argument_memory import ROW_MAJOR, ArgumentMemory
from tessel.compiler.frontend.tracing.pytree import Structure, unflatten
from tessel.compiler.program import Program


class FromProgram(Enum):
    """Stands, among the leaves of what a function returned, for a result that the program computes.

    A `NUMBER` is one of Python's, as the function returns where it is not compiled.
    """

    ARRAY = "array"
    NUMBER = "number"


@dataclass(frozen=True)
class TracedFunction:
    """A Python function as a program of arrays, and what the program's results mean to its caller.

    `leaves` are what the function returned, with FromProgram where the program's next result
    belongs. It is right for arguments with the layout `memory`; `order_matters` says that it
    may be another program for arguments in another order than row-major.
    """

    program: Program
    structure: Structure
    leaves: list[Any]
    memory: ArgumentMemory = ROW_MAJOR
    order_matters: bool = False

    @property
    def returned(self) -> int:
        """How many results of the program the function returned."""
        return sum(isinstance(leaf, FromProgram) for leaf in self.leaves)

    def deliver(self, arrays: list[np.ndarray], outputs: list[np.ndarray]) -> Any:
        """Writes changed arguments back, and returns the results as the function nests them.

        Raises what a check of data found, before it writes anything.
        """
        if self.program.checks is not None:
            self.program.checks.raise_first(outputs[-1])
        count = self.returned
        for position, value in zip(self.program.mutated, outputs[count:]):
            # What is read-only here was written through another argument.
            if arrays[position].flags.writeable:
                np.copyto(arrays[position], value)
        remaining = iter(outputs)
        filled = [
            _result(leaf, next(remaining)) if isinstance(leaf, FromProgram) else leaf
            for leaf in self.leaves
        ]
        return unflatten(self.structure, filled)


def _result(leaf: FromProgram, array: np.ndarray) -> Any:
    return array.item() if leaf is FromProgram.NUMBER else as_result(array)


def as_result(array: np.ndarray) -> Any:
    """A result as NumPy's functions return it: a scalar for rank 0."""
    return array if array.ndim else array[()]
