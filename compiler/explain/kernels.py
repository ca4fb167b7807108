"""The kernels of a program at stage `fused`: what each computes, reads and writes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tessel.compiler.analysis.cost import op_cost
from tessel.compiler.kernels.config import selected_numbers, selected_template
from tessel.compiler.mlir_locations import source_location_of
from tessel.compiler.passes.hoist_constant_expressions import CONSTANT_EVALUATION
from tessel.dialects.control_flow import fused_ops, is_fusion
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType

Values = Mapping[ir.Value, np.ndarray]
"""What was computed in one run: says the sizes that types do not."""


@dataclass(frozen=True)
class FusedKernel:
    """A fusion, or an op outside of fusions; `ops` are those of the dialect, in order."""

    operation: ir.Operation
    ops: list[OpInstance]

    @property
    def name(self) -> str:
        """What is computed: `fused: matmul + add`."""
        names = " + ".join(op.cls.short_name() for op in self.ops)
        return f"fused: {names}" if len(self.ops) > 1 else names

    @property
    def template(self) -> str:
        """The kernel's name and its configuration, `gemm rows=6 vectors=4 ...`, or "IREE"."""
        name = selected_template(self.operation)
        if name is None:
            return "IREE"
        configuration = selected_numbers(self.operation)
        return " ".join((name, *(f"{key}={value}" for key, value in configuration.items())))

    @property
    def lines(self) -> str:
        """The user's lines that it comes from."""
        locations = [source_location_of(op.operation.location) for op in self.ops]
        return ", ".join(dict.fromkeys(str(location) for location in locations if location))

    @property
    def result(self) -> ArrayType:
        """The type of what it makes last."""
        return self.ops[-1].result_types[-1]

    @property
    def flops(self) -> int | None:
        """Operations; None where a size is dynamic."""
        counts = [op_cost(op).flops for op in self.ops]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    @cached_property
    def inputs(self) -> list[ir.Value]:
        """What it reads from outside, in order, each once."""
        operations = [op.operation for op in self.ops]
        made = {result for one in operations for result in one.results}
        read = [value for one in operations for value in one.operands if value not in made]
        return list(dict.fromkeys(read))

    def bytes_read(self, value: ir.Value) -> int | None:
        """Bytes of an input that are read, each once: of a slice, no more than it returns."""
        total = 0
        for op in self.ops:
            operands = list(op.operation.operands)
            for position, operand in enumerate(operands):
                if operand != value:
                    continue
                array = op.flat_operand_types[position]
                if not array.is_static:
                    return None
                part = position == 0 and op.cls.reads_part
                wanted = op.result_type if part else array
                total = max(total, min(_bytes(wanted), array.nbytes))
        return total

    @property
    def bytes_written(self) -> int | None:
        """Bytes of its results."""
        types = self.ops[-1].result_types
        return sum(map(_bytes, types)) if all(one.is_static for one in types) else None

    @property
    def traffic(self) -> int | None:
        """Bytes that are read and written, each once."""
        counts = [*map(self.bytes_read, self.inputs), self.bytes_written]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def sized(self, values: Values) -> "FusedKernel":
        """The same with the sizes that arrays had in a run."""
        return replace(self, ops=[_sized(op, values) for op in self.ops])


def fused_kernels_of(module: ir.Module) -> list[FusedKernel]:
    """The kernels in order, those in loops and branches, too.

    What is computed once, before the program runs, is left out, and so is what moves nothing:
    reshapes, and sizes of arrays.
    """
    found: list[FusedKernel] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if (
            isinstance(operation.opview, func.FuncOp)
            and operation.opview.name.value == CONSTANT_EVALUATION
        ):
            return ir.WalkResult.SKIP
        if is_fusion(operation):
            found.append(FusedKernel(operation, fused_ops(operation)))
            return ir.WalkResult.SKIP
        op = read_op(operation)
        if op is not None and not op.cls.is_free:
            found.append(FusedKernel(operation, [op]))
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _sized(op: OpInstance, values: Values) -> OpInstance:
    sized = replace(op)
    operands = [sized_type(value, values) for value in op.operation.operands]
    sized.operand_types = op.cls.operand_groups(op.operation, operands)
    sized.result_types = [sized_type(value, values) for value in op.operation.results]
    return sized


def sized_type(value: ir.Value, values: Values) -> ArrayType:
    """The type of a value, with the sizes that it had in a run."""
    array = ArrayType.of(value)
    return array.with_shape(values[value].shape) if value in values else array


def _bytes(array: ArrayType) -> int:
    return array.nbytes if array.is_static else 0
