"""Kernels reach every workgroup of their grid once, however coarse it is made."""

import numpy as np
import pytest
from grid_programs import ARGUMENT, compile_grid

from tessel import dialects
from tessel.compiler.driver import compile_module
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import load, store
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.lowering.base import dim
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.mlir import DYNAMIC, arith, func, ir


@pytest.mark.parametrize("grid", [(1, 1, 1), (24, 1, 1), (5, 3, 2), (7, 11, 1), (10, 10, 2)])
def test_every_workgroup_runs_once(grid: tuple[int, int, int]):
    """Each writes its number: those of a workgroup that is left out would be missing."""
    shape = tuple(reversed(grid))

    def body(inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        x, y, z = workgroup_id
        number = (z * grid[1] + y) * grid[0] + x
        held = arith.index_cast(ir.IntegerType.get_signless(32), number.value)
        store(held, results[0].memref, [z, y, x])

    executable = compile_grid(grid, shape, body, resolve_target("host", 2), "local-task")
    result = executable([ARGUMENT])[0]
    np.testing.assert_array_equal(result, np.arange(result.size).reshape(shape))


@pytest.mark.parametrize("threads", [1, 2])
def test_every_workgroup_of_a_dynamic_grid_runs_once(threads: int):
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        integer = ir.IntegerType.get_signless(32)
        rows = ir.RankedTensorType.get([DYNAMIC, 3], integer)
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", ([rows], [rows]))

        def body(inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
            column, row, _ = workgroup_id
            number = load(inputs[0].memref, [row, column])
            store(arith.addi(number, arith.constant(integer, 1)), results[0].memref, [row, column])

        with ir.InsertionPoint(entry.add_entry_block()):
            count = dim(entry.arguments[0], 0)
            grid = [3, Index(count), 1]
            made = dispatch("count", grid, list(entry.arguments), [rows], [count], body)
            func.ReturnOp(made)
        target = resolve_target("host", threads)
        executable = compile_module(module, target, driver="local-task")
    for count in (0, 1, 5, 6, 24, 42, 43, 500):
        numbers = np.arange(3 * count, dtype=np.int32).reshape(count, 3)
        np.testing.assert_array_equal(executable([numbers])[0], numbers + 1)
