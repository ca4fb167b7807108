"""Which sizes a program leaves open: `tessel.compile(f, dynamic=None)` finds out by the calls.

    f(ones(4)); f(ones(8)); f(ones(17))   ->   a program for 4, then one for all sizes of axis 0

The first program is one for the sizes of its call. A size that differs from those before makes its
axis dynamic, and no other one, in one more program; programs that exist stay in use for their
sizes. An axis whose number a program needs each time (`range(n)`) is static again, and so is one
that leads to what cannot be compiled, or to kernels that are slow without sizes
(`slow_dynamic_kernels.py`).
Source: torch.compile's automatic dynamic shapes, which specialise on 0 and 1 besides.
"""

import logging
import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.signature import STATIC_AXES, Arguments, Axes
from tessel.compiler.program import Program
from tessel.compiler.slow_dynamic_kernels import Slowness, slow_dynamic_kernels
from tessel.compiler.targets.base import Target

_log = logging.getLogger("tessel.recompiles")

_NEEDED_NUMBERS = 2
"""Sizes of an axis that became numbers of their programs, after which it is static."""

_FEW_ELEMENTS = 1 << 16
"""Elements of all arguments up to which kernels may be slow: there a compilation costs more."""

_KEPT_CALLS = 4096
"""Kinds of calls whose sizes are remembered."""

Made = TypeVar("Made")


@dataclass
class _Calls:
    """Calls that differ in the sizes of arrays alone, and what programs they have.

    `slow` says that their dynamic programs are for few elements.
    """

    shapes: tuple[tuple[int, ...], ...]
    varying: set[tuple[int, int]] = field(default_factory=set)
    static: set[tuple[int, int]] = field(default_factory=set)
    numbers: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    programs: list[Axes] = field(default_factory=list)
    slow: bool = False

    def is_static_at(self, shapes: tuple[tuple[int, ...], ...]) -> bool:
        """Whether programs are for sizes as they are, where there are as many elements."""
        return self.slow and sum(map(math.prod, shapes)) > _FEW_ELEMENTS


class SizePolicy:
    """The dynamic axes of each program of one function: all (True), none, or those that vary."""

    def __init__(self, dynamic: bool | None, name: str):
        self._dynamic, self._name = dynamic, name
        self._calls: dict[Hashable, _Calls] = {}

    def candidates(self, arguments: Arguments) -> Iterator[Axes]:
        """The dynamic axes of programs that may serve these arguments, in the order to ask."""
        if self._dynamic:
            yield arguments.all_axes
            return
        yield STATIC_AXES
        if self._dynamic is None and self._calls:
            calls = self._calls.get(arguments.key(arguments.all_axes))
            if calls is not None and not calls.is_static_at(arguments.shapes):
                yield from calls.programs

    def axes(self, arguments: Arguments) -> Axes:
        """The dynamic axes of a program that is compiled now for these arguments."""
        if self._dynamic is not None:
            return arguments.all_axes if self._dynamic else STATIC_AXES
        calls = self._calls.get(arguments.key(arguments.all_axes))
        if calls is None or calls.is_static_at(arguments.shapes):
            return STATIC_AXES
        differ = {
            (array, axis)
            for array, (before, now) in enumerate(zip(calls.shapes, arguments.shapes))
            for axis, (one, other) in enumerate(zip(before, now))
            if one != other
        }
        return frozenset((calls.varying | differ) - calls.static)

    def make(self, arguments: Arguments, make: Callable[[Axes], Made]) -> Made:
        """What `make` gives for the dynamic axes; where it cannot, for sizes as they are.

        Raises what `make` raises without dynamic axes.
        """
        axes = self.axes(arguments)
        if self._dynamic is not None:
            return make(axes)
        key = arguments.key(arguments.all_axes)
        calls = self._calls.get(key) or _Calls(arguments.shapes)
        try:
            made = make(axes)
        except Exception as error:
            # An error of the function is one of its static program, too, and is raised there.
            if not axes:
                raise
            made = make(STATIC_AXES)
            names = ", ".join(arguments.axis_names(axes))
            _log.info("%s: %s stays static: %s", self._name, names, error)
            if not calls.is_static_at(arguments.shapes):
                calls.static |= axes
        else:
            calls.varying |= axes
            if axes and axes not in calls.programs:
                calls.programs.append(axes)
        if len(self._calls) >= _KEPT_CALLS:
            self._calls.clear()
        self._calls[key] = calls
        return made

    def note(self, arguments: Arguments, axes: Axes, program: Program, target: Target) -> None:
        """Remembers what a traced program with these dynamic axes needs.

        Raises UnsupportedError where its kernels are slow for such sizes.
        """
        if self._dynamic is not None or not axes:
            return
        calls = self._calls[arguments.key(arguments.all_axes)]
        for array, axis in program.guards.pinned_axes & axes:
            sizes = calls.numbers.setdefault((array, axis), set())
            sizes.add(arguments.shapes[array][axis])
            if len(sizes - {1}) >= _NEEDED_NUMBERS:
                calls.static.add((array, axis))
        slow = slow_dynamic_kernels(program.module, target)
        calls.slow |= Slowness.SOME in slow.values()
        if Slowness.GREAT in slow.values() or (slow and calls.is_static_at(arguments.shapes)):
            raise UnsupportedError(f"{', '.join(slow)} of dynamic sizes is slow")
