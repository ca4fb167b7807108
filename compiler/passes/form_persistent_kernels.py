"""Makes the kernels of a program persistent: threads that run it steal workgroups of each.

    %y = flow.dispatch @gemm_0[12](%x, %w)         %done = flow.dispatch @persistent_gemm_0
    %z = flow.dispatch @rows_1[128](%y)       ->           (%counters, %x, %w, %memory, %z)

    persistent_gemm_0, on every thread: reserve workgroups of gemm_0, first of a range of one's own,
    until none of 12 is left, wait until all are done; reserve workgroups of rows_1 until ...

A small program becomes one kernel (`kernels/persistent_kernel.py`). In a larger one each kernel
stays one, after the other: LLVM's time grows faster than a function does, and layers that are alike
call the same.

The function becomes an asynchronous one of IREE (`iree.abi.model`), so that a call begins it on
other threads, runs it itself, and returns when all is done: nobody is woken to say so. On 2 cores
of Zen 4 1x768x3072 takes 72 us so, and 117 on the threads of IREE's pool, which are waited for.

It takes counters, arrays for its results and memory for what kernels pass on as arguments and
writes to them unknown to IREE, which would give each thread memory of its own. What it returns, an
array that nobody reads, goes from kernel to kernel and keeps them in order.

Keeps: results, to the bit.  Does not fire: on a function that does more than call kernels, returns
what no kernel made, or arrays whose sizes do not follow from those of arguments; for one thread.
Test: lit_tests/passes/form_persistent_kernels.mlir
"""

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass

from tessel.compiler.emit.index import Index
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.kernels.dispatch import call_executable, dynamic_sizes_of, unused_symbol
from tessel.compiler.kernels.kernel_sequence import (
    SIZE,
    Kernel,
    KernelSequence,
    erase_uncalled_executables,
    is_view,
    kernel_sequence_of,
    located,
)
from tessel.compiler.kernels.persistent_kernel import PersistentArguments, add_persistent_kernel
from tessel.compiler.kernels.size_maps import (
    ArraySizes,
    UnknownSizeError,
    as_index,
    as_size,
    static_size,
)
from tessel.compiler.kernels.target_attributes import STACK, Hardware, hardware_of, threads_of
from tessel.compiler.kernels.workgroups import move
from tessel.compiler.kernels.workspace_plan import WorkspacePlan, plan_workspace
from tessel.compiler.lowering.base import dim
from tessel.compiler.passes.base import Pass
from tessel.dialects.mlir import DYNAMIC, func, ir
from tessel.runtime.arrays import ALIGNMENT
from tessel.runtime.work_stealing import PersistentKernels, counters_size

_MOST_ARRAYS = 28
"""Arrays that a kernel takes: IREE allows 32, counters, memory and what keeps order are four."""

_MOST_KERNELS = 16
"""Kernels in one."""

_LARGEST_MEMORY = 64 << 20
"""Bytes between kernels, which a program keeps from call to call."""

_ABI = {"iree.abi.model": '"coarse-fences"'}
"""What makes a function asynchronous: it takes a fence to wait for, and one to signal."""

_PERSISTENT = "tessel.persistent"
"""The attribute of a function that says what it takes, as `PersistentKernels` has it; `symbols` are
(argument, axis) for each symbol of the maps, which are the memory and the shapes of results."""


@dataclass(frozen=True)
class FormPersistentKernels(Pass):
    """One function after the other."""

    def run(self, module: ir.Operation) -> None:
        if threads_of(module) == 1:
            return
        hardware = hardware_of(module)
        formed: dict[Hashable, str] = {}
        for view in list(module.regions[0].blocks[0].operations):
            if isinstance(view, func.FuncOp):
                with ir.Location.unknown(module.context), suppress(UnknownSizeError):
                    _form(module, view, hardware, formed)
        erase_uncalled_executables(module)


def strip_persistent_kernels(module: ir.Operation) -> dict[str, PersistentKernels]:
    """What functions of persistent kernels take, by name; removes it, which IREE does not know."""
    found: dict[str, PersistentKernels] = {}
    for view in module.regions[0].blocks[0].operations:
        attributes = view.operation.attributes
        if _PERSISTENT in attributes:
            name = ir.StringAttr(attributes["sym_name"]).value
            found[name] = _decode(ir.DictAttr(attributes[_PERSISTENT]))
            del attributes[_PERSISTENT]
    return found


def _decode(taken: ir.DictAttr) -> PersistentKernels:
    threads, calls = (ir.IntegerAttr(taken[name]).value for name in ("threads", "calls"))
    numbers = list(ir.DenseI64ArrayAttr(taken["symbols"]))
    symbols = list(zip(numbers[::2], numbers[1::2]))
    (memory,), *results = (
        tuple(as_size(one, symbols) for one in ir.AffineMapAttr(shape).value.results)
        for shape in (taken["memory"], *ir.ArrayAttr(taken["results"]))
    )
    counts = ir.DenseI64ArrayAttr(taken["workgroups"])
    workgroups = tuple(None if one == DYNAMIC else one for one in counts)
    return PersistentKernels(workgroups, threads, calls, memory, tuple(results))


@dataclass(frozen=True)
class _Arguments:
    """What a program's function takes after its arguments: `results` by what kernels made.

    `symbols` are the sizes of arguments.
    """

    plan: WorkspacePlan
    symbols: list[Index]
    counters: ir.Value
    results: dict[ir.Value, ir.Value]
    memory: ir.Value | None
    hardware: Hardware

    def holding(self, value: ir.Value) -> tuple[ir.Value, ir.AffineExpr]:
        """The array that an array of the program is in, and how many bytes are before it."""
        made, begin = located(value)
        if made in self.plan.offsets and self.memory is not None:
            return self.memory, self.plan.offsets[made] + begin
        return self.results.get(made, made), ir.AffineExpr.get_constant(begin)


def _calls_of(program: KernelSequence) -> list[list[Kernel]]:
    """The kernels of each call: all, where one can do it all, or one each."""
    arrays = len(program.inputs) + len(program.returned)
    stack = sum(kernel.stack for kernel in program.kernels)
    small = len(program.kernels) <= _MOST_KERNELS and arrays <= _MOST_ARRAYS
    return [program.kernels] if small and stack <= STACK else [[one] for one in program.kernels]


def _form(
    module: ir.Operation, function: func.FuncOp, hardware: Hardware, formed: dict[Hashable, str]
) -> None:
    """Puts persistent kernels where a function calls others.

    `formed` are the names of those that there are, by all that their code depends on.

    Raises UnknownSizeError before it changes what the function does.
    """
    program = kernel_sequence_of(module, function)
    if program is None:
        return
    sizes = ArraySizes(list(function.arguments))
    plan, shapes = plan_workspace(program, sizes), _shapes_of(program, sizes)
    asked = _sizes_asked_for(function, sizes)
    if (static_size(plan.size) or 0) > _LARGEST_MEMORY:
        return
    taken_arrays = _take_arrays(program, plan, sizes, hardware)
    calls, first = _calls_of(program), 0
    done: list[ir.Value] = []
    for kernels in calls:
        done = _call(module, kernels, first, done, taken_arrays, formed)
        first += len(kernels)
    block = function.body.blocks[0]
    end = block.operations[len(block.operations) - 1].operation
    with ir.InsertionPoint(end):
        iree_op("util.return", done, [], {})
    end.erase()
    for one, size in asked.items():
        with ir.InsertionPoint(one):
            one.results[0].replace_all_uses_with(as_index(size, taken_arrays.symbols).value)
        one.erase()
    _erase(program)
    entry = _make_asynchronous(function)
    workgroups = [DYNAMIC if one.workgroups is None else one.workgroups for one in program.kernels]
    integer = ir.IntegerType.get_signless(64)
    memory, *results = (
        ir.AffineMapAttr.get(ir.AffineMap.get(0, len(sizes.symbols), shape))
        for shape in ([plan.size], *shapes)
    )
    entry.attributes[_PERSISTENT] = ir.DictAttr.get(
        {
            "threads": ir.IntegerAttr.get(integer, hardware.threads),
            "calls": ir.IntegerAttr.get(integer, len(calls)),
            "workgroups": ir.DenseI64ArrayAttr.get(workgroups),
            "symbols": ir.DenseI64ArrayAttr.get([n for pair in sizes.symbols for n in pair]),
            "memory": memory,
            "results": ir.ArrayAttr.get(results),
        }
    )


def _shapes_of(program: KernelSequence, sizes: ArraySizes) -> list[list[ir.AffineExpr]]:
    """The shapes of results."""
    *_, end = program.function.body.blocks[0].operations
    return [
        [sizes.along(one, axis) for axis in range(ir.RankedTensorType(one.type).rank)]
        for one in end.operation.operands
    ]


def _sizes_asked_for(function: func.FuncOp, sizes: ArraySizes) -> dict[ir.Operation, ir.AffineExpr]:
    """What asks for a size of an array that is no argument, and the size."""
    operations = (view.operation for view in function.body.blocks[0].operations)
    return {
        one: sizes.number(one.results[0])
        for one in operations
        if one.name == SIZE and not isinstance(one.operands[0], ir.BlockArgument)
    }


def _take_arrays(
    program: KernelSequence, plan: WorkspacePlan, sizes: ArraySizes, hardware: Hardware
) -> _Arguments:
    """Adds arguments to the function of a program."""
    function = program.function
    block = function.body.blocks[0]
    with ir.InsertionPoint.at_block_begin(block):
        symbols = [Index(dim(sizes.arguments[number], axis)) for number, axis in sizes.symbols]
    types = [
        _array_type(counters_size(len(program.kernels), hardware.threads), 32),
        *function.type.results,
    ]
    if not plan.is_empty:
        size = static_size(plan.size)
        types.append(_array_type(DYNAMIC if size is None else size, 8))
    counters, *others = (block.add_argument(one, function.location) for one in types)
    results = dict(zip(program.returned, others))
    memory = None if plan.is_empty else others[-1]
    return _Arguments(plan, symbols, counters, results, memory, hardware)


def _call(
    module: ir.Operation,
    kernels: list[Kernel],
    first: int,
    before: list[ir.Value],
    taken_arrays: _Arguments,
    formed: dict[Hashable, str],
) -> list[ir.Value]:
    """Calls one kernel for some, of which `first` is the number of the first.

    `before` is what the call before returned. Offsets are arguments, so that layers that are alike
    call one kernel, which is added for the first of them.
    """
    values = dict.fromkeys(value for one in kernels for value in (*one.inputs, *one.results))
    held = {value: taken_arrays.holding(value) for value in values}
    arrays = dict.fromkeys((taken_arrays.counters, *(array for array, _ in held.values())))
    offsets = dict.fromkeys(offset for _, offset in held.values())
    numbers = [size for one in kernels for size in one.sizes]
    numbers += [one.grid[0].value for one in kernels if one.workgroups is None]
    taken = PersistentArguments(held, list(arrays), list(offsets), list(dict.fromkeys(numbers)))
    code = taken.pattern(kernels), len(before)
    if code not in formed:
        formed[code] = symbol = unused_symbol(module, f"persistent_{kernels[0].name}")
        add_persistent_kernel(module, symbol, kernels, taken, len(before), taken_arrays.hardware)
    with ir.InsertionPoint(kernels[-1].call):
        begins = [as_index(one, taken_arrays.symbols).value for one in taken.offsets]
        sizes = [size for one in (*taken.arrays, *before) for size in dynamic_sizes_of(one)]
        operands = [*taken.arrays, *before, Index(first).value, *begins, *taken.numbers]
        grid = [Index(taken_arrays.hardware.threads - 1), Index(1), Index(1)]
        results = [_array_type(ALIGNMENT, 8)]
        return call_executable(formed[code], grid, operands, results, sizes)


def _erase(program: KernelSequence) -> None:
    """Removes calls of kernels, and what reshaped for them."""
    calls = [kernel.call for kernel in program.kernels]
    for view in reversed(list(program.function.body.blocks[0].operations)):
        operation = view.operation
        unused = is_view(operation) and not list(operation.results[0].uses)
        if unused or operation in calls:
            operation.erase()


def _make_asynchronous(function: func.FuncOp) -> ir.Operation:
    """Moves the code of `function` to one of IREE's kind, which also takes what it returns."""
    old, result = function.body.blocks[0], _array_type(ALIGNMENT, 8)
    taken = [*(argument.type for argument in old.arguments), result]
    output = {"iree.abi.output": ir.IntegerAttr.get(ir.IndexType.get(), 0)}
    attributes = [ir.DictAttr.get(one) for one in [*({} for _ in old.arguments), output]]
    properties = {
        "sym_name": f'"{function.name.value}"',
        "sym_visibility": '"public"',
        "function_type": str(ir.FunctionType.get(taken, [result])),
        "arg_attrs": str(ir.ArrayAttr.get(attributes)),
    }
    with ir.InsertionPoint(function):
        operation = iree_op("util.func", [], [], properties, regions=1, discardable=_ABI)
    block = operation.regions[0].blocks.append(*taken)
    for before, now in zip(old.arguments, block.arguments):
        before.replace_all_uses_with(now)
    point = ir.InsertionPoint(block)
    for view in list(old.operations):
        move(view.operation, point)
    function.operation.erase()
    return operation


def _array_type(size: int, width: int) -> ir.Type:
    """The type of an array of `size` integers of `width` bits."""
    return ir.RankedTensorType.get([size], ir.IntegerType.get_signless(width))
