"""Lists that the body of a loop appends to: the loop fills an array with what it appends.

    for i in range(n):                   rows_0 = zeros((n, *x.shape))
        x = step(x)                      for i in range(n):
        rows.append(x)          ->           x = step(x)
                                             rows_0[i] = x
                                         rows += [rows_0[0], rows_0[1], ...]

A body that is traced once may do nothing else with such a list. Elements of a list are arrays of
their own, so what else is one of them before or after the loop stays one of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tessel.compiler.frontend.python.loop_carry import refusal, zeros
from tessel.compiler.frontend.tracing.pytree import Structure, flatten, unflatten
from tessel.compiler.frontend.tracing.reachable import Reachable
from tessel.compiler.frontend.tracing.region import Region
from tessel.compiler.frontend.tracing.traced_array import TracedArray

_MOST_LEAVES = 16
"""Arrays that one iteration may append, each of which is collected in an array of its own."""

Variables = Mapping[str, Any]


@dataclass
class _Leaf:
    """One array that each iteration appends, and `stack`, which collects it.

    It is row `offset` of the `rows` that an iteration writes, since arrays of one kind share a
    stack: what is appended one after the other is stored so. `first` is the variable, and the
    position in it, that it is before the iteration; `last` the one that it is after it.
    """

    stack: TracedArray
    rows: int
    offset: int
    weak: type | None
    first: tuple[str, int] | None = None
    last: tuple[str, int] | None = None

    def row(self, iteration: Any) -> Any:
        """Its index in `stack`."""
        return iteration if self.rows == 1 else iteration * self.rows + self.offset

    def fits(self, value: Any) -> bool:
        if not isinstance(value, TracedArray):
            return False
        row, kind = self.stack.array_type, value.array_type
        same = row.dtype == kind.dtype and row.shape[1:] == kind.shape
        return same and self.weak is value.weak


@dataclass
class AppendedList:
    """One list of the user's, its length before the loop, and what an iteration appends."""

    elements: list[Any]
    length: int
    structure: Structure | None = None
    leaves: list[_Leaf] = field(default_factory=list)
    _values: list[Any] = field(default_factory=list)
    _kinds: list[tuple[Structure, int]] = field(default_factory=list)

    def take(self) -> None:
        """Takes out what the body has appended."""
        appended = self.elements[self.length :]
        del self.elements[self.length :]
        values, structure = flatten(appended)
        if self.leaves and structure != self.structure:
            raise refusal("appends something else to a list in each iteration")
        if len(values) > _MOST_LEAVES:
            raise refusal("appends many arrays to a list")
        self.structure, self._values = structure, values
        items = [flatten(one) for one in appended]
        self._kinds = [(kind, at) for leaves, kind in items for at in range(len(leaves))]

    def storages(self) -> list[Any]:
        """The memory of the arrays that are appended."""
        arrays = [one for one in self._values if isinstance(one, TracedArray)]
        return [one.storage for one in arrays if one.ndim]

    def fill(self, iteration: TracedArray) -> bool:
        """Writes what was appended where it belongs; False where there is no such array yet."""
        if len(self.leaves) != len(self._values):
            return False
        if not all(one.fits(value) for one, value in zip(self.leaves, self._values)):
            return False
        for leaf, value in zip(self.leaves, self._values):
            leaf.stack[leaf.row(iteration)] = value
        return True

    def find_aliases(self, before: Variables, after: Variables, region: Region) -> None:
        """Notes which variables that the loop carries are what it appends.

        Raises ControlFlowError for an array whose later changes the list would see.
        """
        old, new = _positions(before), _positions(after)
        for leaf, value in zip(self.leaves, self._values):
            leaf.first, leaf.last = old.get(id(value)), new.get(id(value))
            if value.ndim:
                _check_aliases(value, leaf, before, after, region)

    def allocate(self, count: int) -> bool:
        """Makes the arrays for `count` iterations; False where other things are appended."""
        if not all(isinstance(one, TracedArray) for one in self._values):
            return False
        pairs = zip(self._kinds, self._values)
        kinds = [(*kind, one.array_type, one.weak) for kind, one in pairs]
        stacks: dict[Any, TracedArray] = {}
        self.leaves = []
        for position, (kind, one) in enumerate(zip(kinds, self._values)):
            rows, offset = kinds.count(kind), kinds[:position].count(kind)
            if kind not in stacks:
                stacks[kind] = zeros((count * rows, *one.shape), one.dtype, one.trace)
            self.leaves.append(_Leaf(stacks[kind], rows, offset, one.weak))
        return True

    def extend(self, count: int, before: Variables, after: Variables) -> None:
        """Appends what all iterations have, once the loop is part of the program.

        `before` are the variables before the loop, `after` those that may be read after it.
        """
        if self.structure is None:
            return
        for iteration in range(count):
            leaves = []
            for leaf in self.leaves:
                if leaf.first is not None and iteration == 0:
                    leaves.append(_at(leaf.first, before))
                elif leaf.last is not None and leaf.last[0] in after and iteration == count - 1:
                    leaves.append(_at(leaf.last, after))
                else:
                    row = leaf.stack[leaf.row(iteration)]
                    weak = leaf.weak is not None
                    leaves.append(TracedArray.of(row.trace, row.value, leaf.weak) if weak else row)
            self.elements += unflatten(self.structure, leaves)


def appended_lists(
    names: Iterable[str], variables: Variables, others: Sequence[Any]
) -> list[AppendedList]:
    """The lists of these names that nothing else leads to that the body reads (`others`)."""
    lists = [variables[name] for name in names if type(variables.get(name)) is list]
    if not lists:
        return []
    elements = [one for part in lists for one in part]
    seen = Reachable.identities([*others, *elements])
    alone = [one for one in lists if id(one) not in seen and sum(one is two for two in lists) == 1]
    return [AppendedList(one, len(one)) for one in alone]


def _positions(variables: Variables) -> dict[int, tuple[str, int]]:
    """Where each array of some variables is, by its identity."""
    return {
        id(leaf): (name, position)
        for name, value in variables.items()
        for position, leaf in enumerate(flatten(value)[0])
    }


def _at(where: tuple[str, int], variables: Variables) -> Any:
    name, position = where
    return flatten(variables[name])[0][position]


def _check_aliases(
    value: TracedArray, leaf: _Leaf, before: Variables, after: Variables, region: Region
) -> None:
    if value.storage.home is not region:
        raise refusal("appends an array from outside to a list")
    if leaf.first is not None and leaf.last is not None:
        raise refusal("appends an array to a list that it carries unchanged")
    carried = [one for values in (before, after) for one in flatten(list(values.values()))[0]]
    for one in carried:
        if isinstance(one, TracedArray) and one.storage is value.storage and one is not value:
            raise refusal("appends a part of an array that it carries to a list")
    kept = value if leaf.last is None else _at(leaf.last, before)
    if (leaf.first or leaf.last) is not None and kept.storage.version:
        raise refusal("writes to an array that is in a list")
