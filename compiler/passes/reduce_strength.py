"""Writes costly operations as cheaper ones: divisions by a row's norm, powers, tanh, logarithms.

    x / sqrt(v)           ->  x * (1 / sqrt(v))         v has fewer elements than x
    exp(x - max(x)) / sum ->  softmax(x)                 whose decomposition does the same
    v ** -0.5, v ** 0.5   ->  1 / sqrt(v), sqrt(v)       v is not negative
    c + c * tanh(u)       ->  2 c * sigmoid(2 u)
    0.5 * x * (s * 2)     ->  x * s                      a sigmoid s, and powers of two alone
    log(softmax(x))       ->  log_softmax(x)

So norms, softmax and GELU that are written out, in any order of their parts, become the kernels of
`nn.layer_norm`, `rms_norm`, `softmax`, `log_softmax` and `gelu`, with nothing to recognise that
could be mistaken. What gains nothing stays: a written SiLU, sigmoid or log_softmax (1.00 times the
op's time), and a variance of mean(x**2) - mean(x)**2, since the cheaper form gives other results.
Keeps: shapes, dtypes, results to rounding; logarithms of weights that underflow are finite.  Does
not fire: where 1 / v could overflow or underflow; on half precision; where tanh, softmax or its
exponentials are used elsewhere, too.  Test: lit_tests/passes/reduce_strength.mlir
"""

from dataclasses import dataclass

import numpy as np

from tessel.compiler.passes.base import Pass, rule
from tessel.compiler.rewrites.constants import splat_of
from tessel.dialects.activation import Sigmoid
from tessel.dialects.arithmetic import Abs, Add, Divide, Maximum, Multiply, Power, Subtract
from tessel.dialects.base import TesselOp
from tessel.dialects.builder import TensorValue
from tessel.dialects.exponential import Exp, Log, Sqrt
from tessel.dialects.instance import OpInstance, defining_op, maker_of, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.normalization import LogSoftmax, Softmax
from tessel.dialects.reduction import ReduceMax, ReduceSum
from tessel.dialects.trigonometric import Tanh
from tessel.dialects.types import ArrayType, is_float

_WIDE = (np.float32, np.float64)
"""Dtypes whose square roots have reciprocals, and whose reciprocals round to half an ulp."""


@rule(Divide)
def raise_softmax(op: OpInstance) -> ir.Value | None:
    """exp(x - max(x)) / sum(exp(x - max(x)))  ->  softmax(x)"""
    exponential = defining_op(op.operands[0], Exp)
    total = _along_axis(op.operands[1], ReduceSum)
    if exponential is None or total is None or total.operands[0] != exponential.result:
        return None
    ends = {op.operation, total.operation}
    if users_of(exponential.result) != ends or users_of(total.result) != {op.operation}:
        return None
    shifted = defining_op(exponential.operands[0], Subtract)
    largest = None if shifted is None else _along_axis(shifted.operands[1], ReduceMax)
    if shifted is None or largest is None or largest.operands[0] != shifted.operands[0]:
        return None
    x, axes = shifted.operands[0], total.attributes["axes"]
    if largest.attributes["axes"] != axes or ArrayType.of(x) != op.result_type:
        return None
    return Softmax.build(x, axis=axes[0])


@rule(Divide)
def multiply_by_reciprocal(op: OpInstance) -> ir.Value | None:
    """x / d  ->  x * (1 / d), where d is a root that is one number for many of x"""
    x, divisor = op.operands
    if op.result_type.dtype not in _WIDE or not _is_repeated(divisor, op.result_type):
        return None
    return (TensorValue(x) * TensorValue(divisor).reciprocal()).value if _is_root(divisor) else None


@rule(Power)
def power_of_half(op: OpInstance) -> ir.Value | None:
    """v ** -0.5  ->  1 / sqrt(v);  v ** 0.5  ->  sqrt(v)"""
    base, exponent = op.operands
    power = _factor(exponent)
    if op.result_type.dtype not in _WIDE or power is None or abs(power) != 0.5:
        return None
    if ArrayType.of(base) != op.result_type or not _is_positive_or_zero(base):
        return None
    root = TensorValue(base).sqrt()
    return (root if power > 0 else root.reciprocal()).value


@rule(Add)
def tanh_as_sigmoid(op: OpInstance) -> ir.Value | None:
    """c + c * tanh(u)  ->  2 c * sigmoid(2 u)"""
    for constant, other in (op.operands, op.operands[::-1]):
        factor = _factor(constant)
        angle = None if factor is None else _angle(other, factor)
        if factor is None or angle is None or not _is_moderate(abs(factor)):
            continue
        if ArrayType.of(angle) == op.result_type:
            return (
                TensorValue(Sigmoid.build((TensorValue(angle) * 2.0).value)) * (2 * factor)
            ).value
    return None


@rule(Multiply)
def gather_powers_of_two(op: OpInstance) -> ir.Value | None:
    """a * (b * 2)  ->  (a * b) * 2;  (a * c) * 2  ->  a * (c * 2), for sigmoids a or b

    Of other numbers a product may overflow, or become subnormal, in one order and not in the other.
    A number waits for the end only where one of the two is no more than 1.
    """
    if op.result_type.dtype not in _WIDE:
        return None
    for one, other in (op.operands, op.operands[::-1]):
        inner = _scaled(one, op.result_type)
        if inner is None:
            continue
        x, factor = inner
        outer = _power_of_two(other)
        if not _holds_sigmoid(x) and not _holds_sigmoid(other):
            if outer is None or not _grow_alike(outer, factor):
                continue
        if outer is not None and _is_moderate(abs(outer * factor)):
            return x if outer * factor == 1 else (TensorValue(x) * (outer * factor)).value
        if splat_of(other) is None and _may_wait(factor, x, other):
            return (TensorValue(x) * TensorValue(other) * factor).value
    return None


@rule(Divide)
def divide_by_power_of_two(op: OpInstance) -> ir.Value | None:
    """x / 2  ->  x * 0.5"""
    x, divisor = op.operands
    factor = _power_of_two(divisor)
    if factor is None or ArrayType.of(x) != op.result_type:
        return None
    return (TensorValue(x) * (1 / factor)).value


@rule(Log)
def log_of_softmax(op: OpInstance) -> ir.Value | None:
    """log(softmax(x))  ->  log_softmax(x)"""
    inner = defining_op(op.operands[0], Softmax)
    if inner is None or len(users_of(inner.result)) != 1:
        return None
    return LogSoftmax.build(inner.operands[0], axis=inner.attributes["axis"])


@dataclass(frozen=True)
class ReduceStrength(Pass):
    """Upstream's greedy driver over the rules above."""

    rules = (
        raise_softmax,
        multiply_by_reciprocal,
        power_of_half,
        tanh_as_sigmoid,
        gather_powers_of_two,
        divide_by_power_of_two,
        log_of_softmax,
    )


def _along_axis(value: ir.Value, cls: type[TesselOp]) -> OpInstance | None:
    """The reduction along one axis, which is kept, that makes `value`."""
    op = defining_op(value, cls)
    if op is None or len(op.attributes["axes"]) != 1:
        return None
    return op if op.attributes["keepdims"] else None


def _is_repeated(value: ir.Value, result: ArrayType) -> bool:
    """Whether broadcasting to `result` repeats `value`."""
    mine = ArrayType.of(value).shape
    aligned = (1,) * (result.rank - len(mine)) + tuple(mine)
    return any(size == 1 != whole for size, whole in zip(aligned, result.shape))


def _is_root(value: ir.Value) -> bool:
    """Whether a value is a square root, perhaps with a number added, or at least a number.

    A root of float32 is between 1e-19 and 2e19, so neither it nor its reciprocal is subnormal.
    """
    op = maker_of(value)
    if op is None or op.cls is Sqrt:
        return op is not None
    if op.cls not in (Add, Maximum):
        return False
    pairs = (op.operands, op.operands[::-1])
    return any(_is_root(one) and _is_moderate(_factor(other)) for one, other in pairs)


def _is_moderate(number: float | None) -> bool:
    """Whether a number is positive, and far from what float32 cannot hold."""
    return number is not None and 1e-18 < number < 1e18


def _is_positive_or_zero(value: ir.Value) -> bool:
    """Whether no element can be negative or -0.0, by how it is computed."""
    op = maker_of(value)
    if op is None:
        return False
    splat = splat_of(value)
    if splat is not None:
        return is_float(splat.dtype) and splat >= 0 and not np.signbit(splat)
    if op.cls in (Abs, Exp):
        return True
    if op.cls is ReduceSum:
        return _is_positive_or_zero(op.operands[0])
    if op.cls is Multiply and op.operands[0] == op.operands[1]:
        return True
    if op.cls in (Add, Multiply, Divide):
        return all(map(_is_positive_or_zero, op.operands))
    return op.cls is Maximum and any(map(_is_positive_or_zero, op.operands))


def _is_power_of_two(number: float) -> bool:
    """Whether products with it are exact, and it is not so large or small that they overflow."""
    return 1e-3 < abs(number) < 1e3 and abs(np.frexp(number)[0]) == 0.5


def _may_wait(factor: float, x: ir.Value, other: ir.Value) -> bool:
    """Whether x * other neither overflows nor loses digits where (x * factor) * other does not."""
    makers = (maker_of(x), maker_of(other))
    bounded = any(op is not None and op.cls is Sigmoid for op in makers)
    return bounded and _is_power_of_two(factor) and abs(factor) <= 2


def _grow_alike(one: float, other: float) -> bool:
    """Whether products with two numbers are both larger, or both smaller."""
    return (abs(one) >= 1) == (abs(other) >= 1)


def _holds_sigmoid(value: ir.Value, factors: int = 3) -> bool:
    """Whether a value is a sigmoid, or its product with a few others."""
    op = maker_of(value)
    if op is not None and op.cls is Multiply and factors:
        return any(_holds_sigmoid(one, factors - 1) for one in op.operands)
    return op is not None and op.cls is Sigmoid


def _power_of_two(value: ir.Value) -> float | None:
    """The number that `value` has everywhere, if it is a power of two."""
    factor = _factor(value)
    return factor if factor is not None and _is_power_of_two(factor) else None


def _factor(value: ir.Value) -> float | None:
    """The floating-point number that `value` has everywhere."""
    splat = splat_of(value)
    return float(splat) if splat is not None and is_float(splat.dtype) else None


def _scaled(value: ir.Value, result: ArrayType) -> tuple[ir.Value, float] | None:
    """x and c where `value` is x * c, and nothing else uses it."""
    op = defining_op(value, Multiply)
    if op is None or len(users_of(value)) != 1 or op.result_type != result:
        return None
    for number, x in (op.operands, op.operands[::-1]):
        factor = _factor(number)
        if factor is not None and ArrayType.of(x) == result:
            return x, factor
    return None


def _angle(value: ir.Value, factor: float) -> ir.Value | None:
    """u where `value` is factor * tanh(u), and nothing else uses it."""
    op = maker_of(value)
    if op is None or not is_float(op.result_type.dtype) or len(users_of(value)) != 1:
        return None
    if op.cls is Tanh:
        return op.operands[0] if factor == 1 else None
    if op.cls is not Multiply:
        return None
    for number, other in (op.operands, op.operands[::-1]):
        tanh = defining_op(other, Tanh)
        if tanh is not None and _factor(number) == factor and len(users_of(other)) == 1:
            return tanh.operands[0]
    return None
