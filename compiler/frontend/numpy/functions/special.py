"""Functions of `scipy.special`, for who has SciPy: it is never imported here.

Those of one element come as ufuncs; where a formula is not an op of its own it is written with
NumPy's functions, which come back to the front end.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError
from tessel.compiler.frontend.tracing.apply import Array, apply, traced
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype, dtype_of
from tessel.compiler.locations import user_location
from tessel.dialects import special
from tessel.dialects.activation import Sigmoid
from tessel.dialects.base import TesselOp
from tessel.dialects.exponential import Erf
from tessel.dialects.types import is_complex, is_float

_ROOT_2 = float(np.sqrt(2))


def in_floats(name: str, *arrays: Array) -> list[Any]:
    """Arrays in the dtype in which SciPy computes: float32, or float64 for all but that.

    Raises DTypeError for complex numbers.
    """
    dtype = common_dtype(*arrays)
    if is_complex(dtype):
        message = f"scipy.special.{name} of {dtype} cannot be compiled"
        raise DTypeError(message, location=user_location(), hint="give its parts one by one")
    if dtype != np.float32:
        dtype = np.dtype(np.float64)
    return [traced(cast_to(one, dtype)) for one in arrays]


def _of_op(name: str, op: type[TesselOp]) -> Callable[..., Any]:
    return lambda x: apply(op, *in_floats(name, x))


def _written(name: str, formula: Callable[..., Any]) -> Callable[..., Any]:
    """A formula of arrays in floats; Python's numbers in it take their dtype."""
    return lambda *arrays: formula(*in_floats(name, *arrays))


erf = _of_op("erf", Erf)
erfc = _of_op("erfc", special.Erfc)
erfcx = _of_op("erfcx", special.Erfcx)
expit = _of_op("expit", Sigmoid)
gamma = _of_op("gamma", special.Gamma)
gammaln = _of_op("gammaln", special.Lgamma)
digamma = _of_op("digamma", special.Digamma)
i0e = _of_op("i0e", special.BesselI0e)
i1e = _of_op("i1e", special.BesselI1e)


def _scaled(unscaled: Callable[..., Any], x: Any) -> Any:
    """A function times e**|x|, in two steps since the power may exceed the range first."""
    half = np.exp(np.abs(x) / 2)
    return unscaled(x) * half * half


def _i0(x: Any) -> Any:
    return _scaled(i0e, x)


def _i1(x: Any) -> Any:
    return _scaled(i1e, x)


def i0(x: Array) -> Any:
    """`numpy.i0`: the modified Bessel function of order 0, in float64 for integers."""
    result = _i0(in_floats("i0", x)[0])
    return cast_to(result, dtype_of(x)) if is_float(dtype_of(x)) else result


def _logit(p: Any) -> Any:
    near = (p > 0.3) & (p < 0.65)
    return np.where(near, 2 * np.arctanh(2 * p - 1), np.log(p / (1 - p)))


def _log_expit(x: Any) -> Any:
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def _xlogy(x: Any, y: Any) -> Any:
    return np.where((x == 0) & ~np.isnan(y), x * 0, x * np.log(y))


def _xlog1py(x: Any, y: Any) -> Any:
    return np.where((x == 0) & ~np.isnan(y), x * 0, x * np.log1p(y))


def _entr(x: Any) -> Any:
    return np.where(x > 0, -x * np.log(x), np.where(x == 0, 0 * x, np.where(x < 0, -np.inf, x)))


def _rel_entr(x: Any, y: Any) -> Any:
    both, none = (x > 0) & (y > 0), (x == 0) & (y >= 0)
    other = np.where(np.isnan(x) | np.isnan(y), np.nan, np.inf)
    return np.where(both, x * np.log(x / y), np.where(none, 0, other))


def _kl_div(x: Any, y: Any) -> Any:
    both, none = (x > 0) & (y > 0), (x == 0) & (y >= 0)
    other = np.where(np.isnan(x) | np.isnan(y), np.nan, np.inf)
    return np.where(both, x * np.log(x / y) - x + y, np.where(none, y, other))


def _ndtr(x: Any) -> Any:
    return 0.5 * erfc(-x / _ROOT_2)


def _log_ndtr(x: Any) -> Any:
    far = np.log(erfcx(-x / _ROOT_2) / 2) - x * x / 2
    return np.where(x < -1, far, np.log1p(-0.5 * erfc(x / _ROOT_2)))


def _erfcinv(q: Any) -> Any:
    """By Halley's method from Winitzki's formula; erfc keeps its digits where q is near 0."""
    below = np.minimum(q, 2 - q)
    logarithm = np.log(below * (2 - below))
    middle = 2 / (np.pi * 0.147) + logarithm / 2
    x = np.sqrt(np.sqrt(middle * middle - logarithm / 0.147) - middle)
    for _ in range(3):
        step = (below - erfc(x)) * np.exp(x * x) * (np.sqrt(np.pi) / 2)
        x = x - step / (1 + x * step)
    x = np.where(below == 0, np.inf, np.where(below == 1, 0, x))
    return np.where(q > 1, -x, np.where(q < 0, np.nan, x))


def _erfinv(y: Any) -> Any:
    """By erfcinv from 0.5 on; nearer to 0 by a step of Newton's method in y itself."""
    a = np.abs(y)
    far = _erfcinv(1 - a)
    near = np.minimum(a, 0.6)
    x = near * (np.sqrt(np.pi) / 2) * (1 + near * near * (np.pi / 12))
    for _ in range(3):
        step = (erf(x) - near) * np.exp(x * x) * (np.sqrt(np.pi) / 2)
        x = x - step / (1 + x * step)
    return np.copysign(np.where(a < 0.5, x, far), y)


def _beta(a: Any, b: Any) -> Any:
    large = np.maximum(a, b) > 80
    return np.where(large, np.exp(_betaln(a, b)), gamma(a) * gamma(b) / gamma(a + b))


def _betaln(a: Any, b: Any) -> Any:
    return gammaln(a) + gammaln(b) - gammaln(a + b)


def _exprel(x: Any) -> Any:
    return np.where(x == 0, 1, np.expm1(x) / np.where(x == 0, 1, x))


def _boxcox(x: Any, power: Any) -> Any:
    near = np.abs(power) < 1e-19
    return np.where(near, np.log(x), np.expm1(power * np.log(x)) / np.where(near, 1, power))


def _inv_boxcox(x: Any, power: Any) -> Any:
    whole = np.exp(np.log1p(power * x) / np.where(power == 0, 1, power))
    return np.where(power == 0, np.exp(x), whole)


def _huber(delta: Any, r: Any) -> Any:
    a = np.abs(r)
    inside = np.where(a <= delta, 0.5 * r * r, delta * (a - 0.5 * delta))
    return np.where(delta < 0, np.inf, inside)


def _pseudo_huber(delta: Any, r: Any) -> Any:
    ratio = r / np.where(delta == 0, 1, delta)
    value = delta * delta * np.expm1(0.5 * np.log1p(ratio * ratio))
    return np.where(delta < 0, np.inf, np.where((delta == 0) | (r == 0), 0, value))


def _rgamma(x: Any) -> Any:
    pole = (x <= 0) & (x == np.floor(x))
    return np.where(pole, 0, 1 / gamma(x))


def _gammasgn(x: Any) -> Any:
    odd = np.floor(x) % 2 != 0
    pole = (x < 0) & (x == np.floor(x))
    below = np.where(pole, np.nan, np.where(odd, -1.0, 1.0))
    return np.where(x > 0, 1, np.where(x == 0, np.copysign(1, x), below))


_FORMULAS: dict[str, Callable[..., Any]] = {
    "beta": _beta,
    "betaln": _betaln,
    "boxcox": _boxcox,
    "boxcox1p": lambda x, power: _boxcox(1 + x, power),
    "cbrt": np.cbrt,
    "cosm1": lambda x: -2 * np.square(np.sin(x / 2)),
    "entr": _entr,
    "erfcinv": _erfcinv,
    "erfinv": _erfinv,
    "exp10": lambda x: np.power(10.0, x),
    "exp2": np.exp2,
    "expm1": np.expm1,
    "exprel": _exprel,
    "gammasgn": _gammasgn,
    "huber": _huber,
    "i0": _i0,
    "i1": _i1,
    "inv_boxcox": _inv_boxcox,
    "kl_div": _kl_div,
    "log1p": np.log1p,
    "log_expit": _log_expit,
    "log_ndtr": _log_ndtr,
    "logit": _logit,
    "ndtr": _ndtr,
    "ndtri": lambda p: -_ROOT_2 * _erfcinv(2 * p),
    "pseudo_huber": _pseudo_huber,
    "rel_entr": _rel_entr,
    "rgamma": _rgamma,
    "xlog1py": _xlog1py,
    "xlogy": _xlogy,
}

UFUNCS: dict[str, Callable[..., Any]] = {
    **{name: _written(name, formula) for name, formula in _FORMULAS.items()},
    "digamma": digamma,
    "erf": erf,
    "erfc": erfc,
    "erfcx": erfcx,
    "expit": expit,
    "gamma": gamma,
    "gammaln": gammaln,
    "i0e": i0e,
    "i1e": i1e,
    "psi": digamma,
}
"""SciPy's ufuncs by name."""


def softmax(x: Array, axis: Any = None) -> Any:
    """`scipy.special.softmax`: over all elements without an axis."""
    (x,) = in_floats("softmax", x)
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def log_softmax(x: Array, axis: Any = None) -> Any:
    """`scipy.special.log_softmax`: over all elements without an axis."""
    (x,) = in_floats("log_softmax", x)
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def logsumexp(
    a: Array, axis: Any = None, b: Array = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """`scipy.special.logsumexp`: the logarithm of the sum of b e**a; NaN for a negative sum.

    With `return_sign` that of its absolute value, and the sign.
    """
    (x,) = in_floats("logsumexp", a)
    largest = np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    powers = np.exp(x - largest) if b is None else np.multiply(b, np.exp(x - largest))
    total = np.sum(powers, axis=axis, keepdims=True)
    shown = np.abs(total) if return_sign else total
    result = np.log(shown) + largest
    results = [result, np.sign(total)] if return_sign else [result]
    if not keepdims:
        results = [np.sum(one, axis=axis) for one in results]
    return tuple(results) if return_sign else results[0]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "log_softmax": log_softmax,
    "logsumexp": logsumexp,
    "softmax": softmax,
}
"""SciPy's other functions by name."""


def of_scipy(function: Any) -> Callable[..., Any] | None:
    """What compiles a function of `scipy.special`; None for any other."""
    name = getattr(function, "__name__", "")
    known = UFUNCS.get(name) or FUNCTIONS.get(name)
    return known if is_of_scipy(function) else None


def is_of_scipy(function: Any) -> bool:
    """Whether a function is one of `scipy.special`, which the user has imported."""
    module = sys.modules.get("scipy.special")
    name = getattr(function, "__name__", "")
    return module is not None and getattr(module, name, None) is function
