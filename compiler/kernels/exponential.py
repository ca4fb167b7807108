"""2 to the power of vectors of float32, in 12 instructions."""

from tessel.compiler.kernels.builder import greater, splat
from tessel.dialects.mlir import arith, ir, math, vector

_COEFFICIENTS = (
    1.000000000554165,
    0.6931472057372645,
    0.24022646890628188,
    0.05550328776973646,
    0.00961848895782105,
    0.0013399931216056763,
    0.00015345811796185917,
)
"""The polynomial whose relative distance from 2**f is smallest for |f| <= 0.5: 1.9e-9."""

_ZERO = -127.0
"""From here down results are 0: the exponent of 2**-127 has no bits."""

LOG2_E = 1.4426950408889634
"""exp(x) = exp2(x * LOG2_E)"""


def exp2(x: ir.Value) -> ir.Value:
    """2**x for a vector of float32 numbers that are 0 at most: 2**n * 2**f with n an integer.

    Below the smallest normal number results are 0; NaN stays NaN. Relative error: 1.2e-7.
    """
    lanes = ir.VectorType(x.type).shape[0]

    def number(value: float) -> ir.Value:
        return splat(value, ir.F32Type.get(), lanes)

    bounded = greater(number(_ZERO), x)
    nearest = math.roundeven(bounded)
    fraction = arith.subf(bounded, nearest)
    power = number(_COEFFICIENTS[-1])
    for coefficient in reversed(_COEFFICIENTS[:-1]):
        power = vector.fma(power, fraction, number(coefficient))
    return arith.mulf(power, _integer_power(nearest, lanes))


def _integer_power(n: ir.Value, lanes: int) -> ir.Value:
    """2**n for integers -127 ... 0: n becomes the exponent, and -127 zero's."""
    integer = ir.IntegerType.get_signless(32)
    target = ir.VectorType.get([lanes], integer)
    biased = arith.addi(arith.fptosi(target, n), splat(127, integer, lanes))
    bits = arith.shli(biased, splat(23, integer, lanes))
    return arith.bitcast(n.type, bits)
