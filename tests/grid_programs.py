"""Programs of one kernel, whose workgroups a test writes."""

from collections.abc import Sequence

import numpy as np

from tessel import dialects
from tessel.compiler.driver import compile_module
from tessel.compiler.kernels.dispatch import KernelBody, dispatch
from tessel.compiler.targets.base import Target
from tessel.dialects.mlir import func, ir
from tessel.runtime.executable import Executable

ARGUMENT = np.zeros(1, np.int32)
"""What the programs take, and do not read."""


def compile_grid(
    grid: tuple[int, int, int], shape: Sequence[int], body: KernelBody, target: Target, driver: str
) -> Executable:
    """A program that returns int32 of `shape`, written by `body` for each workgroup of `grid`."""
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        integer = ir.IntegerType.get_signless(32)
        given = ir.RankedTensorType.get(list(ARGUMENT.shape), integer)
        made = ir.RankedTensorType.get(list(shape), integer)
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", ([given], [made]))
        with ir.InsertionPoint(entry.add_entry_block()):
            func.ReturnOp(dispatch("count", grid, list(entry.arguments), [made], [], body))
        return compile_module(module, target, driver=driver)
