"""A kernel as IREE takes it: a `stream.executable` beside the program, and a `flow.dispatch` to it.

The kernel is compiled by the same LLVM and scheduled, threaded and given memory by IREE like those
it makes itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.element import signless_type
from tessel.compiler.emit.index import Index, IndexLike, as_index
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.emit.vector import loop
from tessel.compiler.kernels.target_attributes import threads_of
from tessel.compiler.lowering.base import dim
from tessel.dialects.mlir import DYNAMIC, arith, ir
from tessel.dialects.types import dtype_of, is_bool

CALL = "flow.dispatch"
MEMORY = "stream.binding.subspan"
WORKGROUP_ID = "stream.dispatch.workgroup.id"
"""IREE's ops: a call of a kernel, the memory of an argument, and where a workgroup is."""

_PIPELINE = "#iree_codegen.translation_info<pipeline = #iree_cpu.pipeline<Default>>"


@dataclass(frozen=True)
class Buffer:
    """An argument or result of a kernel: a memref, and its sizes as the kernel knows them."""

    memref: ir.Value
    shape: tuple[Index, ...]


WorkgroupId = tuple[Index, Index, Index]
"""Where in its grid a workgroup is: x, y, z."""

KernelBody = Callable[[list[Buffer], list[Buffer], WorkgroupId], None]
"""Writes what is done with the inputs and the results by one workgroup."""

_Code = Callable[[list[Buffer], list[Buffer], WorkgroupId, list[Index]], None]
"""Writes what a workgroup does; the last argument is the counts of its grid that are unknown."""

WORKGROUPS_PER_RESERVATION = 8
"""Workgroups that a thread of IREE's reserves at once, or its share where that is less."""


def dispatch(
    name: str,
    grid: Sequence[IndexLike],
    inputs: Sequence[ir.Value],
    results: Sequence[ir.Type],
    result_sizes: Sequence[ir.Value],
    body: KernelBody,
) -> list[ir.Value]:
    """Adds the kernel `name` to the module and calls it at the insertion point.

    `grid` says how many workgroups there are along x, y and z; `inputs` are tensors;
    `result_sizes` the dynamic sizes of `results`, in order.
    """
    module = module_of(ir.InsertionPoint.current.block.owner)
    counts, threads = [as_index(count) for count in grid], threads_of(module)
    unknown = [count.value for count in counts if count.static is None] if threads > 1 else []
    workgroups, code = counts, _without_counts(body)
    if unknown:
        workgroups, code = coarsen_dynamic_grid(counts, body, threads)
    symbol = unused_symbol(module, name)
    types = [*(value.type for value in inputs), *results]
    input_sizes = [size for value in inputs for size in dynamic_sizes_of(value)]
    sizes = [*input_sizes, *result_sizes, *unknown]
    executable = add_executable(module, symbol, len(types), len(sizes))
    _fill(executable, types, len(inputs), code)
    return call_executable(
        symbol, workgroups, [*inputs, *sizes], results, input_sizes, result_sizes
    )


def add_executable(module: ir.Operation, symbol: str, bindings: int, sizes: int) -> ir.Operation:
    """Adds the executable `symbol` with a function that does nothing yet.

    The function takes `bindings` and then `sizes` indices; its grid is what calls say.
    """
    types = ["!stream.binding"] * bindings + ["index"] * sizes
    arguments = ", ".join(f"%{position}: {one}" for position, one in enumerate(types))
    source = f"""
    "stream.executable"() <{{sym_name = "{symbol}", sym_visibility = "private"}}> ({{
      "stream.executable.export"() <{{
          function_ref = @{symbol}, sym_name = "{symbol}", sym_visibility = "public"}}> ({{
      ^bb0(%x: index, %y: index, %z: index):
        "stream.return"(%x, %y, %z) : (index, index, index) -> ()
      }}) : () -> ()
      builtin.module {{
        func.func @{symbol}({arguments}) attributes {{translation_info = {_PIPELINE}}} {{ return }}
      }}
      "stream.executable.end"() : () -> ()
    }}) : () -> ()"""
    stack_alloc = ir.Module.parse(source)
    point = ir.InsertionPoint.at_block_begin(module.regions[0].blocks[0])
    return stack_alloc.body.operations[0].operation.clone(point)


def entry_block(executable: ir.Operation) -> ir.Block:
    """The code of the one function of an executable."""
    inner = list(executable.regions[0].blocks[0].operations)[1].operation
    function = inner.regions[0].blocks[0].operations[0].operation
    return function.regions[0].blocks[0]


def call_executable(
    symbol: str,
    grid: Sequence[Index],
    operands: Sequence[ir.Value],
    results: Sequence[ir.Type],
    operand_sizes: Sequence[ir.Value] = (),
    result_sizes: Sequence[ir.Value] = (),
) -> list[ir.Value]:
    """Calls the executable `symbol` at the insertion point, on a grid of workgroups."""
    workload = [count.value for count in grid]
    segments = [len(workload), len(operands), len(operand_sizes), len(result_sizes)]
    properties = {
        "entry_points": f"[@{symbol}::@{symbol}]",
        "operandSegmentSizes": f"array<i32: {', '.join(map(str, segments))}>",
        "tied_operands": f"[{', '.join(['-1 : index'] * len(results))}]",
    }
    taken = [*workload, *operands, *operand_sizes, *result_sizes]
    return list(iree_op(CALL, taken, results, properties).results)


def coarsen_dynamic_grid(
    grid: list[Index], body: KernelBody, threads: int
) -> tuple[list[Index], _Code]:
    """A dynamic grid coarsened: as many workgroups as threads reserve at once, for all of its own.

    `passes/coarsen_workgroups.py` does the same for static grids. Where there are fewer than 8
    reservations for a thread, each thread reserves 8 coarse workgroups, of which one has at most
    one workgroup of the grid more than another; beyond, the grid stays as it is.
    """

    def several(
        inputs: list[Buffer], results: list[Buffer], workgroup: WorkgroupId, unknown: list[Index]
    ) -> None:
        remaining = iter(unknown)
        width, height, depth = (next(remaining) if n.static is None else n for n in grid)
        total = width * height * depth
        workgroups = _workgroups_of(total, threads)

        def one(number: Index, _: Sequence[ir.Value]) -> None:
            body(inputs, results, delinearize(number, width, height))

        loop(
            workgroup[0] * total // workgroups, (workgroup[0] + 1) * total // workgroups, 1, [], one
        )

    width, height, depth = grid
    return [_workgroups_of(width * height * depth, threads), Index(1), Index(1)], several


def delinearize(number: Index, width: IndexLike, height: IndexLike) -> WorkgroupId:
    """The id of a workgroup by its number, counted along x, then y, then z."""
    return number % width, number // width % height, number // (as_index(width) * height)


def _workgroups_of(total: Index, threads: int) -> Index:
    """Coarse workgroups for a dynamic `total`."""
    most = WORKGROUPS_PER_RESERVATION * threads
    few = total.is_less(WORKGROUPS_PER_RESERVATION * most)
    return Index(arith.select(few, total.at_most(most).value, total.value))


def _without_counts(body: KernelBody) -> _Code:
    return lambda inputs, results, workgroup, _: body(inputs, results, workgroup)


def dynamic_sizes_of(value: ir.Value) -> list[ir.Value]:
    """The sizes of an array that are dynamic."""
    shape = ir.RankedTensorType(value.type).shape
    return [dim(value, axis) for axis, size in enumerate(shape) if size == DYNAMIC]


def module_of(operation: ir.Operation) -> ir.Operation:
    """The module that an op is in."""
    while operation.operation.parent is not None:
        operation = operation.operation.parent
    return operation.operation


def unused_symbol(module: ir.Operation, name: str) -> str:
    taken = set()
    for view in module.regions[0].blocks[0].operations:
        attributes = view.operation.attributes
        if "sym_name" in attributes:
            taken.add(ir.StringAttr(attributes["sym_name"]).value)
    count = 0
    while f"{name}_{count}" in taken:
        count += 1
    return f"{name}_{count}"


def _fill(executable: ir.Operation, types: Sequence[ir.Type], inputs: int, code: _Code) -> None:
    block = entry_block(executable)
    with ir.InsertionPoint(block.operations[0]):
        remaining = iter(block.arguments[len(types) :])
        buffers = [_buffer(binding, one, remaining) for binding, one in zip(block.arguments, types)]
        workgroup_id = _workgroup(0), _workgroup(1), _workgroup(2)
        sizes = [Index(count) for count in remaining]
        code(buffers[:inputs], buffers[inputs:], workgroup_id, sizes)


def _buffer(binding: ir.Value, tensor_type: ir.Type, sizes) -> Buffer:
    tensor_type = ir.RankedTensorType(tensor_type)
    dtype = dtype_of(tensor_type.element_type)
    # IREE stores a boolean as a byte.
    element = signless_type(np.dtype(np.int8) if is_bool(dtype) else dtype)
    shape = [next(sizes) if size == DYNAMIC else size for size in tensor_type.shape]
    unknown = [size for size in shape if not isinstance(size, int)]
    target = ir.MemRefType.get(list(tensor_type.shape), element)
    memref = iree_op(MEMORY, [binding, Index(0).value, *unknown], [target], {}).results[0]
    return Buffer(memref, tuple(Index(size) for size in shape))


def _workgroup(dimension: int) -> Index:
    properties = {"dimension": f"{dimension} : index"}
    return Index(iree_op(WORKGROUP_ID, [], [ir.IndexType.get()], properties).results[0])
