"""What a loop over a range does while it is traced: one loop of the program, or many copies.

`loop_rewrite.py` turns `for i in range(...)` into attempts. The first attempts trace the body once,
with a traced index, until the dtypes of what it carries stay the same. Where that cannot be done
(the body needs the value of the index, shapes change, an array is replaced that others still see),
the loop runs as Python runs it, and each iteration is traced. Both give what Python gives.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ControlFlowError
from tessel.compiler.frontend.numpy.functions import elementwise
from tessel.compiler.frontend.python.loop_bounds import as_bounds, is_worth_capturing
from tessel.compiler.frontend.python.loop_carry import (
    PLAIN,
    UNBOUND,
    Carried,
    LoopCarry,
    carried_from,
    carried_like,
    grows,
    refusal,
)
from tessel.compiler.frontend.python.loop_lists import AppendedList, appended_lists
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.pytree import flatten, unflatten
from tessel.compiler.frontend.tracing.reachable import Reachable
from tessel.compiler.frontend.tracing.region import temporary_region
from tessel.compiler.frontend.tracing.structured_control_flow import (
    ROUNDS,
    CountedLoop,
    close_body,
    entry_arrays,
    unsettled,
)
from tessel.compiler.frontend.tracing.trace import Trace, current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray

UNROLLED_OPERATIONS = 256
"""Innermost loops that make no more operations than this are unrolled.

Copies fuse, and a loop calls the runtime: 40 operations on 16 elements take 41 us as a loop and
4 us as one kernel.
"""

_log = logging.getLogger("tessel.frontend")


@dataclass(frozen=True)
class Site:
    """One loop of the source.

    `names` are the variables that its body assigns; `entering` those whose value before an
    iteration it may read; `leaving` those that may be read after the loop; `loaded` all that its
    body reads; `appended` those with which it does nothing but append; `innermost` says that it
    holds no loop.
    """

    target: str
    names: tuple[str, ...]
    entering: tuple[str, ...]
    leaving: tuple[str, ...]
    loaded: tuple[str, ...]
    appended: tuple[str, ...]
    innermost: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The loop's own variable, and those that its body assigns."""
        return (self.target, *self.names)


def attempts(
    site: tuple[Any, ...],
    iterable: Any,
    bounds: tuple[Any, ...],
    variables: dict[str, Any],
    namespace: dict[str, Any],
) -> Iterator["UnrolledLoop | CapturedLoop"]:
    """What runs the body of a loop: it is entered each time, and the last one counts.

    `variables` are the local ones where the loop stands, `namespace` the global ones.
    """
    loop_site = Site(*site)
    trace = current_trace()
    entry = {name: variables.get(name, UNBOUND) for name in loop_site.variables}
    if (
        trace is not None
        and (trace.elements is None or trace.elements.values is None)
        and iterable is range
        and is_worth_capturing(loop_site.loaded, bounds, variables)
    ):
        is_known = not any(isinstance(one, TracedArray) for one in bounds)
        named = [variables.get(name, namespace.get(name)) for name in loop_site.loaded]
        bound, reachable = as_bounds(bounds), Reachable.of(named)
        others = [
            one for name, one in zip(loop_site.loaded, named) if name not in loop_site.appended
        ]
        lists = appended_lists(loop_site.appended, variables, others) if is_known else []
        capture = CapturedLoop(loop_site, trace, bound, entry, reachable, is_known, lists)
        while not capture.given_up:
            yield capture
            if capture.settled:
                return
    unrolled = UnrolledLoop(loop_site, entry)
    for index in iterable(*bounds):
        unrolled.entry[loop_site.target] = index
        yield unrolled


@dataclass
class UnrolledLoop:
    """A loop that runs as Python runs it."""

    site: Site
    entry: dict[str, Any]

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def values(self) -> tuple[Any, ...]:
        """What the variables are before an iteration, and after the loop."""
        return tuple(self.entry.values())

    def leave(self, variables: dict[str, Any]) -> None:
        """Ends an iteration."""
        self.entry = {name: variables.get(name, UNBOUND) for name in self.site.variables}


@dataclass
class CapturedLoop:
    """A loop that becomes one loop of the program: its body runs once, with a traced index.

    It is entered again for as long as the body shows more variables, or wider dtypes, to carry.
    `settled` when the program holds the loop; `given_up` when it cannot. `can_unroll` says that its
    bounds do not depend on data.
    """

    site: Site
    trace: Trace
    bounds: tuple[Any, Any, int]
    entry: dict[str, Any]
    reachable: Reachable
    can_unroll: bool
    lists: list[AppendedList]
    settled: bool = False
    given_up: bool = False
    _carried: dict[str, Carried] = field(default_factory=dict)
    _rounds: int = 0

    def __post_init__(self) -> None:
        self._loop = CountedLoop.of(self.trace, self.bounds)
        state = self.trace.state
        self._state = None if state is None else state.checkpoint()
        self._values = dict(self.entry)
        if self.reachable.is_stateful:
            if not self.can_unroll:
                raise refusal("may advance an iterator or a generator of random numbers")
            self.given_up = True

    @property
    def _is_static(self) -> bool:
        return not any(isinstance(one, TracedArray) for one in self.bounds)

    @property
    def _init(self) -> list[TracedArray]:
        return [leaf for one in self._carried.values() for leaf in one.init]

    def __enter__(self) -> None:
        self._rounds += 1
        if self._rounds > ROUNDS:
            raise unsettled()
        init = self._init
        with ExitStack() as stack:
            types = self._loop.argument_types(init)
            self._region = stack.enter_context(temporary_region(self.trace, types, carries=True))
            self._scratch = stack.pop_all()
        self._region.count = self._loop.static_count
        self._active = self._region.active()
        counter, *arguments = self._active.__enter__()
        index = self._loop.index(counter)
        self._iteration = self._loop.iteration(counter)
        entered = iter(entry_arrays(self.trace, arguments, init))
        self._values = self.entry | {self.site.target: index}
        for name, one in self._carried.items():
            self._values[name] = unflatten(one.structure, [next(entered) for _ in one.init])
        self._entered = dict(self._values)

    def values(self) -> tuple[Any, ...]:
        """What the variables are before the iteration, and after the loop."""
        return tuple(self._values.values())

    def leave(self, variables: dict[str, Any]) -> None:
        """Ends the iteration."""
        self._values = {name: variables.get(name, UNBOUND) for name in self.site.variables}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Ends the attempt; True when the next one is to be made after an error of the body."""
        try:
            self._active.__exit__(None, None, None)
            if error is None:
                self._close()
        except Exception as found:
            error = found
        finally:
            self._scratch.close()
        if error is None:
            return False
        self.reachable.restore()
        if self._state is not None:
            self._state.restore()
        if not isinstance(error, Exception) or not self.can_unroll or not self._concerns(error):
            if error.__traceback__ is not traceback:
                raise error
            return False
        _log.info("a loop over %s is unrolled: %s", self.site.target, error)
        self.given_up, self._values = True, dict(self.entry)
        return True

    def _concerns(self, error: Exception) -> bool:
        """Whether unrolling this loop may avoid the error."""
        regions = error.regions if isinstance(error, ControlFlowError) else None
        return regions is None or self._region in regions

    def _close(self) -> None:
        """Builds the loop, or notes what else it has to carry."""
        if self._region.refused is not None:
            raise self._region.refused
        for one in self.lists:
            one.take()
        if self.reachable.changed() or (self._state is not None and self._state.changed()):
            raise refusal("changes a list, a dict, an attribute or a variable of another function")
        new = self._newly_carried()
        results: list[TracedArray] = []
        names: list[str] = []
        with self._region.active():
            for name, one in self._carried.items():
                leaves, structure = flatten(self._values[name])
                if structure != one.structure:
                    raise refusal(f"changes how {name} nests")
                results += [traced(leaf, self.trace) for leaf in leaves]
                names += [name] * len(leaves)
            filled = [one.fill(self._iteration) for one in self.lists]
        self._check_aliases(new, results)
        init = self._init
        carry = LoopCarry(names, True, self._is_static, self._region)
        joined = close_body(self._region, init, results, carry)
        if joined is not None:
            remaining = iter(joined)
            for one in self._carried.values():
                one.init = [next(remaining) for _ in one.init]
        count = len(range(*self.bounds)) if self.lists else 0
        possible = [done or one.allocate(count) for one, done in zip(self.lists, filled)]
        if new:
            self._carried |= new
        elif not all(possible):
            raise refusal("appends other things than arrays to a list")
        elif joined is None and all(filled):
            if self._is_short():
                raise refusal("is short")
            before = {name: self._entered[name] for name in self._carried}
            after = {name: self._values[name] for name in self._carried}
            for one in self.lists:
                one.find_aliases(before, after, self._region)
            if self._is_static and self._multiplies_whole_numbers():
                raise refusal("multiplies a Python integer, which may exceed 64 bits")
            self._finish(self._loop.build(self._region, init))

    def _is_short(self) -> bool:
        if not self._is_static or not self.site.innermost:
            return False
        operations = len(list(self._region.block.operations))
        return len(range(*self.bounds)) * operations <= UNROLLED_OPERATIONS

    def _finish(self, results: Sequence[TracedArray]) -> None:
        """Gives the variables their values after the loop."""
        remaining = iter(results)
        for name, one in self._carried.items():
            self._values[name] = unflatten(one.structure, [next(remaining) for _ in one.init])
        read = {name: self._values[name] for name in self._carried if name in self.site.leaving}
        for one in self.lists:
            one.extend(len(range(*self.bounds)), self.entry, read)
        if self.site.target in self.site.leaving:
            start, stop, step = self.bounds
            if self._is_static:
                self._values[self.site.target] = range(start, stop, step)[-1]
            else:
                count = (stop - start + (step - (1 if step > 0 else -1))) // step
                last = start + (count - 1) * step
                before = self.entry[self.site.target]
                if isinstance(before, int | TracedArray):
                    chosen = elementwise.where(count > 0, last, before)
                    last = TracedArray.of(self.trace, chosen.value, int)
                self._values[self.site.target] = last
        self.settled = True

    def _newly_carried(self) -> dict[str, Carried]:
        """Variables that the body replaced and an iteration or the code after the loop reads."""
        new: dict[str, Carried] = {}
        for name in sorted({*self.site.entering, *self.site.leaving} - {self.site.target}):
            value, before = self._values[name], self._entered[name]
            if name in self._carried or value is before:
                continue
            leaves, structure = flatten(value)
            if not any(isinstance(leaf, TracedArray) for leaf in leaves) and _equal(value, before):
                continue
            holds_traced = any(isinstance(leaf, TracedArray) for leaf in leaves)
            if name in self.site.entering and self.entry[name] is not UNBOUND:
                new[name] = carried_from(self.entry[name], structure, name, self.trace)
            elif holds_traced or not self._is_static:
                arrays = [traced(leaf, self.trace) for leaf in leaves]
                new[name] = carried_like(self.entry[name], structure, arrays, self._is_static)
            elif not all(isinstance(leaf, PLAIN) for leaf in leaves):
                raise refusal(f"makes {name}, which may be another object in each iteration")
        return new

    def _multiplies_whole_numbers(self) -> bool:
        """Whether a Python integer that the loop carries may grow by more than sums."""
        positions = range(1, 1 + len(self._init))
        grown = {
            self._region.block.arguments[i] for i in positions if self._init[i - 1].weak is int
        }
        if not grown:
            return False
        ends = list(self._region.block.operations)[-1].operands
        return any(one.weak is int and grows(end, grown) for one, end in zip(self._init, ends))

    def _check_aliases(self, new: dict[str, Carried], results: Sequence[TracedArray]) -> None:
        """Refuses what arrays carried by value would compute differently.

        A carried array is a copy: nobody else may see writes to it, nor may it see theirs.
        """
        storages = [one.storage for one in results if one.ndim]
        appended = [storage for one in self.lists for storage in one.storages()]
        if len(set(appended)) < len(appended):
            raise refusal("appends one array twice")
        for name in new:
            leaves = flatten(self._values[name])[0]
            storages += [one.storage for one in leaves if isinstance(one, TracedArray) and one.ndim]
            for leaf in flatten(self.entry[name])[0]:
                if isinstance(leaf, TracedArray) and leaf.storage in self._region.written:
                    raise refusal(f"writes to {name}, and replaces it by another array")
        if any(one.home is not self._region for one in storages):
            raise refusal("gives another name to an array from outside")
        if len(set(map(id, storages))) < len(storages):
            raise refusal("gives two names to one array")
        containers = [
            part for name in {*self._carried, *new} for part in _containers(self._values[name])
        ]
        if len(set(map(id, containers))) < len(containers):
            raise refusal("gives two names to one list or dict")


def _containers(value: Any) -> list[Any]:
    """Lists and dicts of a variable, and those inside them."""
    if not isinstance(value, list | tuple | dict):
        return []
    inside = value.values() if isinstance(value, dict) else value
    own = [] if isinstance(value, tuple) else [value]
    return own + [part for one in inside for part in _containers(one)]


def _equal(value: Any, before: Any) -> bool:
    """Whether a variable that holds no traced array has the value that it had before."""
    return type(value) is type(before) and bool(np.all(value == before))
