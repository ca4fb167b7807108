"""Makes coarse workgroups of several each, where IREE would share single ones badly.

    flow.dispatch @gemm_0[24], for 2 threads  ->  flow.dispatch @gemm_0[12], of 2 each

Each thread of IREE's reserves its share at once, up to 8: of 24 for 2 threads one gets 16.
Keeps: results, to the bit.  Does not fire: on dynamic grids, on fewer workgroups than
threads reserve and on many hundreds, on persistent kernels; for one thread.
Test: lit_tests/passes/coarsen_workgroups.mlir
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.kernels.dispatch import WORKGROUP_ID, WORKGROUPS_PER_RESERVATION, entry_block
from tessel.compiler.kernels.kernel_sequence import Kernel, kernels_of
from tessel.compiler.kernels.target_attributes import threads_of
from tessel.compiler.kernels.workgroups import emit_workgroups, move_workgroup, split_workgroup
from tessel.compiler.passes.base import Pass
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class CoarsenWorkgroups(Pass):
    """One kernel after the other."""

    def run(self, module: ir.Operation) -> None:
        threads = threads_of(module)
        calls: dict[str, list[Kernel]] = defaultdict(list)
        for kernel in kernels_of(module) if threads > 1 else ():
            calls[kernel.name].append(kernel)
        for alike in calls.values():
            total = alike[0].workgroups or 0
            at_once = workgroups_per_dispatch(total, threads)
            # The code of a kernel is that of one grid.
            if at_once > 1 and all(one.grid == alike[0].grid for one in alike):
                with ir.Location.unknown(module.context):
                    _coarsen(alike, total, at_once)


def workgroups_per_dispatch(total: int, threads: int) -> int:
    """Workgroups that become one, for which the thread that has most has least to do."""
    most = WORKGROUPS_PER_RESERVATION * threads
    if not most < total < WORKGROUPS_PER_RESERVATION * most:
        return 1
    return min(range(1, total), key=lambda at_once: load_of(total, at_once, threads))


def load_of(total: int, at_once: int, threads: int) -> int:
    """Workgroups of the thread that has most, reserved in coarse ones of `at_once`."""
    workgroups = -(-total // at_once)
    reserved = min(WORKGROUPS_PER_RESERVATION, -(-workgroups // threads))
    reservations = -(-workgroups // reserved)
    return min(total, -(-reservations // threads) * reserved * at_once)


def _coarsen(calls: list[Kernel], total: int, at_once: int) -> None:
    """Makes the workgroups of one kernel, and of all its calls, coarse."""
    kernel = calls[0]
    _, code = split_workgroup(kernel.executable)
    block = entry_block(kernel.executable)
    with ir.InsertionPoint(block.operations[len(block.operations) - 1]):
        (workgroup,) = iree_op(
            WORKGROUP_ID, [], [ir.IndexType.get()], {"dimension": "0 : index"}
        ).results
        emit_workgroups(
            Index(workgroup) * at_once,
            at_once,
            Index(total),
            partial(move_workgroup, code, kernel.grid),
        )
    for one in calls:
        with ir.InsertionPoint(one.call):
            for axis, count in enumerate((-(-total // at_once), 1, 1)):
                one.call.operands[axis] = Index(count).value
