"""A persistent kernel: each thread that runs it steals workgroups of kernels, in order."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.emit.vector import function_begin
from tessel.compiler.kernels.dispatch import MEMORY, add_executable, entry_block
from tessel.compiler.kernels.kernel_sequence import Kernel
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.work_stealing import begin, leave, run_workgroups
from tessel.compiler.kernels.workgroups import move, move_workgroup, split_workgroup
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class PersistentArguments:
    """What a persistent kernel takes: `arrays`, the counters first; where in them what it reads and
    writes begins, in bytes; and `numbers`, sizes and counts of workgroups.

    `held` says of each array that a kernel reads or writes which of `arrays` it is in, and where.
    """

    held: Mapping[ir.Value, tuple[ir.Value, ir.AffineExpr]]
    arrays: Sequence[ir.Value]
    offsets: Sequence[ir.AffineExpr]
    numbers: Sequence[ir.Value]

    def pattern(self, kernels: Sequence[Kernel]) -> Hashable:
        """All that the code for `kernels` depends on: two that are equal have the same code."""
        numbers = {value: n for n, value in enumerate(self.numbers)}
        values = {value: n for n, value in enumerate(self.held)}
        return (
            tuple(
                (
                    kernel.name,
                    tuple(values[one] for one in (*kernel.inputs, *kernel.results)),
                    tuple(numbers[one] for one in kernel.sizes),
                    tuple(
                        ("argument", numbers[one.value]) if one.static is None else one.static
                        for one in kernel.grid
                    ),
                )
                for kernel in kernels
            ),
            tuple(
                (self.arrays.index(array), self.offsets.index(offset))
                for array, offset in self.held.values()
            ),
            str(self.arrays[0].type),
            len(self.arrays),
        )


def add_persistent_kernel(
    module: ir.Operation,
    symbol: str,
    kernels: Sequence[Kernel],
    taken: PersistentArguments,
    before: int,
    hardware: Hardware,
) -> None:
    """Adds the executable `symbol` with the code of `kernels`, which stay as they are.

    Its bindings are the arrays, `before` that keep calls in order, and one that it returns; then
    come the number of the first of `kernels`, offsets and numbers.
    """
    bindings = len(taken.arrays) + before + 1
    executable = add_executable(
        module, symbol, bindings, 1 + len(taken.offsets) + len(taken.numbers)
    )
    arguments = list(entry_block(executable).arguments)
    first, *others = map(Index, arguments[bindings:])
    array_of, offset_of = dict(zip(taken.arrays, arguments)), dict(zip(taken.offsets, others))
    found = {
        value: (array_of[array], offset_of[offset]) for value, (array, offset) in taken.held.items()
    }
    numbers = dict(zip(taken.numbers, others[len(taken.offsets) :]))
    with ir.InsertionPoint(entry_block(executable).operations[0]):
        counters = _memory(arguments[0], Index(0), _memref_of(taken.arrays[0].type))
        thread = begin(counters, first, hardware)
        for position, kernel in enumerate(kernels):
            # Others call it, too: its code is moved out of a copy.
            copy = kernel.executable.clone(ip=False)
            _bind(kernel, entry_block(copy), found, numbers)
            x, y, z = kernel.grid
            grid = x if x.static is not None else numbers[x.value], y, z
            body = partial(_emit_workgroup, copy, grid)
            total = grid[0] * y * z
            run_workgroups(counters, first + position, total, thread, hardware, body)
        leave(counters)


def _memref_of(array: ir.Type) -> ir.Type:
    tensor = ir.RankedTensorType(array)
    return ir.MemRefType.get(tensor.shape, tensor.element_type)


def _bind(
    kernel: Kernel,
    block: ir.Block,
    found: Mapping[ir.Value, tuple[ir.Value, Index]],
    numbers: Mapping[ir.Value, Index],
) -> None:
    """Lets the code of a kernel find its arguments: arrays, bytes into a binding, and numbers."""
    arguments = list(block.arguments)
    arrays = *kernel.inputs, *kernel.results
    for value, argument in zip(arrays, arguments):
        for use in list(argument.uses):
            old = use.owner.operation
            _, _, *sizes = old.operands
            new = _memory(*found[value], old.results[0].type, *sizes)
            old.results[0].replace_all_uses_with(new)
            old.erase()
    for value, argument in zip(kernel.sizes, arguments[len(arrays) :]):
        argument.replace_all_uses_with(numbers[value].value)


def _memory(binding: ir.Value, offset: Index, memref_type: ir.Type, *sizes: ir.Value) -> ir.Value:
    return iree_op(MEMORY, [binding, offset.value, *sizes], [memref_type], {}).results[0]


def _emit_workgroup(
    executable: ir.Operation, grid: tuple[Index, Index, Index], number: Index
) -> None:
    """Puts the code of an executable at the insertion point, for one workgroup of its grid."""
    used, code = split_workgroup(executable)
    for operation in reversed(used):
        move(operation, function_begin())
    move_workgroup(code, grid, number)
