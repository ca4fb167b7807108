"""How far results of elementwise ops may be from exact ones, in ulps.

An ulp is the distance between neighbours of the dtype at the exact result.
Infinities, NaN, and zeros with their signs are as in the op's reference, but that of two zeros with
different signs either is the larger one. float16 and bfloat16 are computed in float32 and rounded
once. `python -m benchmarks.accuracy` measures these errors; `docs/accuracy.md` has what it found of
every float32.
"""

from dataclasses import dataclass

from tessel.dialects import activation, arithmetic, exponential, special, trigonometric
from tessel.dialects.base import TesselOp


@dataclass(frozen=True)
class ErrorBound:
    """The largest error in ulp, by dtype.

    `relative_to` says whose ulp: the "result"'s, or the larger one of it and the "argument" or 1.
    `vanishing` smallest normal numbers more may be lost of a result, where a factor is subnormal.
    """

    float32: float
    float64: float
    relative_to: str = "result"
    vanishing: int = 0


_SPECIAL = ErrorBound(0.501, 45)
_SPECIAL_WITH_ROOTS = ErrorBound(0.501, 45, relative_to="1")

ERROR_BOUNDS: dict[type[TesselOp], ErrorBound] = {
    exponential.Exp: ErrorBound(1.5, 1.5),
    exponential.Exp2: ErrorBound(1.5, 1.5),
    exponential.Expm1: ErrorBound(2, 2),
    exponential.Log: ErrorBound(1.5, 1.5),
    exponential.Log1p: ErrorBound(2, 2),
    exponential.Log2: ErrorBound(2.5, 2.5),
    exponential.Log10: ErrorBound(3, 3.5),
    exponential.Logaddexp: ErrorBound(2, 2, relative_to="1"),
    exponential.Sqrt: ErrorBound(0.5, 0.5),
    exponential.Cbrt: ErrorBound(1, 1),
    exponential.Erf: ErrorBound(5, 3),
    trigonometric.Sin: ErrorBound(3, 1.5),
    trigonometric.Cos: ErrorBound(3, 1.5),
    trigonometric.Tan: ErrorBound(5, 3),
    trigonometric.Asin: ErrorBound(3, 3),
    trigonometric.Acos: ErrorBound(2, 2),
    trigonometric.Atan: ErrorBound(3, 3),
    trigonometric.Atan2: ErrorBound(3.5, 3.5),
    trigonometric.Sinh: ErrorBound(2, 2),
    trigonometric.Cosh: ErrorBound(2, 2),
    trigonometric.Tanh: ErrorBound(3, 3),
    trigonometric.Asinh: ErrorBound(2.5, 2.5),
    trigonometric.Acosh: ErrorBound(2.5, 3),
    trigonometric.Atanh: ErrorBound(3, 3),
    arithmetic.Add: ErrorBound(0.5, 0.5),
    arithmetic.Multiply: ErrorBound(0.5, 0.5),
    arithmetic.Divide: ErrorBound(0.5, 0.5),
    arithmetic.Power: ErrorBound(1, 2),
    arithmetic.Hypot: ErrorBound(2, 2),
    arithmetic.Fmod: ErrorBound(0, 0),
    arithmetic.Remainder: ErrorBound(0.5, 0.5),
    # An ulp for the sum of 1 and e**-x, half for the quotient, and what the exponential adds.
    activation.Sigmoid: ErrorBound(2, 2, vanishing=1),
    activation.Silu: ErrorBound(2.5, 2.5, vanishing=1024),
    activation.Softplus: ErrorBound(2.5, 2.5),
    activation.Mish: ErrorBound(4, 4, vanishing=1),
    activation.Gelu: ErrorBound(3.5, 3.5, relative_to="argument"),
    activation.Softsign: ErrorBound(2, 2),
    activation.HardSwish: ErrorBound(2.5, 2.5, relative_to="argument"),
    activation.Elu: ErrorBound(2, 2),
    # In float64 1e-14 of the result; float32 is that rounded.
    special.Erfc: _SPECIAL,
    special.Erfcx: _SPECIAL,
    special.Gamma: _SPECIAL,
    special.Lgamma: _SPECIAL_WITH_ROOTS,
    special.Digamma: _SPECIAL_WITH_ROOTS,
    special.BesselI0e: _SPECIAL,
    special.BesselI1e: _SPECIAL,
}
"""The documented bounds; ops without one are exact, or have no rounding of their own."""
