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

from tessel.compiler.diagnostics import ControlFlowError, UserError
from tessel.compiler.frontend.apply import apply, traced
from tessel.compiler.frontend.pytree import Structure, flatten, unflatten
from tessel.compiler.frontend.region import scratch_region
from tessel.compiler.frontend.sizes import shape_operands
from tessel.compiler.frontend.structured import (
    ROUNDS,
    Carry,
    CountedLoop,
    close_body,
    entry_arrays,
    unsettled,
)
from tessel.compiler.frontend.trace import Trace, current_trace
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.frontend.traced_dim import TracedDim
from tessel.compiler.locations import user_place
from tessel.dialects.dim import Dim
from tessel.dialects.shape import BroadcastTo

UNROLLED_OPERATIONS = 256
"""Innermost loops that make no more operations than this are unrolled.

Copies fuse, and a loop calls the runtime: 40 operations on 16 elements take 41 us as a loop and
4 us as one kernel.
"""

_log = logging.getLogger("tessel.frontend")


class Unbound:
    """Stands for the value of a variable that has none."""


UNBOUND = Unbound()


@dataclass(frozen=True)
class Site:
    """One loop of the source.

    `names` are the variables that its body assigns; `entering` those whose value before an
    iteration it may read; `leaving` those that may be read after the loop; `loaded` all that its
    body reads; `innermost` says that it holds no loop.
    """

    target: str
    names: tuple[str, ...]
    entering: tuple[str, ...]
    leaving: tuple[str, ...]
    loaded: tuple[str, ...]
    innermost: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The loop's own variable, and those that its body assigns."""
        return (self.target, *self.names)


def attempts(
    site: tuple[Any, ...], iterable: Any, bounds: tuple[Any, ...], variables: dict[str, Any]
) -> Iterator["UnrolledLoop | CapturedLoop"]:
    """What runs the body of a loop: it is entered each time, and the last one counts."""
    loop_site = Site(*site)
    trace = current_trace()
    entry = {name: variables.get(name, UNBOUND) for name in loop_site.variables}
    if (
        trace is not None
        and iterable is range
        and _is_worth_capturing(loop_site, bounds, variables)
    ):
        is_known = not any(isinstance(one, TracedArray) for one in bounds)
        capture = CapturedLoop(loop_site, trace, _as_bounds(bounds), entry, variables, is_known)
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
class _Carried:
    """A variable that the loop carries: how its arrays nest, and what they are before it."""

    structure: Structure
    init: list[TracedArray]


@dataclass
class _Contents:
    """A list or dict that the body can reach, and what it held before."""

    container: Any
    before: Any

    def changed(self) -> bool:
        if isinstance(self.container, dict):
            old, new = self.before.items(), self.container.items()
            return len(old) != len(new) or any(
                a is not b for x, y in zip(old, new) for a, b in zip(x, y)
            )
        return len(self.before) != len(self.container) or any(
            a is not b for a, b in zip(self.before, self.container)
        )

    def restore(self) -> None:
        if isinstance(self.container, dict):
            self.container.clear()
            self.container.update(self.before)
        else:
            self.container[:] = self.before


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
    variables: dict[str, Any]
    can_unroll: bool
    settled: bool = False
    given_up: bool = False
    _carried: dict[str, _Carried] = field(default_factory=dict)
    _rounds: int = 0

    def __post_init__(self) -> None:
        self._loop = CountedLoop.of(self.trace, self.bounds)
        self._values = dict(self.entry)
        reachable = [self.variables.get(name) for name in self.site.loaded]
        self._contents = [
            _Contents(one, one.copy()) for one in reachable if isinstance(one, list | dict)
        ]

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
            self._region = stack.enter_context(scratch_region(self.trace, types, carries=True))
            self._scratch = stack.pop_all()
        self._region.count = self._loop.known_count
        self._active = self._region.active()
        counter, *arguments = self._active.__enter__()
        index = self._loop.index(counter)
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
        except UserError as found:
            error = found
        finally:
            self._scratch.close()
        if error is None:
            return False
        for one in self._contents:
            one.restore()
        if not isinstance(error, UserError) or not self.can_unroll or not self._concerns(error):
            if error.__traceback__ is not traceback:
                raise error
            return False
        _log.info("a loop over %s is unrolled: %s", self.site.target, error)
        self.given_up, self._values = True, dict(self.entry)
        return True

    def _concerns(self, error: UserError) -> bool:
        """Whether unrolling this loop may avoid the error."""
        regions = error.regions if isinstance(error, ControlFlowError) else None
        return regions is None or self._region in regions

    def _close(self) -> None:
        """Builds the loop, or notes what else it has to carry."""
        if any(one.changed() for one in self._contents):
            raise _refusal("changes a list or dict")
        new = self._newly_carried()
        results: list[TracedArray] = []
        names: list[str] = []
        with self._region.active():
            for name, one in self._carried.items():
                leaves, structure = flatten(self._values[name])
                if structure != one.structure:
                    raise _refusal(f"changes how {name} nests")
                results += [traced(leaf, self.trace) for leaf in leaves]
                names += [name] * len(leaves)
        self._check_aliases(new, results)
        init = self._init
        joined = close_body(self._region, init, results, Carry(names, promotes=True))
        if joined is not None:
            remaining = iter(joined)
            for one in self._carried.values():
                one.init = [next(remaining) for _ in one.init]
        if new:
            self._carried |= new
        elif joined is None:
            if self._is_short():
                raise _refusal("is short")
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
        if self.site.target in self.site.leaving:
            start, stop, step = self.bounds
            if self._is_static:
                self._values[self.site.target] = range(start, stop, step)[-1]
            else:
                last = (stop - start + (step - (1 if step > 0 else -1))) // step - 1
                self._values[self.site.target] = start + last * step
        self.settled = True

    def _newly_carried(self) -> dict[str, _Carried]:
        """Variables that the body replaced and an iteration or the code after the loop reads."""
        new: dict[str, _Carried] = {}
        for name in sorted({*self.site.entering, *self.site.leaving} - {self.site.target}):
            value, before = self._values[name], self._entered[name]
            if name in self._carried or value is before:
                continue
            leaves, structure = flatten(value)
            if not any(isinstance(leaf, TracedArray) for leaf in leaves) and _equal(value, before):
                continue
            if name in self.site.entering:
                new[name] = _carried_from(self.entry[name], structure, name, self.trace)
            elif any(isinstance(leaf, TracedArray) for leaf in leaves):
                arrays = [traced(leaf, self.trace) for leaf in leaves]
                new[name] = _carried_like(self.entry[name], structure, arrays, self.trace)
        return new

    def _check_aliases(self, new: dict[str, _Carried], results: Sequence[TracedArray]) -> None:
        """Refuses what arrays carried by value would compute differently.

        A carried array is a copy: nobody else may see writes to it, nor may it see theirs.
        """
        storages = [one.storage for one in results if one.ndim]
        for name in new:
            leaves = flatten(self._values[name])[0]
            storages += [one.storage for one in leaves if isinstance(one, TracedArray) and one.ndim]
            for leaf in flatten(self.entry[name])[0]:
                if isinstance(leaf, TracedArray) and leaf.storage in self._region.written:
                    raise _refusal(f"writes to {name}, and replaces it by another array")
        if any(one.home is not self._region for one in storages):
            raise _refusal("gives another name to an array from outside")
        if len(set(map(id, storages))) < len(storages):
            raise _refusal("gives two names to one array")


def _is_worth_capturing(site: Site, bounds: tuple[Any, ...], variables: dict[str, Any]) -> bool:
    """Whether a loop computes with traced arrays, and runs often."""
    if any(isinstance(one, TracedArray | TracedDim) for one in bounds):
        return True
    if not all(isinstance(one, int | np.integer) for one in bounds) or not 1 <= len(bounds) <= 3:
        return False
    if len(bounds) == 3 and bounds[2] == 0:
        return False
    if len(range(*bounds)) <= 1:
        return False
    return any(_holds_traced(variables.get(name)) for name in site.loaded)


def _holds_traced(value: Any) -> bool:
    inside = [value] if isinstance(value, TracedArray) else flatten(value)[0]
    if not any(isinstance(leaf, TracedArray) for leaf in inside):
        inside = [
            one for leaf in inside if hasattr(leaf, "__dict__") for one in vars(leaf).values()
        ]
    return any(isinstance(leaf, TracedArray) for leaf in inside)


def _as_bounds(bounds: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Start, stop and step of `range(*bounds)`."""
    numbers = [
        one.as_array()
        if isinstance(one, TracedDim)
        else one
        if isinstance(one, TracedArray)
        else int(one)
        for one in bounds
    ]
    start, stop, *rest = [0, *numbers] if len(numbers) == 1 else numbers
    return start, stop, rest[0] if rest else 1


def _carried_from(value: Any, structure: Structure, name: str, trace: Trace) -> _Carried:
    """A variable whose value before the loop the first iteration reads."""
    leaves, found = flatten(value)
    if found != structure or value is UNBOUND:
        raise _refusal(f"changes how {name} nests")
    return _Carried(structure, [traced(leaf, trace) for leaf in leaves])


def _carried_like(
    value: Any, structure: Structure, arrays: Sequence[TracedArray], trace: Trace
) -> _Carried:
    """A variable that only the code after the loop reads; zeros where it has no value before."""
    leaves, found = flatten(value)
    init = []
    for position, array in enumerate(arrays):
        old = leaves[position] if found == structure else None
        if isinstance(old, TracedArray) and old.array_type == array.array_type:
            init.append(old)
            continue
        sizes = array.shape
        if any(isinstance(size, Dim) and size.hint is None for size in sizes):
            raise _refusal("makes an array of a size that only it knows")
        zero = traced(np.zeros((), array.dtype), trace)
        operands, shape = shape_operands(sizes)
        one = apply(BroadcastTo, zero, operands, shape=shape) if shape else zero
        init.append(TracedArray.of(trace, one.value, array.weak))
    return _Carried(structure, init)


def _equal(value: Any, before: Any) -> bool:
    """Whether a variable that holds no traced array has the value that it had before."""
    return type(value) is type(before) and bool(np.all(value == before))


def _refusal(what: str) -> ControlFlowError:
    hint = "use bounds that are known when tracing, so that it can be unrolled"
    return ControlFlowError(f"the loop {what}", place=user_place(), hint=hint)
