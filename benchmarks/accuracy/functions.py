"""What is measured: all elementwise ops of floats, and what they are in a wider dtype."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special as scipy_special

from benchmarks.accuracy.errors import WIDER, Measure
from tessel.dialects import activation, arithmetic, exponential, special, trigonometric
from tessel.dialects.accuracy import ERROR_BOUNDS, ErrorBound
from tessel.dialects.base import TesselOp
from tessel.dialects.context import all_ops
from tessel.dialects.elementwise import ElementwiseOp

_FLOAT64 = np.dtype(np.float64)

OWN_DTYPE = (arithmetic.Fmod, arithmetic.Remainder)
"""Ops with bounds whose NumPy results are right in the dtype itself."""

ONLY_TO_FLOAT64 = (exponential.Erf, activation.Gelu)
"""Ops whose exact results come from C's functions of float64: an ulp of float64 is half theirs."""

ODD = (
    *(exponential.Cbrt, exponential.Erf, special.BesselI1e, activation.Softsign),
    *(trigonometric.Sin, trigonometric.Tan, trigonometric.Asin, trigonometric.Atan),
    *(trigonometric.Sinh, trigonometric.Tanh, trigonometric.Asinh, trigonometric.Atanh),
    *(arithmetic.Negate, arithmetic.Rint, arithmetic.Trunc),
)
ANY_ZERO = (activation.Relu, arithmetic.Maximum, arithmetic.Minimum)
"""Ops that give either of two zeros with different signs."""

EVEN = (trigonometric.Cos, trigonometric.Cosh, special.BesselI0e, arithmetic.Abs)


@dataclass(frozen=True)
class Measured:
    """An op with its attributes; `wide` gets arguments in the wider dtype."""

    op: type[TesselOp]
    wide: Callable[..., np.ndarray] | None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The op's name and the values of its attributes."""
        return "_".join((self.op.short_name(), *map(str, self.attributes.values())))

    @property
    def arguments(self) -> int:
        return len(self.op.operand_fields)

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """Where there is something to measure with: SciPy's digits are not more than float64's."""
        return tuple(WIDER)[:1] if self.op in _SPECIAL else tuple(WIDER)

    @property
    def bound(self) -> ErrorBound:
        """The documented bound; results of ops without one are the reference's, bit for bit."""
        return ERROR_BOUNDS.get(self.op, ErrorBound(0, 0))

    @property
    def symmetry(self) -> int:
        """f(-x) / f(x): 1 or -1, and 0 where that is no constant."""
        return -1 if self.op in ODD else 1 if self.op in EVEN else 0

    def measure(self, dtype: np.dtype) -> Measure:
        lost = self.bound.vanishing * float(np.finfo(dtype).tiny)
        return Measure(self.bound.relative_to, lost)

    def exact(self, arguments: list[np.ndarray]) -> np.ndarray:
        """The results in the wider dtype; of ops without a bound the reference's in their own."""
        dtype = arguments[0].dtype
        if self.op not in ERROR_BOUNDS:
            return np.asarray(self.op.reference(*arguments, **self.attributes))
        if self.wide is None:
            return self.op.reference(*arguments).astype(WIDER[dtype])
        return self.wide(*[one.astype(WIDER[dtype]) for one in arguments])


def measured() -> list[Measured]:
    """All elementwise ops of floats, those of one argument first."""
    ops = [op for op in all_ops().values() if issubclass(op, _FAMILIES)]
    ops = [op for op in ops if op.dtypes(_FLOAT64) and op.__module__ not in _NO_ARITHMETIC]
    found = [one for op in ops for one in _with_attributes(op)]
    return sorted(found, key=lambda one: (one.arguments, one.op not in ERROR_BOUNDS))


_FAMILIES = (ElementwiseOp, activation.ActivationOp)
_NO_ARITHMETIC = ("tessel.dialects.conversion",)


def _with_attributes(op: type[TesselOp]) -> list[Measured]:
    if op is activation.Gelu:
        gelus = {"none": _gelu, "tanh": _gelu_by_tanh}
        return [Measured(op, function, {"approximate": kind}) for kind, function in gelus.items()]
    if op in (activation.Elu, activation.LeakyRelu):
        alpha = 1.0 if op is activation.Elu else 0.01
        return [Measured(op, _ACTIVATIONS.get(op), {"alpha": alpha})]
    if op in OWN_DTYPE:
        return [Measured(op, None)]
    return [Measured(op, _ACTIVATIONS.get(op) or _special_function(op) or op.reference)]


def _special_function(op: type[TesselOp]) -> Callable[..., np.ndarray] | None:
    function = _SPECIAL.get(op)
    if function is None:
        return None

    def wide(x: np.ndarray) -> np.ndarray:
        result = function(x.astype(_FLOAT64)).astype(x.dtype)
        # SciPy has conventions of its own at the ends.
        ends = (x == 0) | np.isinf(x)
        if ends.any():
            result[ends] = op.reference(x[ends].astype(_FLOAT64))
        return result

    return wide


_SPECIAL: dict[type[TesselOp], Callable[..., np.ndarray]] = {
    special.Erfc: scipy_special.erfc,
    special.Erfcx: scipy_special.erfcx,
    special.Gamma: scipy_special.gamma,
    special.Lgamma: scipy_special.gammaln,
    special.Digamma: scipy_special.psi,
    special.BesselI0e: scipy_special.i0e,
    special.BesselI1e: scipy_special.i1e,
}


def _erf(x: np.ndarray) -> np.ndarray:
    """SciPy's for float32, which is some ulp of float64 off; C's, one at a time, for float64."""
    if x.dtype == _FLOAT64:
        return scipy_special.erf(x)
    return np.frompyfunc(math.erf, 1, 1)(x.astype(_FLOAT64)).astype(x.dtype)


def _erfc(x: np.ndarray) -> np.ndarray:
    if x.dtype == _FLOAT64:
        return scipy_special.erfc(x)
    return np.frompyfunc(math.erfc, 1, 1)(x.astype(_FLOAT64)).astype(x.dtype)


def _gelu(x: np.ndarray) -> np.ndarray:
    share = _erfc(-x / np.sqrt(x.dtype.type(2))) / 2
    return np.where(np.isnan(x), x, x * share)


def _gelu_by_tanh(x: np.ndarray) -> np.ndarray:
    number = x.dtype.type
    angle = 2 * np.sqrt(2 / number(np.pi)) * (x + number(activation.TANH_GELU_CUBIC) * x * x * x)
    return x * _sigmoid(angle)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


_ACTIVATIONS: dict[type[TesselOp], Callable[..., np.ndarray]] = {
    exponential.Erf: _erf,
    activation.Sigmoid: _sigmoid,
    activation.Silu: lambda x: x * _sigmoid(x),
    activation.Softplus: _softplus,
    activation.Mish: lambda x: x * np.tanh(_softplus(x)),
    activation.Elu: lambda x: np.where(x > 0, x, np.expm1(x)),
    activation.Softsign: lambda x: x / (1 + np.abs(x)),
    activation.HardSwish: lambda x: x * (np.clip(x + 3, 0, 6) / 6),
}
