"""Indices read by kernels: looked at in blocks, noted where they are outside, and linearized.

A block is looked at in vectors before anything is moved, so that one branch says whether any of its
indices is outside. Only then, and for less than a block, indices are looked at one by one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.diagnostics import PassError
from tessel.compiler.emit.element import Element, cast, constant, select
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import (
    if_else,
    if_then,
    load,
    load_vector,
    loop,
    stack_alloc,
    store,
    store_vector,
    zeros,
)
from tessel.compiler.kernels.indexing.problem import IndexConfiguration
from tessel.compiler.kernels.target_attributes import STACK
from tessel.dialects.mlir import arith, ir, vector
from tessel.runtime.arrays import ALIGNMENT

INT64 = np.dtype(np.int64)

NOTED = 2
"""Integers for each check and workgroup: whether an index is outside, and the farthest of those.

Farthest as unsigned i + size, or i where none counts from the back: largest for the largest of the
negative ones, if there is one.
"""

_AT_ONCE = 8
"""Elements of a turn of the loop that moves them."""

Move = Callable[[Index, Index], None]
"""Takes the position of an element in the array, and the number of its index."""


@dataclass(frozen=True)
class Axis:
    """An axis of `size`, and the indices into it, a memref."""

    size: Index
    indices: ir.Value
    dtype: np.dtype


@dataclass(frozen=True)
class Bounds:
    """What is checked of the indices into an axis."""

    axis: int
    size: Index
    counts_from_back: bool


@dataclass(frozen=True)
class IndexReader:
    """Indices into all axes of an array in row-major order.

    What is outside `bounds` is noted in `found`, int64.
    """

    axes: Sequence[Axis]
    bounds: Sequence[Bounds]
    found: ir.Value | None
    configuration: IndexConfiguration

    def visit(self, first: Index, stop: Index, workgroup: Index, move: Move, outside: Move) -> None:
        """`move` for each index of range(first, stop) in order, `outside` for those outside.

        The position of one that is outside is the nearest inside. `workgroup` says whose notes are
        written.
        """
        block = self.configuration.block
        for number in range(len(self.bounds)):
            self._note(workgroup, number, constant(0, INT64), constant(0, INT64))
        whole = first + (stop - first) // block * block
        # Vectors across lines of the cache: wherever the stack begins decides over 4 % of the time.
        kept_indices = [stack_alloc([block], _integer(), alignment=ALIGNMENT) for _ in self.axes]

        def one(number: Index, _: Sequence[ir.Value]) -> None:
            self._one_by_one(number, workgroup, move, outside)

        def several(start: Index, _: Sequence[ir.Value]) -> None:
            def all_inside() -> None:
                def some(offset: Index, _: Sequence[ir.Value]) -> None:
                    for number in range(_AT_ONCE):
                        kept = [Element(load(n, [offset + number]), INT64) for n in kept_indices]
                        move(self._linear_index(kept), start + offset + number)

                loop(0, block, _AT_ONCE, [], some)

            inside = self._look(start, kept_indices)
            if_else(inside, all_inside, lambda: _each(start, start + block, one))

        loop(first, whole, block, [], several)
        _each(whole, stop, one)

    def _look(self, start: Index, kept_indices: Sequence[ir.Value]) -> ir.Value:
        """Writes the indices of a block, counted from the front; whether all of them are inside."""
        lanes = self.configuration.lanes

        def some(offset: Index, carried: list[ir.Value]) -> list[ir.Value]:
            signs = Element(carried[0], INT64)
            held = [self._indices(axis, start + offset, lanes) for axis in self.axes]
            for axis, index, kept in zip(self.axes, held, kept_indices):
                from_front = _from_front(index, axis.size)
                store_vector(from_front.value, kept, [offset])
                signs = signs | _sign(from_front, axis.size)
            for one in self.bounds:
                if not self._is_of_axis(one):
                    signs = signs | _sign(_checked(held[one.axis], one), one.size)
            return [signs.value]

        (signs,) = loop(0, self.configuration.block, lanes, [zeros(_integer(), lanes)], some)
        kind = ir.Attribute.parse("#vector.kind<or>")
        return (Element(vector.reduction(_integer(), kind, signs), INT64) >= 0).value

    def _one_by_one(self, number: Index, workgroup: Index, move: Move, outside: Move) -> None:
        """One index, wherever it points."""
        held = [cast(Element(load(a.indices, [number]), a.dtype), INT64) for a in self.axes]
        for position, one in enumerate(self.bounds):
            self._check(held[one.axis], one, workgroup, position)
        indices = [_from_front(index, axis.size) for axis, index in zip(self.axes, held)]
        signs = [_sign(index, axis.size) for axis, index in zip(self.axes, indices)]
        inside = constant(True, np.dtype(np.bool_))
        for sign in signs:
            inside = inside & (sign >= 0)
        nearest = [_nearest(index, axis.size) for axis, index in zip(self.axes, indices)]
        if_else(
            inside.value,
            lambda: move(self._linear_index(indices), number),
            lambda: outside(self._linear_index(nearest), number),
        )

    def _check(self, index: Element, bounds: Bounds, workgroup: Index, number: int) -> None:
        """Notes an index that is outside."""

        def note() -> None:
            assert self.found is not None, "what is checked is noted"
            far = index + _number(bounds.size) if bounds.counts_from_back else index
            before = Element(load(self.found, [self._noted(workgroup, number) + 1]), INT64)
            farthest = before.with_value(arith.maxui(far.value, before.value))
            self._note(workgroup, number, constant(1, INT64), farthest)

        if_then((_sign(_checked(index, bounds), bounds.size) < 0).value, note)

    def _note(self, workgroup: Index, number: int, is_outside: Element, farthest: Element) -> None:
        assert self.found is not None, "what is checked is noted"
        for offset, one in enumerate((is_outside, farthest)):
            store(one.value, self.found, [self._noted(workgroup, number) + offset])

    def _noted(self, workgroup: Index, number: int) -> Index:
        return (workgroup * len(self.bounds) + number) * NOTED

    def _indices(self, axis: Axis, start: Index, lanes: int) -> Element:
        return cast(Element(load_vector(axis.indices, [start], lanes), axis.dtype), INT64)

    def _linear_index(self, indices: Sequence[Element]) -> Index:
        """Where in the array, counted in elements."""
        position = Index(0)
        for axis, one in zip(self.axes, indices):
            position = position * axis.size + Index(arith.index_cast(ir.IndexType.get(), one.value))
        return position

    def _is_of_axis(self, bounds: Bounds) -> bool:
        """Whether what is inside the axis is inside these bounds."""
        return bounds.counts_from_back and self.axes[bounds.axis].size == bounds.size


def check_configuration(configuration: IndexConfiguration, axes: int) -> None:
    """Raises PassError for blocks that indices into so many axes cannot be read in."""
    step = max(configuration.lanes, _AT_ONCE)
    if configuration.block % step:
        raise PassError(f"blocks of {configuration.block} indices are no whole vectors of {step}")
    if configuration.block * axes * INT64.itemsize > STACK:
        raise PassError(f"blocks of {configuration.block} indices are too large for the stack")


def _each(first: Index, stop: Index, body: Callable[[Index, Sequence[ir.Value]], None]) -> None:
    loop(first, stop, 1, [], body)


def _from_front(index: Element, size: Index) -> Element:
    """An index that counts from the back where it is negative, from the front."""
    return select(index < 0, index + _number(size), index)


def _checked(index: Element, bounds: Bounds) -> Element:
    return _from_front(index, bounds.size) if bounds.counts_from_back else index


def _sign(index: Element, size: Index) -> Element:
    """A number that is negative where an index is not inside 0 <= index < size.

    Vectors of them are joined by `or`: AVX2 has no comparison of 64-bit integers but one.
    """
    return index | (_number(size) - 1 - index)


def _nearest(index: Element, size: Index) -> Element:
    last = _number(size) - 1
    below = index.with_value(arith.minsi(index.value, last.value))
    return below.with_value(arith.maxsi(below.value, index.constant(0).value))


def _number(size: Index) -> Element:
    if size.static is not None:
        return constant(size.static, INT64)
    return Element(arith.index_cast(_integer(), size.value), INT64)


def _integer() -> ir.Type:
    return ir.IntegerType.get_signless(64)
