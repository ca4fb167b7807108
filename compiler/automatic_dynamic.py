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
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tessel.compiler.deferred import deferred
from tessel.compiler.diagnostics import ShapeError, UnsupportedError
from tessel.compiler.frontend.tracing.named_dims import SizeContract, contract_of
from tessel.compiler.frontend.tracing.signature import STATIC_AXES, Arguments, Axes
from tessel.compiler.program import Program
from tessel.compiler.targets.base import Target

if TYPE_CHECKING:
    from tessel.compiler import slow_dynamic_kernels
else:
    slow_dynamic_kernels = deferred("tessel.compiler.slow_dynamic_kernels")

_log = logging.getLogger("tessel.recompiles")

_NEEDED_NUMBERS = 2
"""Sizes of an axis that became numbers of their programs, after which it is static."""

_FEW_ELEMENTS = 1 << 16
"""Elements of all arguments up to which kernels may be slow: there a compilation costs more."""

_KEPT_CALLS = 4096
"""Kinds of calls whose sizes are remembered."""

_NOTHING_SAID = SizeContract({}, STATIC_AXES, {})

Made = TypeVar("Made")

Dynamic = bool | None | Mapping[str, Any]
"""All axes, those that vary, or what is said of axes by argument: `{"x": {0: Dim("batch")}}`."""


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

    def __init__(self, dynamic: Dynamic, name: str):
        self._name = name
        self._always = dynamic if isinstance(dynamic, bool) else None
        self._said = dynamic if isinstance(dynamic, Mapping) else None
        self._calls: dict[Hashable, _Calls] = {}
        self._contracts: dict[Hashable, SizeContract] = {}

    def contract(self, arguments: Arguments) -> SizeContract:
        """What the user has said of the axes of these arguments.

        Raises ArgumentError for names and axes that they do not have, and ShapeError, naming the
        dimension, for sizes that were ruled out.
        """
        if self._said is None:
            return _NOTHING_SAID
        key = arguments.key(arguments.all_axes)
        found = self._contracts.get(key)
        if found is None:
            found = contract_of(self._said, arguments, self._name)
            self._contracts[key] = found
        found.check(arguments, self._name)
        return found

    def candidates(self, arguments: Arguments) -> Iterator[Axes]:
        """The dynamic axes of programs that may serve these arguments, in the order to ask."""
        if self._always:
            yield arguments.all_axes
            return
        contract = self.contract(arguments)
        yield contract.required
        if contract.automatic:
            yield contract.dynamic
        if self._always is None and self._calls:
            calls = self._calls.get(arguments.key(arguments.all_axes))
            if calls is not None and not calls.is_static_at(arguments.shapes):
                yield from calls.programs

    def axes(self, arguments: Arguments) -> Axes:
        """The dynamic axes of a program that is compiled now for these arguments."""
        if self._always is not None:
            return arguments.all_axes if self._always else STATIC_AXES
        contract = self.contract(arguments)
        calls = self._calls.get(arguments.key(arguments.all_axes))
        if calls is None or calls.is_static_at(arguments.shapes):
            return contract.dynamic - frozenset(() if calls is None else calls.static)
        differ = {
            (array, axis)
            for array, (before, now) in enumerate(zip(calls.shapes, arguments.shapes))
            for axis, (one, other) in enumerate(zip(before, now))
            if one != other
        }
        varying = (calls.varying | differ | contract.automatic) - calls.static
        return contract.required | (varying - frozenset(contract.static))

    def make(self, arguments: Arguments, make: Callable[[Axes], Made]) -> Made:
        """What `make` gives for the dynamic axes; where it cannot, for those of a `Dim` alone.

        Raises what `make` raises with these.
        """
        axes = self.axes(arguments)
        if self._always is not None:
            return make(axes)
        said = self.contract(arguments).required
        key = arguments.key(arguments.all_axes)
        calls = self._calls.get(key) or _Calls(arguments.shapes)
        try:
            made = make(axes)
        except Exception as error:
            # An error of the function is one of its static program, too, and is raised there.
            if axes == said:
                raise
            made = make(said)
            names = ", ".join(arguments.axis_names(axes - said))
            _log.info("%s: %s stays static: %s", self._name, names, error)
            if not calls.is_static_at(arguments.shapes):
                calls.static |= axes - said
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

        Raises UnsupportedError where its kernels are slow for such sizes, and ShapeError where it
        is for one size of a `Dim` alone.
        """
        contract = self.contract(arguments)
        self._check_numbers(arguments, contract, program)
        if self._always is not None or axes == contract.dynamic:
            return
        calls = self._calls[arguments.key(arguments.all_axes)]
        for array, axis in program.guards.pinned_axes & axes:
            sizes = calls.numbers.setdefault((array, axis), set())
            sizes.add(arguments.shapes[array][axis])
            if len(sizes - {1}) >= _NEEDED_NUMBERS:
                calls.static.add((array, axis))
        slow = slow_dynamic_kernels.slow_dynamic_kernels(program.module, target)
        slowness = slow_dynamic_kernels.Slowness
        calls.slow |= slowness.SOME in slow.values()
        if slowness.GREAT in slow.values() or (slow and calls.is_static_at(arguments.shapes)):
            raise UnsupportedError(f"{', '.join(slow)} of dynamic sizes is slow")

    def _check_numbers(
        self, arguments: Arguments, contract: SizeContract, program: Program
    ) -> None:
        """A `Dim` is any size of its range: a program for one number is not what was asked for."""
        for array, axis in sorted(program.guards.pinned_axes & frozenset(contract.named)):
            dim, size = contract.named[array, axis], arguments.shapes[array][axis]
            if size > 1 and dim.base.min != dim.base.max:
                (name,) = arguments.axis_names(frozenset([(array, axis)]))
                message = f"{self._name}() needs {name} to be {size}, and {dim} was said to vary"
                raise ShapeError(message, hint="say tessel.AUTO or tessel.STATIC")
