"""Units of work that the threads which run a kernel claim, until none is left.

Threads share two counters for each kernel (`runtime/sharing.py` has their places): how many units
are claimed, and how many are done. One that comes late finds nothing to claim, so no thread waits
for another to begin; it waits only for units that somebody is at work on.
"""

from collections.abc import Callable

from tessel.compiler.kernels.builder import intrinsic
from tessel.compiler.kernels.hardware import Hardware
from tessel.compiler.kernels.index import Index, IndexLike, as_index
from tessel.compiler.kernels.units import do_units
from tessel.compiler.targets.instruction_set import InstructionSet
from tessel.dialects.mlir import arith, ir, memref, scf
from tessel.runtime.sharing import LEFT, counters_of

_CLAIMS = 8
"""Claims for each thread, so that the last ones end at nearly the same time."""

_PAUSES = 4
"""Pauses of a thread between looks at a counter that another one writes."""


def claim_units(
    counters: ir.Value,
    kernel: Index,
    total: Index,
    hardware: Hardware,
    body: Callable[[Index], None],
) -> None:
    """Does the units `range(total)` of a kernel that no other thread does, and waits for the rest.

    `counters` is a memref of int32, of all kernels; `kernel` the number of this one. Threads claim
    several units at once where there are many.
    """
    at_once = max(1, (total.known or 0) // (_CLAIMS * hardware.threads))
    claimed, done = counters_of(kernel)

    def claim() -> ir.Value:
        return _add(counters, claimed, Index(at_once))

    turns = scf.WhileOp([_integer()], [claim()])
    before, after = (part.blocks.append(_integer()) for part in (turns.before, turns.after))
    with ir.InsertionPoint(before):
        scf.ConditionOp(_is_less(before.arguments[0], total), [before.arguments[0]])
    with ir.InsertionPoint(after):
        first = Index(arith.index_cast(ir.IndexType.get(), after.arguments[0]))
        last = do_units(first, at_once, total, body)
        _add(counters, done, last - first)
        scf.YieldOp([claim()])
    _wait(counters, done, total, hardware.instructions)


def leave(counters: ir.Value) -> None:
    """Says that this thread touches the counters of these kernels no more."""
    _add(counters, LEFT, Index(1))


def _wait(counters: ir.Value, place: Index, total: Index, instructions: InstructionSet) -> None:
    """Until a counter is `total`."""
    looks = scf.WhileOp([], [])
    before, after = looks.before.blocks.append(), looks.after.blocks.append()
    with ir.InsertionPoint(before):
        scf.ConditionOp(_is_less(_add(counters, place, Index(0)), total), [])
    with ir.InsertionPoint(after):
        for name in instructions.pause * _PAUSES:
            intrinsic(name, None, [])
        scf.YieldOp([])


def _add(counters: ir.Value, place: IndexLike, number: Index) -> ir.Value:
    """Adds to a counter; what it was before. What was written before is seen by who reads it."""
    added = arith.index_cast(_integer(), number.value)
    return memref.atomic_rmw(arith.AtomicRMWKind.addi, added, counters, [as_index(place).value])


def _is_less(number: ir.Value, limit: Index) -> ir.Value:
    return arith.cmpi(arith.CmpIPredicate.slt, number, arith.index_cast(_integer(), limit.value))


def _integer() -> ir.Type:
    return ir.IntegerType.get_signless(32)
