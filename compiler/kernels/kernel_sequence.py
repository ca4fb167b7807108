"""A function that does nothing but call kernels, read from its IR."""

import math
from dataclasses import dataclass
from functools import cached_property

from tessel.compiler.emit.index import Index
from tessel.compiler.kernels.dispatch import CALL, entry_block
from tessel.compiler.kernels.workgroups import STACK_MEMORY
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import arith, func, ir
from tessel.dialects.types import ArrayType, dtype_of
from tessel.dialects.uses import views_behind

_RESHAPES = "tensor.collapse_shape", "tensor.expand_shape", "tensor.reshape", "tensor.cast"
_SLICE = "tensor.extract_slice"
_SOURCES = "util.global.load", "arith.constant"
SIZE = "tensor.dim"
"""The op that asks for a size of an array."""

_SIZES = SIZE, "tensor.from_elements"


@dataclass(frozen=True)
class Kernel:
    """A call of a kernel; `sizes` are the numbers that the kernel takes after its arrays."""

    call: ir.Operation
    executable: ir.Operation
    grid: tuple[Index, Index, Index]
    inputs: list[ir.Value]
    sizes: list[ir.Value]

    @property
    def name(self) -> str:
        return ir.StringAttr(self.executable.attributes["sym_name"]).value

    @property
    def results(self) -> list[ir.Value]:
        return list(self.call.results)

    @property
    def workgroups(self) -> int | None:
        """Workgroups of its grid, where all of it is static."""
        return workgroups_of(self.grid)

    @property
    def stack(self) -> int:
        """Bytes that a workgroup keeps on the stack."""
        operations = [view.operation for view in entry_block(self.executable).operations]
        kept = [one.results[0].type for one in operations if one.name == STACK_MEMORY]
        types = [ir.MemRefType(one) for one in kept]
        return sum(math.prod(one.shape) * dtype_of(one.element_type).itemsize for one in types)


@dataclass(frozen=True)
class KernelSequence:
    """The kernels of a function in order, and their arrays that it returns, reshaped or not."""

    function: func.FuncOp
    kernels: list[Kernel]
    returned: list[ir.Value]

    @cached_property
    def made(self) -> dict[ir.Value, int]:
        """What kernels make -> the number of the kernel."""
        return {one: n for n, kernel in enumerate(self.kernels) for one in kernel.results}

    @cached_property
    def inputs(self) -> list[ir.Value]:
        """What kernels read and no kernel made."""
        read = [origin(one) for kernel in self.kernels for one in kernel.inputs]
        return [one for one in dict.fromkeys(read) if one not in self.made]

    @cached_property
    def between(self) -> list[ir.Value]:
        """What kernels make for kernels alone."""
        return [one for one in self.made if one not in self.returned]

    @cached_property
    def last_reader(self) -> dict[ir.Value, int]:
        """What kernels make -> the number of the last kernel that reads it, or that made it."""
        readers = dict(self.made)
        for n, kernel in enumerate(self.kernels):
            readers |= {origin(one): n for one in kernel.inputs if origin(one) in self.made}
        return readers


def kernel_sequence_of(module: ir.Operation, function: func.FuncOp) -> KernelSequence | None:
    """What `function` calls, if that is all it does.

    It may compute sizes, and grids of which only x is unknown and the others are one.
    """
    if "sym_visibility" in function.attributes or function.is_external:
        return None
    *body, end = (view.operation for view in function.body.blocks[0].operations)
    executables = _executables_of(module)
    kernels: list[Kernel] = []
    for operation in body:
        if operation.name in _SOURCES or is_view(operation) or _computes_sizes(operation):
            continue
        kernel = _kernel_of(operation, executables)
        if kernel is None or (
            kernel.workgroups is None and kernel.grid[1:] != (Index(1), Index(1))
        ):
            return None
        kernels.append(kernel)
    program = KernelSequence(function, kernels, [origin(one) for one in end.operands])
    returned = set(program.returned)
    if any(view.name == _SLICE for one in end.operands for view in views_behind(one, is_view)):
        return None
    if not returned or len(returned) < len(program.returned) or not returned <= set(program.made):
        return None
    return program


def kernels_of(module: ir.Operation) -> list[Kernel]:
    """The calls of kernels in a module."""
    executables = _executables_of(module)
    found = (_kernel_of(call, executables) for call in calls_in(module))
    return [kernel for kernel in found if kernel is not None]


def erase_uncalled_executables(module: ir.Operation) -> None:
    """Removes the kernels that no call of a module names any more."""
    called = {kernel.name for kernel in kernels_of(module)}
    for name, executable in _executables_of(module).items():
        if name not in called:
            executable.erase()


def calls_in(operation: ir.Operation) -> list[ir.Operation]:
    """The calls of kernels in a module or a function, in order."""
    calls: list[ir.Operation] = []

    def visit(one: ir.Operation) -> ir.WalkResult:
        if one.name == CALL:
            calls.append(one)
        return ir.WalkResult.ADVANCE

    operation.walk(visit)
    return calls


def grid_of(call: ir.Operation) -> tuple[Index, Index, Index]:
    """The workgroups of a call along x, y and z."""
    x, y, z = (_count(one) for one in list(call.operands)[:3])
    return x, y, z


def workgroups_of(grid: tuple[Index, Index, Index]) -> int | None:
    """The number of all workgroups of a grid, where it is static."""
    x, y, z = (one.static for one in grid)
    return None if x is None or y is None or z is None else x * y * z


def is_view(operation: ir.Operation) -> bool:
    """Whether an op reshapes an array, or takes elements of it that follow one another."""
    return operation.name in _RESHAPES or _first_element(operation) is not None


def origin(value: ir.Value) -> ir.Value:
    """The array that `value` is a view of, or itself."""
    return located(value)[0]


def located(value: ir.Value) -> tuple[ir.Value, int]:
    """The array that `value` is a view of, and the bytes of it before the view."""
    begin, itemsize = 0, ArrayType.of(value).dtype.itemsize
    for view in views_behind(value, is_view):
        begin += (_first_element(view) or 0) * itemsize
        value = view.operands[0]
    return value, begin


def _computes_sizes(operation: ir.Operation) -> bool:
    is_number = not isinstance(operation.results[0].type, ir.RankedTensorType)
    return operation.name in _SIZES or (operation.name.startswith("arith.") and is_number)


def _kernel_of(call: ir.Operation, executables: dict[str, ir.Operation]) -> Kernel | None:
    if call.name != CALL:
        return None
    grid_counts, taken, *_ = ir.DenseI32ArrayAttr(call.attributes["operandSegmentSizes"])
    arguments = list(call.operands)[grid_counts : grid_counts + taken]
    inputs = [one for one in arguments if isinstance(one.type, ir.RankedTensorType)]
    sizes = [one for one in arguments if one not in inputs]
    (entry,) = ir.ArrayAttr(call.attributes["entry_points"])
    executable = executables.get(ir.SymbolRefAttr(entry).value[0])
    if executable is None:  # it is in no text that a person wrote
        return None
    return Kernel(call, executable, grid_of(call), inputs, sizes)


def _executables_of(module: ir.Operation) -> dict[str, ir.Operation]:
    operations = [view.operation for view in module.regions[0].blocks[0].operations]
    return {
        ir.StringAttr(one.attributes["sym_name"]).value: one
        for one in operations
        if one.name == "stream.executable"
    }


def _first_element(operation: ir.Operation) -> int | None:
    """The number of the first element that a slice takes, where they all follow one another."""
    if operation.name != _SLICE or len(operation.operands) > 1:
        return None
    offsets, sizes, strides = (
        list(ir.DenseI64ArrayAttr(operation.attributes[f"static_{name}"]))
        for name in ("offsets", "sizes", "strides")
    )
    whole = ir.RankedTensorType(operation.operands[0].type).shape
    cut = [axis for axis, pair in enumerate(zip(sizes, whole)) if pair[0] != pair[1]]
    if set(strides) != {1} or (cut and math.prod(sizes[: cut[-1]]) != 1):
        return None
    return sum(offset * math.prod(whole[axis + 1 :]) for axis, offset in enumerate(offsets))


def _count(value: ir.Value) -> Index:
    owner = owner_of(value)
    if owner is None or not isinstance(owner.opview, arith.ConstantOp):
        return Index(value)
    return Index(ir.IntegerAttr(owner.attributes["value"]).value)
