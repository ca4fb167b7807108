"""A kernel as IREE takes it: a `stream.executable` beside the program, and a `flow.dispatch` to it.

The kernel is compiled by the same LLVM and scheduled, threaded and given memory by IREE like those
it makes itself.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.kernels.builder import loop
from tessel.compiler.kernels.hardware import threads_of
from tessel.compiler.kernels.index import Index, IndexLike, as_index
from tessel.compiler.lowering.base import dim
from tessel.compiler.lowering.element import signless_type
from tessel.compiler.lowering.iree_ops import iree_op
from tessel.dialects.mlir import DYNAMIC, arith, ir
from tessel.dialects.types import dtype_of, is_bool

_PIPELINE = "#iree_codegen.translation_info<pipeline = #iree_cpu.pipeline<Default>>"


@dataclass(frozen=True)
class Buffer:
    """An argument or result of a kernel: a memref, and its sizes as the kernel knows them."""

    memref: ir.Value
    shape: tuple[Index, ...]


Place = tuple[Index, Index, Index]
"""Where in its grid a work-group is: x, y, z."""

KernelBody = Callable[[list[Buffer], list[Buffer], Place], None]
"""Writes what is done with the inputs and the results for one unit of work."""

_Code = Callable[[list[Buffer], list[Buffer], Place, list[Index]], None]
"""Writes what a work-group does; the last argument is the counts of its grid that are unknown."""

_CLAIMED = 8
"""Work-groups that a thread of IREE's claims at once, or its share where that is less."""


def dispatch(
    name: str,
    grid: Sequence[IndexLike],
    inputs: Sequence[ir.Value],
    results: Sequence[ir.Type],
    result_sizes: Sequence[ir.Value],
    body: KernelBody,
) -> list[ir.Value]:
    """Adds the kernel `name` to the module and calls it at the insertion point.

    `grid` says how many units of work there are along x, y and z; `inputs` are tensors;
    `result_sizes` the unknown sizes of `results`, in order.
    """
    module = module_of(ir.InsertionPoint.current.block.owner)
    counts, threads = [as_index(count) for count in grid], threads_of(module)
    unknown = [count.value for count in counts if count.known is None] if threads > 1 else []
    if unknown:
        groups, code = share_unknown_units(counts, body, threads)
    else:
        groups, shared = share_units(counts, body, threads)
        code = _without_counts(shared)
    symbol = _unused_symbol(module, name)
    types = [*(value.type for value in inputs), *results]
    input_sizes = [size for value in inputs for size in _dynamic_sizes(value)]
    sizes = [*input_sizes, *result_sizes, *unknown]
    point = ir.InsertionPoint.at_block_begin(module.regions[0].blocks[0])
    executable = _skeleton(point, symbol, len(types), len(sizes))
    _fill(executable, types, len(inputs), code)
    workload = [count.value for count in groups]
    segments = [len(workload), len(inputs) + len(sizes), len(input_sizes), len(result_sizes)]
    properties = {
        "entry_points": f"[@{symbol}::@{symbol}]",
        "operandSegmentSizes": f"array<i32: {', '.join(map(str, segments))}>",
        "tied_operands": f"[{', '.join(['-1 : index'] * len(results))}]",
    }
    operands = [*workload, *inputs, *sizes, *input_sizes, *result_sizes]
    return list(iree_op("flow.dispatch", operands, results, properties).results)


def share_units(
    grid: list[Index], body: KernelBody, threads: int
) -> tuple[list[Index], KernelBody]:
    """Work-groups of several units each, where IREE would share single ones badly.

    Each thread claims its share at once, up to 8: of 24 units for 2 threads one gets 16. Many
    hundreds are left alone.
    """
    counts = [count.known for count in grid]
    total = math.prod(count or 0 for count in counts)
    most = _CLAIMED * threads
    if None in counts or threads == 1 or not most < total < _CLAIMED * most:
        return grid, body
    at_once = min(range(1, total), key=lambda n: _load(total, n, threads))
    if at_once == 1:
        return grid, body
    width, height, _ = (count or 1 for count in counts)

    def several(inputs: list[Buffer], results: list[Buffer], place: Place) -> None:
        first = place[0] * at_once
        last = (first + at_once).at_most(total) if total % at_once else first + at_once

        def one(unit: Index, _: Sequence[ir.Value]) -> None:
            body(inputs, results, _place(unit, width, height))

        loop(first, last, 1, [], one)

    return [Index(-(-total // at_once)), Index(1), Index(1)], several


def share_unknown_units(
    grid: list[Index], body: KernelBody, threads: int
) -> tuple[list[Index], _Code]:
    """The same for a grid known only when running: a share of all units for each work-group.

    Where there are fewer than 8 claims for a thread, each thread claims 8 work-groups, whose shares
    differ by one unit at most; beyond, a work-group is one unit.
    """

    def several(
        inputs: list[Buffer], results: list[Buffer], place: Place, unknown: list[Index]
    ) -> None:
        remaining = iter(unknown)
        width, height, depth = (next(remaining) if n.known is None else n for n in grid)
        total = width * height * depth
        groups = _groups_of(total, threads)

        def one(unit: Index, _: Sequence[ir.Value]) -> None:
            body(inputs, results, _place(unit, width, height))

        loop(place[0] * total // groups, (place[0] + 1) * total // groups, 1, [], one)

    width, height, depth = grid
    return [_groups_of(width * height * depth, threads), Index(1), Index(1)], several


def _place(unit: Index, width: IndexLike, height: IndexLike) -> Place:
    """Where in a grid a unit is, which are counted along x, then y, then z."""
    return unit % width, unit // width % height, unit // (as_index(width) * height)


def _groups_of(total: Index, threads: int) -> Index:
    """Work-groups for `total` units, known only when running."""
    most = _CLAIMED * threads
    few = total.is_less(_CLAIMED * most)
    return Index(arith.select(few, total.at_most(most).value, total.value))


def _without_counts(body: KernelBody) -> _Code:
    return lambda inputs, results, place, _: body(inputs, results, place)


def _load(total: int, at_once: int, threads: int) -> int:
    """Units of the thread that has most, in work-groups of `at_once`."""
    groups = -(-total // at_once)
    claimed = min(_CLAIMED, -(-groups // threads))
    claims = -(-groups // claimed)
    return min(total, -(-claims // threads) * claimed * at_once)


def _dynamic_sizes(value: ir.Value) -> list[ir.Value]:
    shape = ir.RankedTensorType(value.type).shape
    return [dim(value, axis) for axis, size in enumerate(shape) if size == DYNAMIC]


def module_of(operation: ir.Operation) -> ir.Operation:
    """The module that an op is in."""
    while operation.operation.parent is not None:
        operation = operation.operation.parent
    return operation.operation


def _unused_symbol(module: ir.Operation, name: str) -> str:
    taken = set()
    for view in module.regions[0].blocks[0].operations:
        attributes = view.operation.attributes
        if "sym_name" in attributes:
            taken.add(ir.StringAttr(attributes["sym_name"]).value)
    count = 0
    while f"{name}_{count}" in taken:
        count += 1
    return f"{name}_{count}"


def _skeleton(point: ir.InsertionPoint, name: str, bindings: int, sizes: int) -> ir.Operation:
    """Adds the executable with an empty function; its grid is what the dispatch gives."""
    types = ["!stream.binding"] * bindings + ["index"] * sizes
    arguments = ", ".join(f"%{position}: {one}" for position, one in enumerate(types))
    source = f"""
    "stream.executable"() <{{sym_name = "{name}", sym_visibility = "private"}}> ({{
      "stream.executable.export"() <{{
          function_ref = @{name}, sym_name = "{name}", sym_visibility = "public"}}> ({{
      ^bb0(%x: index, %y: index, %z: index):
        "stream.return"(%x, %y, %z) : (index, index, index) -> ()
      }}) : () -> ()
      builtin.module {{
        func.func @{name}({arguments}) attributes {{translation_info = {_PIPELINE}}} {{ return }}
      }}
      "stream.executable.end"() : () -> ()
    }}) : () -> ()"""
    scratch = ir.Module.parse(source)
    return scratch.body.operations[0].operation.clone(point)


def _fill(executable: ir.Operation, types: Sequence[ir.Type], inputs: int, code: _Code) -> None:
    inner = list(executable.regions[0].blocks[0].operations)[1].operation
    function = inner.regions[0].blocks[0].operations[0].operation
    block = function.regions[0].blocks[0]
    with ir.InsertionPoint(block.operations[0]):
        remaining = iter(block.arguments[len(types) :])
        buffers = [_buffer(binding, one, remaining) for binding, one in zip(block.arguments, types)]
        place = _workgroup(0), _workgroup(1), _workgroup(2)
        code(buffers[:inputs], buffers[inputs:], place, [Index(count) for count in remaining])


def _buffer(binding: ir.Value, tensor_type: ir.Type, sizes) -> Buffer:
    tensor_type = ir.RankedTensorType(tensor_type)
    dtype = dtype_of(tensor_type.element_type)
    # IREE stores a boolean as a byte.
    element = signless_type(np.dtype(np.int8) if is_bool(dtype) else dtype)
    shape = [next(sizes) if size == DYNAMIC else size for size in tensor_type.shape]
    unknown = [size for size in shape if not isinstance(size, int)]
    target = ir.MemRefType.get(list(tensor_type.shape), element)
    operands = [binding, Index(0).value, *unknown]
    memref = iree_op("stream.binding.subspan", operands, [target], {}).results[0]
    return Buffer(memref, tuple(Index(size) for size in shape))


def _workgroup(dimension: int) -> Index:
    properties = {"dimension": f"{dimension} : index"}
    name = "stream.dispatch.workgroup.id"
    return Index(iree_op(name, [], [ir.IndexType.get()], properties).results[0])
