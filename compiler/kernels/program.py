"""A function that does nothing but call kernels, read from its IR."""

import math
from dataclasses import dataclass
from functools import cached_property

from tessel.compiler.kernels.executable import CALL, entry_block
from tessel.compiler.kernels.units import STACK_MEMORY
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import arith, func, ir
from tessel.dialects.types import ArrayType, dtype_of

RESHAPES = ("tensor.collapse_shape", "tensor.expand_shape", "tensor.reshape")
_SOURCES = ("util.global.load", "arith.constant")


@dataclass(frozen=True)
class Kernel:
    """A kernel and its one call."""

    call: ir.Operation
    executable: ir.Operation
    grid: tuple[int, int, int]
    inputs: list[ir.Value]

    @property
    def name(self) -> str:
        return ir.StringAttr(self.executable.attributes["sym_name"]).value

    @property
    def results(self) -> list[ir.Value]:
        return list(self.call.results)

    @property
    def stack(self) -> int:
        """Bytes that a work-group keeps on the stack."""
        operations = [view.operation for view in entry_block(self.executable).operations]
        kept = [one.results[0].type for one in operations if one.name == STACK_MEMORY]
        types = [ir.MemRefType(one) for one in kept]
        return sum(math.prod(one.shape) * dtype_of(one.element_type).itemsize for one in types)


@dataclass(frozen=True)
class KernelProgram:
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
        read = [one for kernel in self.kernels for one in kernel.inputs]
        return [one for one in dict.fromkeys(read) if origin(one) not in self.made]

    @cached_property
    def between(self) -> list[ir.Value]:
        """What kernels make for kernels alone."""
        return [one for one in self.made if one not in self.returned]

    def last_reader(self, value: ir.Value) -> int:
        """The number of the last kernel that reads what a kernel made."""
        readers = [
            n
            for n, kernel in enumerate(self.kernels)
            if any(origin(one) == value for one in kernel.inputs)
        ]
        return max(readers, default=self.made[value])


def kernel_program_of(module: ir.Operation, function: func.FuncOp) -> KernelProgram | None:
    """What `function` calls, if that is all it does, each kernel once, with all sizes known."""
    if "sym_visibility" in function.attributes or function.is_external:
        return None
    *body, end = (view.operation for view in function.body.blocks[0].operations)
    executables = _executables_of(module)
    kernels: list[Kernel] = []
    for operation in body:
        if operation.name in (*RESHAPES, *_SOURCES):
            continue
        kernel = _kernel_of(operation, executables)
        if kernel is None:
            return None
        kernels.append(kernel)
    program = KernelProgram(function, kernels, [origin(one) for one in end.operands])
    returned = set(program.returned)
    if not returned or len(returned) < len(program.returned) or not returned <= set(program.made):
        return None
    names = {kernel.name for kernel in kernels}
    return program if len(names) == len(kernels) else None


def kernels_of(module: ir.Operation) -> list[Kernel]:
    """All kernels of a module whose grids and sizes are known."""
    executables = _executables_of(module)
    found = (_kernel_of(call, executables) for call in calls_in(module))
    return [kernel for kernel in found if kernel is not None]


def calls_in(operation: ir.Operation) -> list[ir.Operation]:
    """The calls of kernels in a module or a function, in order."""
    calls: list[ir.Operation] = []

    def visit(one: ir.Operation) -> ir.WalkResult:
        if one.name == CALL:
            calls.append(one)
        return ir.WalkResult.ADVANCE

    operation.walk(visit)
    return calls


def grid_of(call: ir.Operation) -> tuple[int, int, int] | None:
    """The work-groups of a call along x, y and z, where they are known."""
    x, y, z = (_known(one) for one in call.operands[:3])
    return None if x is None or y is None or z is None else (x, y, z)


def origin(value: ir.Value) -> ir.Value:
    """The array that `value` is, before it was reshaped."""
    owner = owner_of(value)
    while owner is not None and owner.name in RESHAPES:
        value = owner.operands[0]
        owner = owner_of(value)
    return value


def bytes_of(value: ir.Value) -> int:
    """The size of an array in memory."""
    return ArrayType.of(value).nbytes


def _kernel_of(call: ir.Operation, executables: dict[str, ir.Operation]) -> Kernel | None:
    if call.name != CALL:
        return None
    grid, inputs = grid_of(call), list(call.operands)[3:]
    arrays = [one.type for one in (*inputs, *call.results)]
    if grid is None or not all(map(_is_static, arrays)):
        return None
    (entry,) = ir.ArrayAttr(call.attributes["entry_points"])
    return Kernel(call, executables[ir.SymbolRefAttr(entry).value[0]], grid, inputs)


def _executables_of(module: ir.Operation) -> dict[str, ir.Operation]:
    operations = [view.operation for view in module.regions[0].blocks[0].operations]
    return {
        ir.StringAttr(one.attributes["sym_name"]).value: one
        for one in operations
        if one.name == "stream.executable"
    }


def _known(value: ir.Value) -> int | None:
    owner = owner_of(value)
    if owner is None or not isinstance(owner.opview, arith.ConstantOp):
        return None
    return ir.IntegerAttr(owner.attributes["value"]).value


def _is_static(mlir_type: ir.Type) -> bool:
    return isinstance(mlir_type, ir.RankedTensorType) and mlir_type.has_static_shape
