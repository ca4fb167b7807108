"""The least time that a machine can take for a kernel: by what it computes, or what it moves.

S. Williams, A. Waterman, D. Patterson: Roofline (CACM 2009), with roofs for the caches.
"""

from dataclasses import dataclass

from tessel.compiler.analysis.cost import op_cost
from tessel.compiler.explain.kernels import FusedKernel
from tessel.compiler.tuning.machine_peaks import Machine
from tessel.dialects.constant import Parameter
from tessel.dialects.instance import OpInstance, maker_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape

_PRODUCTS = frozenset(
    "matmul packed_matmul convolution channels_last_convolution packed_convolution"
    " depthwise_convolution winograd_convolution scaled_dot_product_attention".split()
)
"""Ops whose operations are multiply-adds; others make one operation an instruction."""

_KINDS = {"bfloat16": "bfloat16", "int8": "int8", "uint8": "int8"}
"""Dtype of what is multiplied -> the limit's name, where it is not float32's."""


@dataclass(frozen=True)
class Roof:
    """The least seconds of a kernel, and the rate that says so: `233 GFLOP/s`, `98 GB/s`."""

    seconds: float
    rate: str


@dataclass(frozen=True)
class Traffic:
    """Bytes that a kernel moves: of parameters, of other arrays that it reads, of its results.

    `parameters` come from as far away as `parameters_of_all`, those of the whole program.
    """

    parameters: int
    read: int
    written: int
    parameters_of_all: int

    @property
    def total(self) -> int:
        return self.parameters + self.read + self.written

    def seconds(self, machine: Machine) -> float:
        """The least time: what is written counts with as much that is read, as a copy."""
        copied = 2 * min(self.read, self.written)
        rest = self.read + self.written - copied
        alone = machine.read(self.total) if self.read > self.written else machine.copy(self.total)
        far = machine.read(max(self.total, self.parameters_of_all))
        return copied / machine.copy(self.total) + rest / alone + self.parameters / far


def roof_of(kernel: FusedKernel, parameters_of_all: int, machine: Machine) -> Roof | None:
    """The roof of a kernel; None where sizes are dynamic, or nothing is computed or moved."""
    flops, traffic = kernel.flops, traffic_of(kernel, parameters_of_all)
    if flops is None or traffic is None:
        return None
    arithmetic = sum(_seconds(op, machine) for op in kernel.ops)
    memory = traffic.seconds(machine)
    if max(arithmetic, memory) == 0:
        return None
    if arithmetic > memory:
        return Roof(arithmetic, f"{flops / arithmetic / 1e9:.0f} GFLOP/s")
    return Roof(memory, f"{traffic.total / memory / 1e9:.0f} GB/s")


def traffic_of(kernel: FusedKernel, parameters_of_all: int) -> Traffic | None:
    """What a kernel moves; None where sizes are dynamic."""
    if kernel.traffic is None:
        return None
    moved = {value: kernel.bytes_read(value) or 0 for value in kernel.inputs}
    parameters = sum(count for value, count in moved.items() if is_parameter(value))
    read = sum(moved.values()) - parameters
    return Traffic(parameters, read, kernel.bytes_written or 0, parameters_of_all)


def is_parameter(value: ir.Value) -> bool:
    """Whether a value is a parameter, or the same memory in another shape."""
    op = maker_of(value)
    if op is not None and op.cls is Reshape:
        return is_parameter(op.operands[0])
    return op is not None and op.cls is Parameter


def _seconds(op: OpInstance, machine: Machine) -> float:
    """The least time of an op's operations: wider numbers have fewer lanes."""
    dtype = op.flat_operand_types[0].dtype if op.flat_operand_types else op.result_types[0].dtype
    lanes = max(1, dtype.itemsize // 4)
    if op.cls.short_name() in _PRODUCTS:
        return (op_cost(op).flops or 0) * lanes / machine.flops(_KINDS.get(dtype.name, "fma"))
    return (op_cost(op).flops or 0) * lanes / (machine.flops("fma") / 2)
