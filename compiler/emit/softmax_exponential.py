"""e and 2 to the power of vectors of float32: 2 in 12 instructions; with those of AVX-512 in 7."""

from tessel.compiler.emit import avx512
from tessel.compiler.emit.element import Element
from tessel.compiler.emit.math_functions import polynomial
from tessel.compiler.emit.math_tables import Table
from tessel.compiler.emit.multiply_accumulate import FLOAT32
from tessel.compiler.emit.vector import maximum, splat
from tessel.dialects.mlir import arith, ir

_NEAREST: Table = {
    FLOAT32: (
        1.000000000554165,
        0.6931472057372645,
        0.24022646890628188,
        0.05550328776973646,
        0.00961848895782105,
        0.0013399931216056763,
        0.00015345811796185917,
    )
}
"""The polynomial whose relative distance from 2**f is smallest for |f| <= 0.5: 1.9e-9."""

_UPWARD: Table = {
    FLOAT32: (
        0.9999999250635262,
        0.6931530732001692,
        0.2401536170443785,
        0.05582631805327807,
        0.008989340090521493,
        0.0018775766751789032,
    )
}
"""The same for 0 <= f < 1: 7.5e-8, about what is lost by rounding anyway."""

_ZERO = -127.0
"""From here down results are 0: the exponent of 2**-127 has no bits."""

_WHOLE = 1.5 * 2.0**23
"""Added to a small number it leaves the nearest integer in the lowest bits.

Not `math.roundeven`: IREE 3.13 expands it to 20 integer instructions.
"""

LOG2_E = 1.4426950408889634
"""exp(x) = exp2(x * LOG2_E)"""


def exp(x: ir.Value) -> ir.Value:
    """e**x for a vector of float32 numbers that are 0 at most.

    The product with a number that is rounded is off by as much as a rounded difference may be
    already: relative error 2e-7, and 7.3e-8 for each 1 of |x|.
    """
    lanes = ir.VectorType(x.type).shape[0]
    return exp2(arith.mulf(x, splat(LOG2_E, ir.F32Type.get(), lanes)))


def exp2(x: ir.Value) -> ir.Value:
    """2**x for a vector of float32 numbers that are 0 at most: 2**n * 2**f with n an integer.

    Below the smallest normal number results are 0; NaN stays NaN. Relative error: 2e-7.
    """
    if avx512.is_register(x):
        fraction = Element(avx512.fraction(x), FLOAT32)
        return avx512.scale(polynomial(fraction, _UPWARD).value, x)
    lanes = ir.VectorType(x.type).shape[0]

    def number(value: float) -> ir.Value:
        return splat(value, ir.F32Type.get(), lanes)

    bounded = maximum(number(_ZERO), x)
    shifted = arith.addf(bounded, number(_WHOLE))
    fraction = arith.subf(bounded, arith.subf(shifted, number(_WHOLE)))
    near_one = polynomial(Element(fraction, FLOAT32), _NEAREST)
    return arith.mulf(near_one.value, _integer_power(shifted, lanes))


def _integer_power(shifted: ir.Value, lanes: int) -> ir.Value:
    """2**n from n + _WHOLE, for integers -127 ... 0: n becomes the exponent, and -127 zero's."""
    integer = ir.IntegerType.get_signless(32)
    bits = arith.bitcast(ir.VectorType.get([lanes], integer), shifted)
    exponent = arith.shli(bits, splat(23, integer, lanes))
    return arith.bitcast(shifted.type, arith.addi(exponent, splat(127 << 23, integer, lanes)))
