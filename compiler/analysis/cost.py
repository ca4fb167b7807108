"""What a program costs: floating-point operations and bytes, and so where it should run.

A pure reading of IR of the tessel dialect. A size that is known only when running makes a cost
unknown (`None`), which counts as large.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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

_TRANSCENDENTAL_FLOPS = 24
"""Operations of one `exp`, `sin` or `power`; exp of 1 Mi elements takes 250 us."""

_TRANSCENDENTAL = frozenset(
    "power exp exp2 expm1 log log1p log2 log10 logaddexp cbrt erf sin cos tan asin acos atan sinh"
    " cosh tanh asinh acosh atanh atan2 sigmoid silu gelu softplus elu mish".split()
)

_MOVES = frozenset(
    "constant parameter pack_matrix iota transpose reshape broadcast_to dim concatenate pad reverse"
    " slice update_slice dynamic_slice dynamic_update_slice take take_along_axis gather_nd bitcast"
    " real imag".split()
)
"""Ops that move elements and compute nothing."""

READS_PART = frozenset("slice dynamic_slice take take_along_axis gather_nd".split())
"""Ops that read no more of their first operand than they return."""


@dataclass(frozen=True)
class Cost:
    """Operations and bytes read and written; None is a number known only when running."""

    flops: int | None
    bytes: int | None

    @property
    def seconds(self) -> float:
        """A coarse time on one core; infinite when a number is not known."""
        if self.flops is None or self.bytes is None:
            return math.inf
        return max(self.flops / _FLOPS_PER_SECOND, self.bytes / _BYTES_PER_SECOND)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(_sum(self.flops, other.flops), _sum(self.bytes, other.bytes))


def op_cost(op: OpInstance) -> Cost:
    """The cost of one op alone, as if each operand were read and each result written once."""
    operands = op.flat_operand_types
    name = op.cls.short_name()
    moved = 0 if name in ("constant", "parameter", "dim", "reshape") else _bytes(op, operands)
    if name in _MOVES:
        return Cost(0, moved)
    count = _FLOPS.get(name)
    if count is not None:
        return Cost(count(op, operands), moved)
    largest = _largest([*operands, *op.result_types])
    return Cost(_product(largest, _TRANSCENDENTAL_FLOPS if name in _TRANSCENDENTAL else 1), moved)


def module_cost(module: ir.Module) -> Cost:
    """The sum over all ops of a program; the body of a loop counts once."""
    total = Cost(0, 0)
    for op in _ops(module):
        total = total + op_cost(op)
    return total


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
    total: int | None = 0
    read = op.result_types if op.cls.short_name() in READS_PART else operands
    for array in (*read, *op.result_types):
        total = _sum(total, _product(_size(array), array.dtype.itemsize))
    return total


def _matmul(op: OpInstance, operands: list[ArrayType]) -> int | None:
    return _product(2, _size(op.result_type), operands[0].shape[-1])


def _convolution(op: OpInstance, operands: list[ArrayType]) -> int | None:
    weight = operands[1]
    return _product(2, _size(op.result_type), *weight.shape[1:])


def _channels_last(op: OpInstance, operands: list[ArrayType]) -> int | None:
    """A weight's last dimension is that of the result."""
    return _product(2, _size(op.result_type), *operands[1].shape[:-1])


def _packed_convolution(op: OpInstance, operands: list[ArrayType]) -> int | None:
    return _product(2, _size(op.result_type), operands[1].shape[1])


def _winograd(op: OpInstance, operands: list[ArrayType]) -> int | None:
    """The products of tiles; what makes pixels of them is little."""
    return _product(2, _size(operands[0]), op.attributes["width"])


def _attention(op: OpInstance, operands: list[ArrayType]) -> int | None:
    query, key, value = operands[:3]
    scores = _product(_size(query), key.shape[-2])
    return _sum(_product(2, scores), _product(2, *query.shape[:-1], key.shape[-2], value.shape[-1]))


def _pool(op: OpInstance, operands: list[ArrayType]) -> int | None:
    return _product(_size(op.result_type), *op.attributes["window"])


def _sort(op: OpInstance, operands: list[ArrayType]) -> int | None:
    """The square of a row's length; the merge sort of `lowering/sorting.py` takes fewer steps."""
    axis = op.attributes.get("axis", -1)
    return _product(_size(operands[0]), operands[0].shape[axis])


def _per_element(flops: int) -> Callable[[OpInstance, list[ArrayType]], int | None]:
    return lambda op, operands: _product(_size(operands[0]), flops)


def _random(op: OpInstance, operands: list[ArrayType]) -> int | None:
    return _product(_size(op.result_type), _TRANSCENDENTAL_FLOPS)


_FLOPS: dict[str, Callable[[OpInstance, list[ArrayType]], int | None]] = {
    "matmul": _matmul,
    "packed_matmul": _matmul,
    "convolution": _convolution,
    "channels_last_convolution": _channels_last,
    "packed_convolution": _packed_convolution,
    "depthwise_convolution": _channels_last,
    "winograd_convolution": _winograd,
    "scaled_dot_product_attention": _attention,
    "scaled_dot_product_attention_logsumexp": _attention,
    "pool": _pool,
    "sort": _sort,
    "argsort": _sort,
    "top_k": _sort,
    "softmax": _per_element(_TRANSCENDENTAL_FLOPS + 4),
    "log_softmax": _per_element(_TRANSCENDENTAL_FLOPS + 4),
    "layer_norm": _per_element(8),
    "rms_norm": _per_element(5),
    "group_norm": _per_element(8),
    "batch_norm": _per_element(4),
    "random_bits": _random,
}
"""Op -> its operations, where they are not a fixed number an element."""


def _size(array: ArrayType) -> int | None:
    return array.size if array.is_static else None


def _largest(arrays: list[ArrayType]) -> int | None:
    sizes = [_size(array) for array in arrays]
    return None if None in sizes else max((size for size in sizes if size is not None), default=0)


def _product(*factors: int | None) -> int | None:
    known = [factor for factor in factors if factor is not None]
    return math.prod(known) if len(known) == len(factors) else None


def _sum(lhs: int | None, rhs: int | None) -> int | None:
    return None if lhs is None or rhs is None else lhs + rhs
