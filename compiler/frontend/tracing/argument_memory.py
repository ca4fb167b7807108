"""The layout of a call's arrays in memory, where a program depends on it.

A program is traced for arguments in row-major order that share no memory. It is traced once more,
for the memory of the call, where NumPy would give something else: where arrays overlap and one is
written, and where a reshape that is written through is a view in one order and a copy in another.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError
from tessel.compiler.frontend.tracing.layout import Layout

_OVERLAP_WORK = 1 << 16
"""Steps after which arrays whose bounds overlap count as overlapping."""


@dataclass(frozen=True)
class Part:
    """One argument as a part of memory that arguments share: offset and strides in elements."""

    position: int
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class OverlappingMemory:
    """Arguments that overlap, and the span of memory, `size` elements, that holds them all."""

    parts: tuple[Part, ...]
    size: int

    def base(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """The span, as one vector."""
        one = self.parts[0]
        array = arrays[one.position]
        itemsize = array.dtype.itemsize
        first = array.__array_interface__["data"][0] - one.first * itemsize
        span = (ctypes.c_uint8 * (self.size * itemsize)).from_address(first)
        return np.ndarray((self.size,), array.dtype, span)  # type: ignore[arg-type]


@dataclass(frozen=True)
class ArgumentMemory:
    """Strides of the arguments that are not in row-major order, and those that overlap."""

    strides: tuple[tuple[int, ...] | None, ...] = ()
    shared: tuple[OverlappingMemory, ...] = ()

    def inputs(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the program takes: its arrays, and a span instead of those that overlap."""
        found: list[np.ndarray | None] = list(arrays)
        for one in self.shared:
            for part in one.parts:
                found[part.position] = None
            found[one.parts[0].position] = one.base(arrays)
        return [array for array in found if array is not None]

    def layout(self, position: int, array: np.ndarray) -> Layout | None:
        """The layout under which an argument is traced."""
        strides = self.strides[position] if self.strides else None
        return None if strides is None else Layout(array.shape, strides, array.dtype.itemsize)


ROW_MAJOR = ArgumentMemory()
"""Arguments in row-major order that share no memory."""


def memory_of_call(
    arrays: Sequence[np.ndarray], mutated: Sequence[int], order_matters: bool, dynamic: bool = False
) -> ArgumentMemory:
    """What a program has to know of the memory of these arrays, of which it writes `mutated`.

    Axes of size 1 may have any stride. A program of dynamic sizes (`dynamic`) takes none to be 1.

    Raises ArgumentValueError for arrays that overlap as elements of different kinds.
    """
    shared = _overlaps(arrays, mutated) if mutated else ()
    in_order = [array.flags.c_contiguous and not (dynamic and 1 in array.shape) for array in arrays]
    if order_matters and not all(in_order):
        strides = tuple(None if one else array.strides for one, array in zip(in_order, arrays))
        return ArgumentMemory(strides, shared)
    return ArgumentMemory((), shared) if shared else ROW_MAJOR


def _overlaps(
    arrays: Sequence[np.ndarray], mutated: Sequence[int]
) -> tuple[OverlappingMemory, ...]:
    groups: list[set[int]] = [{one} for one in mutated if _overlaps_itself(arrays[one])]
    for one in mutated:
        for other, array in enumerate(arrays):
            if other != one and np.may_share_memory(arrays[one], array):
                if _share_memory(arrays[one], array):
                    groups.append({one, other})
    if not groups:
        return ()
    joined: list[set[int]] = []
    for group in groups:
        apart = [one for one in joined if not one & group]
        joined = [*apart, group.union(*(one for one in joined if one & group))]
    return tuple(_shared_memory(arrays, sorted(group)) for group in joined)


def _share_memory(one: np.ndarray, other: np.ndarray) -> bool:
    try:
        return np.shares_memory(one, other, _OVERLAP_WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _overlaps_itself(array: np.ndarray) -> bool:
    """Whether two indices may name one element."""
    if array.flags.c_contiguous or not array.size:
        return False
    reach = array.dtype.itemsize
    for stride, size in sorted(zip(map(abs, array.strides), array.shape)):
        if size > 1:
            if stride < reach:
                return True
            reach += stride * (size - 1)
    return False


def _shared_memory(arrays: Sequence[np.ndarray], group: Sequence[int]) -> OverlappingMemory:
    bounds = [np.lib.array_utils.byte_bounds(arrays[one]) for one in group]
    low, high = min(one for one, _ in bounds), max(one for _, one in bounds)
    itemsize = arrays[group[0]].dtype.itemsize
    parts = []
    for position in group:
        array = arrays[position]
        distance = array.__array_interface__["data"][0] - low
        steps = (distance, high - low, *array.strides)
        if array.dtype != arrays[group[0]].dtype or any(step % itemsize for step in steps):
            raise ArgumentValueError(
                f"an argument is written that shares memory with another one as {array.dtype}"
                f" and {arrays[group[0]].dtype}",
                hint="pass a copy of one",
            )
        strides = tuple(stride // itemsize for stride in array.strides)
        parts.append(Part(position, distance // itemsize, array.shape, strides))
    return OverlappingMemory(tuple(parts), (high - low) // itemsize)
