"""Elements: what the body of a linalg op computes with, written as arithmetic in Python.

An `Element` is an MLIR scalar (or a vector of them) with its dtype. Operators build `arith`,
`math` and `complex` ops, and choose them by dtype: `x / y` is a float division or a complex one,
`x < y` an unsigned comparison where the dtype is unsigned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.dialects.mlir import DYNAMIC, arith, complex_dialect, ir, math, vector
from tessel.dialects.types import (
    ArrayType,
    bfloat16,
    element_type,
    is_bool,
    is_complex,
    is_float,
    is_half,
    is_signed,
    is_unsigned,
    real_dtype,
)


def signless_type(dtype: np.dtype) -> ir.Type:
    """The MLIR element type that `arith` works on: unsigned integers become signless."""
    if is_unsigned(dtype):
        return ir.IntegerType.get_signless(8 * dtype.itemsize)
    return element_type(dtype)


def signless(array_type: ArrayType) -> ir.Type:
    """The tensor type that linalg computes on."""
    sizes = [DYNAMIC if size is None else size for size in array_type.shape]
    return ir.RankedTensorType.get(sizes, signless_type(array_type.dtype))


def as_signless(value: ir.Value, wanted: ir.Type | None = None) -> ir.Value:
    """`value` with signless elements, or back as `wanted`, before types have been converted.

    `tessel-lower-to-linalg` removes these casts at its end.
    """
    target = wanted or signless(ArrayType.of(value))
    if value.type == target:
        return value
    name = "builtin.unrealized_conversion_cast"
    return ir.Operation.create(name, [target], [value]).results[0]


@dataclass(frozen=True)
class Element:
    """One element of an array, inside the body of a kernel."""

    value: ir.Value
    dtype: np.dtype

    def constant(self, number: Any) -> "Element":
        """`number` in this element's dtype, and in as many lanes."""
        return constant(number, self.dtype).spread(self)

    def spread(self, like: "Element") -> "Element":
        """This element in each lane where `like` is a vector."""
        if not _is_vector(like.value) or _is_vector(self.value):
            return self
        return self.with_value(vector.broadcast(_shaped(self.value.type, like.value), self.value))

    def with_value(self, value: Any) -> "Element":
        return Element(value, self.dtype)

    def bits(self, dtype: np.dtype) -> "Element":
        """The same bits as an integer or float `dtype` of the same width."""
        target = _shaped(signless_type(np.dtype(dtype)), self.value)
        return Element(arith.bitcast(target, self.value), np.dtype(dtype))

    @property
    def real(self) -> "Element":
        return Element(complex_dialect.re(self.value), real_dtype(self.dtype))

    @property
    def imag(self) -> "Element":
        return Element(complex_dialect.im(self.value), real_dtype(self.dtype))

    def __add__(self, other: Any) -> "Element":
        return self._binary(other, arith.addf, arith.addi, complex_dialect.add, arith.ori)

    def __sub__(self, other: Any) -> "Element":
        return self._binary(other, arith.subf, arith.subi, complex_dialect.sub, arith.xori)

    def __mul__(self, other: Any) -> "Element":
        return self._binary(other, arith.mulf, arith.muli, complex_dialect.mul, arith.andi)

    def __truediv__(self, other: Any) -> "Element":
        return self._binary(other, arith.divf, None, complex_dialect.div, None)

    def __radd__(self, other: Any) -> "Element":
        return self._lift(other) + self

    def __rsub__(self, other: Any) -> "Element":
        return self._lift(other) - self

    def __rmul__(self, other: Any) -> "Element":
        return self._lift(other) * self

    def __rtruediv__(self, other: Any) -> "Element":
        return self._lift(other) / self

    def __neg__(self) -> "Element":
        if is_float(self.dtype):
            return self.with_value(arith.negf(self.value))
        return self.constant(0) - self

    def __and__(self, other: Any) -> "Element":
        return self.with_value(arith.andi(*self._pair(other)))

    def __or__(self, other: Any) -> "Element":
        return self.with_value(arith.ori(*self._pair(other)))

    def __xor__(self, other: Any) -> "Element":
        return self.with_value(arith.xori(*self._pair(other)))

    def __invert__(self) -> "Element":
        return self ^ self.constant(-1 if not is_bool(self.dtype) else True)

    def __lshift__(self, count: Any) -> "Element":
        return self.with_value(arith.shli(*self._pair(count)))

    def __rshift__(self, count: Any) -> "Element":
        shift = arith.shrui if is_unsigned(self.dtype) else arith.shrsi
        return self.with_value(shift(*self._pair(count)))

    def __abs__(self) -> "Element":
        if is_float(self.dtype):
            return self.with_value(math.absf(self.value))
        return select(self < 0, -self, self) if is_signed(self.dtype) else self

    def __lt__(self, other: Any) -> "Element":
        return self.compare("lt", other)

    def __le__(self, other: Any) -> "Element":
        return self.compare("le", other)

    def __gt__(self, other: Any) -> "Element":
        return self.compare("gt", other)

    def __ge__(self, other: Any) -> "Element":
        return self.compare("ge", other)

    def equals(self, other: Any) -> "Element":
        return self.compare("eq", other)

    def differs(self, other: Any) -> "Element":
        return self.compare("ne", other)

    def is_nan(self) -> "Element":
        """Whether a float is NaN."""
        unordered = arith.cmpf(arith.CmpFPredicate.UNO, self.value, self.value)
        return Element(unordered, np.dtype(np.bool_))

    def compare(self, predicate: str, other: Any) -> "Element":
        """Comparison `lt`, `le`, `gt`, `ge`, `eq` or `ne`; false with NaN, but for `ne`."""
        left, right = self._pair(other)
        if is_float(self.dtype):
            prefix = "U" if predicate == "ne" else "O"
            ordered = getattr(arith.CmpFPredicate, prefix + predicate.upper())
            value = arith.cmpf(ordered, left, right)
        elif is_complex(self.dtype):
            compare = complex_dialect.eq if predicate == "eq" else complex_dialect.neq
            value = compare(left, right)
        else:
            unsigned = is_unsigned(self.dtype) or is_bool(self.dtype)
            prefix = "" if predicate in ("eq", "ne") else ("u" if unsigned else "s")
            value = arith.cmpi(getattr(arith.CmpIPredicate, prefix + predicate), left, right)
        return Element(value, np.dtype(np.bool_))

    def _lift(self, other: Any) -> "Element":
        return other if isinstance(other, Element) else self.constant(other)

    def _pair(self, other: Any) -> list[ir.Value]:
        """The values of both operands, as vectors where one is a vector."""
        return [one.value for one in same_lanes(self, self._lift(other))]

    def _binary(
        self, other: Any, on_float: Any, on_integer: Any, on_complex: Any, on_bool: Any
    ) -> "Element":
        if is_float(self.dtype):
            build = on_float
        elif is_complex(self.dtype):
            build = on_complex
        else:
            build = on_bool if is_bool(self.dtype) else on_integer
        if build is None:
            raise TypeError(f"the operator is not defined for {self.dtype}")
        return self.with_value(build(*self._pair(other)))


def constant(number: Any, dtype: np.dtype) -> Element:
    """`number` as an element of `dtype`; integers wrap to the dtype's range."""
    dtype = np.dtype(dtype)
    mlir_type = signless_type(dtype)
    if is_complex(dtype):
        number = complex(number)
        part = real_dtype(dtype)
        value = complex_dialect.create_(
            mlir_type, constant(number.real, part).value, constant(number.imag, part).value
        )
        return Element(value, dtype)
    if is_float(dtype):
        return Element(arith.constant(mlir_type, float(number)), dtype)
    if is_bool(dtype):
        return Element(arith.constant(mlir_type, int(bool(number))), dtype)
    width = 8 * dtype.itemsize
    wrapped = int(number) & ((1 << width) - 1)
    signed = wrapped - (1 << width) if wrapped >> (width - 1) else wrapped
    return Element(arith.constant(mlir_type, signed), dtype)


def same_lanes(*elements: Element) -> list[Element]:
    """The elements as vectors of equal length where one of them is a vector."""
    widest = next((one for one in elements if _is_vector(one.value)), elements[0])
    return [one.spread(widest) for one in elements]


def _is_vector(value: ir.Value) -> bool:
    return isinstance(value.type, ir.VectorType)


def _shaped(element: ir.Type, like: ir.Value) -> ir.Type:
    """`element`, or a vector of it where `like` is a vector."""
    return ir.VectorType.get(like.type.shape, element) if _is_vector(like) else element


def make_complex(real: Element, imag: Element) -> Element:
    """The complex element with these parts."""
    dtype = np.dtype(np.complex64 if real.dtype == np.float32 else np.complex128)
    return Element(complex_dialect.create_(element_type(dtype), real.value, imag.value), dtype)


def select(condition: Element, on_true: Element, on_false: Element) -> Element:
    """`on_true` where `condition` holds, else `on_false`."""
    values = [one.value for one in same_lanes(condition, on_true, on_false)]
    return on_true.with_value(arith.select(*values))


def fused_multiply_add(a: Element, b: Element, c: Element) -> Element:
    """a * b + c, rounded once."""
    return a.with_value(math.fma(*[one.value for one in same_lanes(a, b, c)]))


def square_root(x: Element) -> Element:
    """The square root of a float32 or float64."""
    return x.with_value(math.sqrt(x.value))


def round_to_even(x: Element) -> Element:
    """The nearest whole number of a float32 or float64."""
    return x.with_value(math.roundeven(x.value))


def is_number(x: Element) -> bool:
    """Whether a float is a constant and not NaN, in all lanes."""
    value = x.value
    while not isinstance(value.owner, ir.Block):
        operation = value.owner.operation
        if operation.name == "arith.constant":
            held = operation.attributes["value"]
            return isinstance(held, ir.FloatAttr) and held.value == held.value
        if operation.name != "vector.broadcast":
            return False
        value = operation.operands[0]
    return False


def smaller(a: Element, b: Element) -> Element:
    """`a` where it is less than `b`, else `b`: also where either is NaN."""
    return select(a < b, a, b)


def larger(a: Element, b: Element) -> Element:
    """`a` where it is greater than `b`, else `b`: also where either is NaN."""
    return select(a > b, a, b)


def with_sign_of(x: Element, sign: Element) -> Element:
    """The magnitude of a float, with the sign bit of another of its dtype."""
    unsigned = np.dtype(f"uint{8 * x.dtype.itemsize}")
    bit = 1 << (8 * x.dtype.itemsize - 1)
    magnitude = x.bits(unsigned) & (bit - 1)
    return (magnitude | (sign.bits(unsigned) & bit)).bits(x.dtype)


def in_float32(function: Callable[..., Element], *operands: Element) -> Element:
    """`function` of half-precision elements, computed in float32 and rounded once.

    Elements of any other dtype go to `function` as they are.
    """
    dtype = operands[0].dtype
    if not is_half(dtype):
        return function(*operands)
    return cast(function(*[cast(x, np.dtype(np.float32)) for x in operands]), dtype)


def cast(x: Element, dtype: np.dtype) -> Element:
    """`x` in another dtype; a float out of an integer's range gives any value.

    `lowering/conversion.py` has NumPy's rules for all floats.
    """
    dtype = np.dtype(dtype)
    if x.dtype == dtype:
        return x
    if is_complex(dtype):
        return _to_complex(x, dtype)
    if is_bool(dtype):
        return x.differs(0)
    if is_complex(x.dtype):
        return cast(x.real, dtype)
    target = _shaped(signless_type(dtype), x.value)
    if is_float(x.dtype):
        return Element(_from_float(x, dtype, target), dtype)
    if dtype == bfloat16:
        return _rounded_to_bfloat16(cast(x, np.dtype(np.float32)))
    if is_float(dtype):
        if is_half(dtype):  # rounded to float32 first, as in NumPy
            return cast(cast(x, np.dtype(np.float32)), dtype)
        unsigned = is_unsigned(x.dtype) or is_bool(x.dtype)
        convert = arith.uitofp if unsigned else arith.sitofp
        return Element(convert(target, x.value), dtype)
    return Element(_between_integers(x, dtype, target), dtype)


def _to_complex(x: Element, dtype: np.dtype) -> Element:
    part = real_dtype(dtype)
    if is_complex(x.dtype):
        return make_complex(cast(x.real, part), cast(x.imag, part))
    return make_complex(cast(x, part), constant(0, part))


def _from_float(x: Element, dtype: np.dtype, target: ir.Type) -> ir.Value:
    if is_float(dtype):
        if (is_half(x.dtype) and is_half(dtype)) or (x.dtype == np.float64 and dtype == bfloat16):
            return cast(cast(x, np.dtype(np.float32)), dtype).value
        if x.dtype == np.float64 and dtype == np.float16:
            return arith.truncf(target, _rounded_to_odd(x).value)
        if x.dtype == bfloat16:
            return cast(_float32_of_bfloat16(x), dtype).value
        return (arith.extf if dtype.itemsize > x.dtype.itemsize else arith.truncf)(target, x.value)
    if is_unsigned(dtype) and dtype.itemsize < 8:
        # Through int64, so that negative numbers wrap as they do in C on every common machine.
        wide = arith.fptosi(_shaped(ir.IntegerType.get_signless(64), x.value), x.value)
        return arith.trunci(target, wide)
    return (arith.fptoui if is_unsigned(dtype) else arith.fptosi)(target, x.value)


def _rounded_to_bfloat16(x: Element) -> Element:
    """The nearest bfloat16 of a float32 that is not NaN, ties to even.

    By integers: IREE 3.13 makes of an integer's conversion, also of one by way of float32, a call
    of libgcc's `__truncsfbf2`, which is not there, on processors that lack the instruction.
    """
    bits = x.bits(np.dtype(np.uint32))
    rounded = bits + (((bits >> 16) & 1) + 0x7FFF)
    return cast(rounded >> 16, np.dtype(np.uint16)).bits(bfloat16)


def _float32_of_bfloat16(x: Element) -> Element:
    """A bfloat16 as float32, by its bits: behind a `truncf` IREE 3.13 takes an `extf` away.

    Elements that were rounded to bfloat16 were then as they had been before.
    """
    return (cast(x.bits(np.dtype(np.uint16)), np.dtype(np.uint32)) << 16).bits(np.dtype(np.float32))


def _rounded_to_odd(x: Element) -> Element:
    """A float64 as one of the float32 around it, where they differ the one with an odd last bit.

    Rounded once more, to float16, it is rounded as `x` is. IREE 3.13 flushes float16's subnormals
    when it does that in one step.
    """
    near = cast(x, np.dtype(np.float32))
    back = cast(near, x.dtype)
    bits = near.bits(np.dtype(np.uint32))
    moved = select(abs(back) < abs(x), bits + 1, bits - 1)
    inexact = (back < x) | (back > x)
    return select(inexact & (bits & 1).equals(0), moved, bits).bits(near.dtype)


def _between_integers(x: Element, dtype: np.dtype, target: ir.Type) -> ir.Value:
    if is_bool(x.dtype):
        return arith.extui(target, x.value)
    if dtype.itemsize == x.dtype.itemsize:
        return x.value
    if dtype.itemsize < x.dtype.itemsize:
        return arith.trunci(target, x.value)
    return (arith.extui if is_unsigned(x.dtype) else arith.extsi)(target, x.value)
