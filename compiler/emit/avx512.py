"""What AVX-512 does to 16 float32 numbers in one instruction, and other processors in several."""

from tessel.dialects.mlir import arith, ir, llvm

_LANES = 16
_NEAREST_QUIETLY = 8
"""vrndscaleps: to the nearest integer, ties to even, without an exception."""

_DOWN_QUIETLY = 9
"""vreduceps: what is left above the integer below, without an exception."""

_CURRENT_DIRECTION = 4
"""Rounding as the processor is set to."""


def is_register(value: ir.Value) -> bool:
    """Whether `value` is a vector of 16 float32: only kernels for AVX-512 have any."""
    if not isinstance(value.type, ir.VectorType):
        return False
    vector_type = ir.VectorType(value.type)
    is_float32 = isinstance(vector_type.element_type, ir.F32Type)
    return is_float32 and list(vector_type.shape) == [_LANES]


def nearest_integer(x: ir.Value) -> ir.Value:
    """The integers, as floats, that are nearest (vrndscaleps)."""
    return _call("rndscale", x, _integer(32, _NEAREST_QUIETLY))


def fraction(x: ir.Value) -> ir.Value:
    """x less the greatest integer that is not above it, and 0 for infinities (vreduceps)."""
    return _call("reduce", x, _integer(32, _DOWN_QUIETLY))


def scale(x: ir.Value, exponent: ir.Value) -> ir.Value:
    """x * 2**floor(exponent), with infinity and 0 beyond (vscalefps)."""
    return _call("scalef", x, exponent)


def _call(name: str, x: ir.Value, operand: ir.Value) -> ir.Value:
    """An instruction on all lanes."""
    operands = [x, operand, x, _integer(16, -1), _integer(32, _CURRENT_DIRECTION)]
    return llvm.call_intrinsic(x.type, f"llvm.x86.avx512.mask.{name}.ps.512", operands, [], [])


def _integer(bits: int, number: int) -> ir.Value:
    return arith.constant(ir.IntegerType.get_signless(bits), number)
