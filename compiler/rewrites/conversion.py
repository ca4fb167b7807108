"""Conversions that lose nothing, and parts of complex numbers that are put together and apart."""

import numpy as np

from tessel.compiler.rewrites.base import rule
from tessel.dialects.conversion import (
    Bitcast,
    Cast,
    Complex,
    Conjugate,
    Imag,
    Real,
    integer_passage,
)
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import (
    ArrayType,
    bfloat16,
    is_bool,
    is_complex,
    is_float,
    is_half,
    is_integer,
    is_signed,
    is_unsigned,
    real_dtype,
)

_PRECISION = {
    np.dtype(np.float16): (11, 5),
    bfloat16: (8, 8),
    np.dtype(np.float32): (24, 8),
    np.dtype(np.float64): (53, 11),
}
"""Bits of the significand, the hidden one included, and of the exponent."""


@rule(Cast, Bitcast)
def cast_to_own_dtype(op: OpInstance) -> ir.Value | None:
    """cast(x, dtype of x)  ->  x"""
    return op.operands[0] if op.operand_types[0] == op.result_type else None


@rule(Cast)
def skip_lossless_cast(op: OpInstance) -> ir.Value | None:
    """cast(cast(x, b), c)  ->  cast(x, c), where b holds every value of x (but not from a wide
    integer by a float to a narrow one), or all are integers and b is no narrower than c"""
    inner = defining_op(op.operands[0], Cast)
    if inner is None:
        return None
    first, second = inner.operand_types[0].dtype, inner.attributes["dtype"]
    third = op.attributes["dtype"]
    return Cast.build(inner.operands[0], dtype=third) if skips(first, second, third) else None


@rule(Bitcast)
def merge_bitcasts(op: OpInstance) -> ir.Value | None:
    """bitcast(bitcast(x, b), c)  ->  bitcast(x, c)"""
    inner = defining_op(op.operands[0], Bitcast)
    return None if inner is None else Bitcast.build(inner.operands[0], dtype=op.attributes["dtype"])


@rule(Conjugate)
def cancel_conjugates(op: OpInstance) -> ir.Value | None:
    """conjugate(conjugate(x))  ->  x;  conjugate(x)  ->  x for real x"""
    if not is_complex(op.result_type.dtype):
        return op.operands[0]
    inner = defining_op(op.operands[0], Conjugate)
    return None if inner is None else inner.operands[0]


@rule(Real, Imag)
def part_of_complex(op: OpInstance) -> ir.Value | None:
    """real(complex(x, y))  ->  x;  imag(complex(x, y))  ->  y;  real(x)  ->  x for real x"""
    if op.cls is Real and not is_complex(op.operand_types[0].dtype):
        return op.operands[0]
    inner = defining_op(op.operands[0], Complex)
    if inner is None:
        return None
    part = inner.operands[0 if op.cls is Real else 1]
    return part if ArrayType.of(part) == op.result_type else None


def skips(first: np.dtype, second: np.dtype, third: np.dtype) -> bool:
    """Whether a cast of `first` to `second` and then to `third` is one to `third`."""
    if is_integer(first) and (is_float(second) or is_complex(second)):
        # Floats go to narrow integers through int32, and integers to float16 through float32.
        passage = np.dtype(np.float32) if is_half(third) else second
        passage = integer_passage(third) if is_integer(third) and third != first else passage
        return holds_all_values(second, first) and holds_all_values(passage, first)
    wraps = all(is_integer(dtype) for dtype in (first, second, third))
    return holds_all_values(second, first) or (wraps and third.itemsize <= second.itemsize)


def holds_all_values(wide: np.dtype, narrow: np.dtype) -> bool:
    """Whether every value of `narrow` is one of `wide`."""
    if wide == narrow or is_bool(narrow):
        return True
    if is_bool(wide):
        return False
    if is_complex(narrow):
        return is_complex(wide) and wide.itemsize >= narrow.itemsize
    if is_complex(wide):
        return holds_all_values(real_dtype(wide), narrow)
    if is_float(narrow):
        if not is_float(wide):
            return False
        return all(a >= b for a, b in zip(_PRECISION[wide], _PRECISION[narrow]))
    bits = 8 * narrow.itemsize - is_signed(narrow)
    if is_float(wide):
        # The exponent of float16 reaches 2**15, which 11 bits never need.
        return bits <= _PRECISION[wide][0]
    if is_unsigned(wide) and is_signed(narrow):
        return False
    return bits <= 8 * wide.itemsize - is_signed(wide)


RULES = (
    cast_to_own_dtype,
    skip_lossless_cast,
    merge_bitcasts,
    cancel_conjugates,
    part_of_complex,
)
