"""Keeps apart, for IREE, the value that a loop begins with and the value itself.

    y = exp(x); z = y; for i in range(9): z = f(z); return z, y

    scf.for ... iter_args(%z = %y)  ->  %start = util.optimization_barrier %y
                                        scf.for ... iter_args(%z = %start)

IREE 3.13 cannot schedule a program in which the computed value that a loop begins with, or what it
is a view of, has other users ("circular dependency: input operation uses partition output"). It
also crashes, or refuses the program ("region branch point has 4 operands, but region successor
needs 6 inputs"), where the step of a while loop does not use a value that it is given; that gets a
barrier too.
Keeps: values.  Does not fire: on arguments of the function, and on values that only the loop uses.
Test: lit_tests/passes/copy_loop_inits.mlir
"""

from dataclasses import dataclass

from tessel.compiler.analysis.aliasing import is_read_elsewhere
from tessel.compiler.emit.iree_ops import BARRIER, TIED, barrier, barrier_with_sizes
from tessel.compiler.passes.base import Pass
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class CopyLoopInits(Pass):
    """Adds barriers before loops."""

    def run(self, module: ir.Operation) -> None:
        loops: list[ir.Operation] = []

        def visit(operation: ir.Operation) -> ir.WalkResult:
            if operation.name in ("scf.for", "scf.while"):
                loops.append(operation)
            return ir.WalkResult.ADVANCE

        module.walk(visit)
        for loop in loops:
            if loop.name == "scf.while":
                _use_all(loop.regions[1].blocks[0])
            for position, value in enumerate(loop.operands):
                if _is_shared(value):
                    with ir.InsertionPoint(loop), loop.location:
                        loop.operands[position] = barrier_with_sizes(value)


def _use_all(body: ir.Block) -> None:
    """Uses what the step of a while loop is given and does not read."""
    for argument in body.arguments:
        if not list(argument.uses):
            with ir.InsertionPoint.at_block_begin(body), argument.owner.owner.location:
                barrier(argument)


def _is_shared(value: ir.Value) -> bool:
    """Whether a tensor is computed and has other users than one loop."""
    owner = owner_of(value)
    if owner is None or not isinstance(value.type, ir.RankedTensorType):
        return False
    return owner.name not in (BARRIER, TIED) and is_read_elsewhere(value)
