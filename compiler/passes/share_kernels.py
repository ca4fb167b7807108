"""Makes one kernel of a program of kernels, whose work the threads that run it share.

    %y = flow.dispatch @gemm_0[12](%x, %w)         %z, %memory = flow.dispatch @shared_gemm_0
    %z = flow.dispatch @rows_1[128](%y)       ->                     (%x, %w, %counters)

    shared_gemm_0, on every thread: claim units of gemm_0 until none of 12 is left, wait until all
    are done; claim units of rows_1 until ...

The function becomes an asynchronous one of IREE (`iree.abi.model`), so that a call begins it on
other threads, runs it itself, and returns when all is done: nobody is woken to say so. It takes
counters after its arguments, and memory for what lies between kernels after its results. On 2 cores
of Zen 4 1x768x3072 takes 72 us so, and 117 on the threads of IREE's pool, which are waited for.

Keeps: results, to the bit.  Does not fire: on a function that does more than call kernels of known
grids, returns what no kernel made, or has sizes known only when running; for one thread.
Test: lit_tests/passes/share_kernels.mlir
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.kernels.builder import function_begin
from tessel.compiler.kernels.claims import claim_units, leave
from tessel.compiler.kernels.executable import (
    MEMORY,
    add_executable,
    call_executable,
    entry_block,
    unused_symbol,
)
from tessel.compiler.kernels.hardware import STACK, Hardware, hardware_of
from tessel.compiler.kernels.index import Index
from tessel.compiler.kernels.program import (
    RESHAPES,
    Kernel,
    KernelProgram,
    bytes_of,
    kernel_program_of,
    origin,
)
from tessel.compiler.kernels.units import move, place_unit, split_units
from tessel.compiler.lowering.iree_ops import iree_op
from tessel.compiler.passes.base import Pass
from tessel.dialects.mlir import func, ir
from tessel.runtime.arrays import ALIGNMENT
from tessel.runtime.sharing import Shared, counters_size

_MOST_ARRAYS = 28
"""Arrays that a kernel takes: IREE allows 32, counters and memory are two."""

_MOST_KERNELS = 16
"""Kernels in one: LLVM's time grows faster than a function does."""

_LARGEST_MEMORY = 64 << 20
"""Bytes between kernels, which a program keeps from call to call."""

_ABI = {"iree.abi.model": '"coarse-fences"'}
"""What makes a function asynchronous: it takes a fence to wait for, and one to signal."""

_SHARED = "tessel.shared"
"""The attribute of a function that says what it takes: bytes of memory, threads, and the units of
each kernel."""


@dataclass(frozen=True)
class ShareKernels(Pass):
    """One function after the other."""

    def run(self, module: ir.Operation) -> None:
        hardware = hardware_of(module)
        if hardware is not None and hardware.threads > 1:
            for view in list(module.regions[0].blocks[0].operations):
                program = kernel_program_of(module, view) if _is_function(view) else None
                if program is not None and _fits(program):
                    with ir.Location.unknown(module.context):
                        _share(module, program, hardware)


def forget_shared(module: ir.Operation) -> dict[str, Shared]:
    """What shared functions of a module take, by name; removes it, which IREE does not know."""
    found: dict[str, Shared] = {}
    for view in module.regions[0].blocks[0].operations:
        attributes = view.operation.attributes
        if _SHARED in attributes:
            memory, threads, *units = ir.DenseI64ArrayAttr(attributes[_SHARED])
            name = ir.StringAttr(attributes["sym_name"]).value
            found[name] = Shared(tuple(units), memory, threads)
            del attributes[_SHARED]
    return found


@dataclass(frozen=True)
class _Memory:
    """Where what lies between kernels begins, in bytes."""

    places: dict[ir.Value, int]
    size: int


def _is_function(view: ir.OpView) -> bool:
    return isinstance(view, func.FuncOp)


def _fits(program: KernelProgram) -> bool:
    """Whether one kernel can do it all."""
    arrays = len(program.inputs) + len(program.returned)
    memory = sum(map(bytes_of, program.between))
    stack = sum(kernel.stack for kernel in program.kernels)
    small = len(program.kernels) <= _MOST_KERNELS and arrays <= _MOST_ARRAYS
    return small and stack <= STACK and memory <= _LARGEST_MEMORY


def _share(module: ir.Operation, program: KernelProgram, hardware: Hardware) -> None:
    """Puts one kernel in the place of those of `program`."""
    memory = _plan(program)
    numbers = ir.IntegerType.get_signless(32)
    counters = ir.RankedTensorType.get([counters_size(len(program.kernels))], numbers)
    bytes_between = ir.RankedTensorType.get([memory.size], ir.IntegerType.get_signless(8))
    spare = [bytes_between] if memory.size else []
    results = [*(one.type for one in program.returned), *spare]
    symbol = unused_symbol(module, f"shared_{program.kernels[0].name}")
    executable = add_executable(module, symbol, len(program.inputs) + 1 + len(results), 0)
    _write(entry_block(executable), program, memory, counters, hardware)
    function = program.function
    block = function.body.blocks[0]
    shared = block.add_argument(counters, function.location)
    grid = [Index(hardware.threads - 1), Index(1), Index(1)]
    with ir.InsertionPoint(program.kernels[-1].call):
        made = call_executable(symbol, grid, [*program.inputs, shared], results)
    for old, new in zip(program.returned, made):
        old.replace_all_uses_with(new)
    end = block.operations[len(block.operations) - 1].operation
    with ir.InsertionPoint(end):
        iree_op("util.return", [*end.operands, *made[len(program.returned) :]], [], {})
    end.erase()
    _erase(program)
    _reshape_last(program, made)
    entry = _make_asynchronous(function, spare)
    units = [math.prod(kernel.grid) for kernel in program.kernels]
    takes = [memory.size, hardware.threads, *units]
    entry.attributes[_SHARED] = ir.DenseI64ArrayAttr.get(takes)


def _erase(program: KernelProgram) -> None:
    """Removes calls of kernels, what reshaped for them, and the kernels."""
    calls = [kernel.call for kernel in program.kernels]
    for view in reversed(list(program.function.body.blocks[0].operations)):
        operation = view.operation
        unused = operation.name in RESHAPES and not list(operation.results[0].uses)
        if unused or operation in calls:
            operation.erase()
    for kernel in program.kernels:
        kernel.executable.erase()


def _reshape_last(program: KernelProgram, made: list[ir.Value]) -> None:
    """Moves what reshapes results behind the call that now makes them."""
    block = program.function.body.blocks[0]
    end = block.operations[len(block.operations) - 1].operation
    for view in list(block.operations):
        operation = view.operation
        if operation.name in RESHAPES and origin(operation.results[0]) in made:
            operation.move_before(end)


def _make_asynchronous(function: func.FuncOp, spare: Sequence[ir.Type]) -> ir.Operation:
    """Moves the code of `function` to one of IREE's kind, which writes results where it is told."""
    old = function.body.blocks[0]
    inputs = [argument.type for argument in old.arguments]
    results = [*function.type.results, *spare]
    index = ir.IndexType.get()
    outputs = [{"iree.abi.output": ir.IntegerAttr.get(index, n)} for n in range(len(results))]
    attributes = [ir.DictAttr.get(one) for one in [*({} for _ in inputs), *outputs]]
    properties = {
        "sym_name": f'"{function.name.value}"',
        "sym_visibility": '"public"',
        "function_type": str(ir.FunctionType.get([*inputs, *results], results)),
        "arg_attrs": str(ir.ArrayAttr.get(attributes)),
    }
    with ir.InsertionPoint(function):
        operation = iree_op("util.func", [], [], properties, regions=1, discardable=_ABI)
    block = operation.regions[0].blocks.append(*inputs, *results)
    for before, now in zip(old.arguments, block.arguments):
        before.replace_all_uses_with(now)
    point = ir.InsertionPoint(block)
    for view in list(old.operations):
        move(view.operation, point)
    function.operation.erase()
    return operation


def _write(
    block: ir.Block,
    program: KernelProgram,
    memory: _Memory,
    counters: ir.RankedTensorType,
    hardware: Hardware,
) -> None:
    """The code of one work-group: all kernels, one after the other."""
    taken = len(program.inputs)
    bindings = dict(zip(program.inputs, block.arguments))
    bindings.update(zip(program.returned, block.arguments[taken + 1 :]))
    bindings.update((value, block.arguments[-1]) for value in memory.places)
    numbers = ir.MemRefType.get(counters.shape, counters.element_type)
    with ir.InsertionPoint(block.operations[0]):
        shared = _memory(block.arguments[taken], 0, numbers)
        for number, kernel in enumerate(program.kernels):
            for value, argument in zip(
                [*kernel.inputs, *kernel.results], entry_block(kernel.executable).arguments
            ):
                held = value if value in bindings else origin(value)
                _bind(argument, bindings[held], memory.places.get(held, 0))
            total = math.prod(kernel.grid)
            claim_units(shared, number, total, hardware, partial(_unit, kernel))
        leave(shared, len(program.kernels))


def _bind(argument: ir.Value, binding: ir.Value, place: int) -> None:
    """Lets a kernel find its argument `place` bytes into `binding`."""
    for use in list(argument.uses):
        old = use.owner.operation
        old.results[0].replace_all_uses_with(_memory(binding, place, old.results[0].type))
        old.erase()


def _memory(binding: ir.Value, place: int, memref_type: ir.Type) -> ir.Value:
    return iree_op(MEMORY, [binding, Index(place).value], [memref_type], {}).results[0]


def _unit(kernel: Kernel, unit: Index) -> None:
    """Puts the code of `kernel` at the insertion point, for one unit of its grid."""
    used, code = split_units(kernel.executable)
    for operation in reversed(used):
        move(operation, function_begin())
    place_unit(code, kernel.grid, unit)


def _plan(program: KernelProgram) -> _Memory:
    """The first place for each array where nothing lies that is still read."""
    places: dict[ir.Value, int] = {}
    lives: dict[ir.Value, range] = {}
    for value in program.between:
        begin = program.made[value]
        lives[value] = range(begin, program.last_reader(value) + 1)
        busy = sorted(
            (place, place + _rounded(bytes_of(other)))
            for other, place in places.items()
            if begin in lives[other]
        )
        place = 0
        for start, end in busy:
            if place + bytes_of(value) <= start:
                break
            place = max(place, end)
        places[value] = place
    ends = [place + _rounded(bytes_of(value)) for value, place in places.items()]
    return _Memory(places, max(ends, default=0))


def _rounded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
