"""A program that a compiled function keeps, and what the function has done so far."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.traced_function import FromProgram, TracedFunction
from tessel.compiler.frontend.tracing.captured_values import CapturedValues
from tessel.compiler.frontend.tracing.signature import STATIC_AXES, Axes
from tessel.compiler.program import Program
from tessel.runtime.executable import Executable

_KEPT_VARIANTS = 64
"""Programs that are kept for arguments of the same types, for other captured values or sizes."""

_KEPT_PROGRAMS = 256
"""Programs that one function keeps; the oldest is dropped then, and said once."""

_KEPT_SIZES = 4096
"""Sizes of arguments whose program is found at once; for others guards are looked at."""


@dataclass
class Statistics:
    """What a compiled function has done so far."""

    calls: int = 0
    traces: int = 0
    compiles: int = 0


@dataclass(frozen=True)
class Entry:
    """A compiled program, and how its results go back to the caller."""

    executable: Executable
    function: TracedFunction
    captured: CapturedValues
    axes: Axes = STATIC_AXES
    returns_one_result: bool = field(init=False)
    _fitting: set[tuple[tuple[int, ...], ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        function = self.function
        is_leaf = function.structure.kind == "leaf" and function.leaves[0] is FromProgram.ARRAY
        object.__setattr__(self, "returns_one_result", is_leaf and not function.program.mutated)

    def fits(self, shapes: tuple[tuple[int, ...], ...]) -> bool:
        """Whether the program serves arguments of these shapes: its guards hold for them."""
        if not self.function.program.guards.guards or shapes in self._fitting:
            return True
        if self.function.program.guards.broken_by(shapes) is not None:
            return False
        if len(self._fitting) >= _KEPT_SIZES:
            self._fitting.clear()
        self._fitting.add(shapes)
        return True


def check_writable(program: Program, arrays: list[np.ndarray], name: str) -> None:
    """Raises ArgumentValueError for a read-only array that the program writes."""
    for position in program.mutated:
        if not arrays[position].flags.writeable:
            message = f"{name}() writes to a read-only array"
            raise ArgumentValueError(message, hint="pass a copy")


def keep(entries: dict[Hashable, list[Any]], key: Hashable, entry: Any) -> int:
    """Keeps a program, the first of its key; how many are kept where the oldest is dropped."""
    entries[key] = [entry, *entries.get(key, [])][:_KEPT_VARIANTS]
    if sum(map(len, entries.values())) <= _KEPT_PROGRAMS:
        return 0
    del entries[next(iter(entries))]
    return _KEPT_PROGRAMS


def remember(fast: dict[Hashable, Entry], arrays: Sequence[Any], entry: Entry) -> None:
    """Notes a program for arrays of these dtypes and shapes."""
    if len(fast) >= _KEPT_SIZES:
        fast.clear()
    fast[tuple([(one.dtype, one.shape) for one in arrays])] = entry
