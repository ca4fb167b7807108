"""Memory for what kernels pass on: arrays that are not alive at once share a slot.

    a = k0(x); b = k1(a); c = k2(b)    ->    a and c in slot 0, b in slot 1

Slots of dynamic sizes are for arrays of the same size; others grow.
"""

from dataclasses import dataclass, replace

from tessel.compiler.kernels.kernel_sequence import KernelSequence
from tessel.compiler.kernels.size_maps import ArraySizes, static_size
from tessel.dialects.mlir import ir
from tessel.runtime.arrays import ALIGNMENT


@dataclass(frozen=True)
class WorkspacePlan:
    """The offsets of arrays, and the size of it all, in bytes."""

    offsets: dict[ir.Value, ir.AffineExpr]
    size: ir.AffineExpr

    @property
    def is_empty(self) -> bool:
        return not self.offsets


@dataclass(frozen=True)
class _Slot:
    """Bytes for one array at a time; `busy` until the kernel of this number has run."""

    size: ir.AffineExpr
    busy: int


def plan_workspace(program: KernelSequence, sizes: ArraySizes) -> WorkspacePlan:
    """A slot for each array. Raises UnknownSizeError."""
    slots: list[_Slot] = []
    held: dict[ir.Value, int] = {}
    for value in program.between:
        size = ir.AffineExpr.get_ceil_div(sizes.nbytes(value), ALIGNMENT) * ALIGNMENT
        number = _free_slot(slots, size, program.made[value])
        if number is None:
            number = len(slots)
            slots.append(_Slot(size, 0))
        held[value] = number
        largest = _larger(slots[number].size, size)
        slots[number] = replace(slots[number], size=largest, busy=program.last_reader[value])
    begins: list[ir.AffineExpr] = [ir.AffineExpr.get_constant(0)]
    for slot in slots:
        begins.append(begins[-1] + slot.size)
    return WorkspacePlan({value: begins[slot] for value, slot in held.items()}, begins[-1])


def _free_slot(slots: list[_Slot], size: ir.AffineExpr, kernel: int) -> int | None:
    """One of the same size, or the largest of those whose sizes are static as this one is."""
    wanted = static_size(size)
    free = [number for number, slot in enumerate(slots) if slot.busy < kernel]
    same = [number for number in free if slots[number].size == size]
    known = [number for number in free if None not in (static_size(slots[number].size), wanted)]
    return next(
        iter(same), max(known, key=lambda one: static_size(slots[one].size) or 0, default=None)
    )


def _larger(one: ir.AffineExpr, other: ir.AffineExpr) -> ir.AffineExpr:
    """Of two sizes that are the same or known."""
    return max(one, other, key=lambda size: static_size(size) or 0)
