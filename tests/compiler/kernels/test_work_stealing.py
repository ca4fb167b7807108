"""Workgroups are reserved once each, by however many threads."""

import math
import threading

import numpy as np
import pytest
from grid_programs import ARGUMENT, compile_grid

from tessel.compiler.emit.index import Index
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.mlir import arith, ir, memref
from tessel.runtime.executable import Executable

LARGE = 1 << 14
"""Numbers of an array that a program writes in place."""


def shape_of(grid: tuple[int, int, int]) -> list[int]:
    """A number for each workgroup, with others behind it so that the array is large."""
    return [*reversed(grid), LARGE // math.prod(grid) + 1]


def counting(grid: tuple[int, int, int], threads: int, driver: str) -> Executable:
    """A program whose workgroups add one to a number each."""

    def body(_inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        one = arith.constant(ir.IntegerType.get_signless(32), 1)
        where = [Index(n.held).value for n in (*reversed(workgroup_id), Index(0))]
        memref.atomic_rmw(arith.AtomicRMWKind.addi, one, results[0].memref, where)

    target = resolve_target("x86-64-v3", threads)
    executable = compile_grid(grid, shape_of(grid), body, target, driver)
    assert executable.binary.persistent is not None
    assert executable.binary.persistent.threads == threads
    return executable


@pytest.mark.parametrize("driver", ["local-sync", "local-task"])
@pytest.mark.parametrize(
    ("grid", "threads"), [((1, 1, 1), 2), ((5, 3, 2), 2), ((97, 1, 1), 3), ((131, 70, 1), 16)]
)
def test_every_workgroup_is_done_once(
    grid: tuple[int, int, int], threads: int, driver: str
) -> None:
    count = counting(grid, threads, driver)
    done = np.zeros(shape_of(grid), np.int32)
    for _ in range(20):
        count([ARGUMENT], [done])
    np.testing.assert_array_equal(done[..., 0], 20)


def test_many_callers_at_once() -> None:
    count = counting((131, 70, 1), 2, "local-task")
    arrays = [np.zeros(shape_of((131, 70, 1)), np.int32) for _ in range(4)]

    def call(array: np.ndarray) -> None:
        for _ in range(50):
            count([ARGUMENT], [array])

    callers = [threading.Thread(target=call, args=(one,)) for one in arrays]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for array in arrays:
        np.testing.assert_array_equal(array[..., 0], 50)
