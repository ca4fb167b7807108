"""What a program costs: floating-point operations and bytes, and so where it should run.

A pure reading of IR of the tessel dialect. A dynamic size makes a cost
unknown (`None`), which counts as large.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tessel.dialects.flops import elements, product, total
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType

_FLOPS_PER_SECOND = 100e9
_BYTES_PER_SECOND = 75e9
"""What one core does, measured on Zen 4: a GEMM of IREE, and an addition in the outer cache."""

_WORTH_THREADS = 200e-6
"""Seconds of work from which the pool is faster than the calling thread, or as fast when other
programs keep a core busy.

Measured on 2 cores of Zen 4, `local-sync` against `local-task`, float32, NumPy to NumPy:
| | one thread | two |
|---|---|---|
| add, 256 Ki elements | 47 us | 57-98 us |
| exp, 256 Ki elements | 70 us | 62 us |
| add, 1 Mi elements | 168 us | 154-222 us |
| exp, 1 Mi elements | 250 us | 170 us |
| add, 4 Mi elements | 1130 us | 754 us |
Waking threads costs 10 us on an idle machine and 50 us on a busy one.
"""

_WORTH_WORKERS = 15e-6
"""Seconds of work from which workers that are awake make a call faster.

Measured as above, calls in a row, alone and with workers: 8x256x256 14 and 19 us, 1x512x1000 29 and
24, 1x768x768 32 and 25. The runtime asks them only while they are awake, if they are worth no more.
"""


@dataclass(frozen=True)
class Cost:
    """Operations and bytes read and written; None is a dynamic number."""

    flops: int | None
    bytes: int | None

    @property
    def seconds(self) -> float:
        """A coarse time on one core; infinite when a number is not known."""
        if self.flops is None or self.bytes is None:
            return math.inf
        return max(self.flops / _FLOPS_PER_SECOND, self.bytes / _BYTES_PER_SECOND)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(total(self.flops, other.flops), total(self.bytes, other.bytes))


def op_cost(op: OpInstance) -> Cost:
    """The cost of one op alone, as if each operand were read and each result written once."""
    operands = op.flat_operand_types
    flops = op.cls.flops(operands, op.result_types, op.attributes)
    return Cost(flops, 0 if op.cls.is_free else _bytes(op, operands))


def module_cost(module: ir.Module) -> Cost:
    """The sum over all ops of a program; the body of a loop counts once."""
    return sum((op_cost(op) for op in _ops(module)), Cost(0, 0))


def module_seconds(module: ir.Module) -> float:
    """A coarse time of a program on one core: the sum over its ops."""
    return sum(op_cost(op).seconds for op in _ops(module))


def choose_driver(seconds: float, threads: int, *, is_persistent: bool = False) -> str:
    """`local-sync`, the calling thread, or `local-task`, all `threads`: what finishes first.

    `seconds` is what the program takes on one core; `is_persistent` says that it is of persistent
    kernels, whose workers need not be waited for.
    """
    least = _WORTH_WORKERS if is_persistent else _WORTH_THREADS
    return "local-task" if threads > 1 and seconds >= least else "local-sync"


def _ops(module: ir.Module) -> Iterator[OpInstance]:
    found: list[OpInstance] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        op = read_op(operation)
        if op is not None:
            found.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return iter(found)


def _bytes(op: OpInstance, operands: list[ArrayType]) -> int | None:
    read = op.result_types if op.cls.reads_part else operands
    arrays = [*read, *op.result_types]
    return total(*(product(elements(array), array.dtype.itemsize) for array in arrays))
