"""Activations: the elementwise functions of neural networks.

Each is one op, so that a kernel can take it as its epilogue. float16 and bfloat16 are computed in
float32 and rounded once.
"""

import math
from typing import Any

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.exponential import error_function
from tessel.dialects.flops import TRANSCENDENTAL
from tessel.dialects.types import ArrayType, accumulation_dtype, is_complex, is_float

GELU_KINDS = ("none", "tanh")
TANH_GELU_CUBIC = 0.044715
"""The coefficient of x**3 in the approximation of gelu by tanh (Hendrycks and Gimpel)."""


class ActivationOp(TesselOp):
    """Base of activations; `dtypes` says which dtypes are allowed, `evaluate` is the formula.

    `evaluate` gets x in float32 or a wider dtype; the result is rounded to x's own.
    """

    dtypes = staticmethod(is_float)

    @classmethod
    def infer(cls, x: ArrayType, **attributes: Any) -> ArrayType:
        check(cls.dtypes(x.dtype), "C1", f"dtype {x.dtype} is not allowed")
        return x

    @classmethod
    def reference(cls, x: np.ndarray, **attributes: Any) -> np.ndarray:
        wide = x.astype(accumulation_dtype(x.dtype), copy=False)
        with np.errstate(all="ignore"):
            return np.asarray(cls.evaluate(wide, **attributes)).astype(x.dtype, copy=False)

    @staticmethod
    def evaluate(x: np.ndarray, **attributes: Any) -> np.ndarray:
        """The activation's formula on NumPy; each op defines it."""
        raise NotImplementedError


class Relu(ActivationOp, name="relu"):
    """Positive part.

    Semantics: result[i] = max(x[i], 0); NaN stays NaN.
    (C1) Real.
    Source: torch `relu`.
    """

    dtypes = staticmethod(lambda dtype: not is_complex(dtype))
    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return np.maximum(x, x.dtype.type(0))


class Sigmoid(ActivationOp, name="sigmoid"):
    """Logistic function.

    Semantics: result[i] = 1 / (1 + exp(-x[i])).
    (C1) Floating point.
    Source: torch `sigmoid`.
    """

    flops_per_element = TRANSCENDENTAL
    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return _sigmoid(x)


class Silu(ActivationOp, name="silu"):
    """Sigmoid-weighted linear unit, also called swish.

    Semantics: result[i] = x[i] / (1 + exp(-x[i])).
    (C1) Floating point.
    Source: torch `silu`.
    """

    flops_per_element = TRANSCENDENTAL
    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return x * _sigmoid(x)


class Gelu(ActivationOp, name="gelu"):
    """Gaussian error linear unit.

    Semantics: with `approximate` = "none", result[i] = x[i] * (1 + erf(x[i] / sqrt(2))) / 2; with
    "tanh", x[i] * (1 + tanh(sqrt(2 / pi) * (x[i] + 0.044715 * x[i]**3))) / 2.
    (C1) Floating point.  (C2) `approximate` is "none" or "tanh".
    Source: torch `gelu`.
    """

    flops_per_element = TRANSCENDENTAL
    x: Operand
    approximate: str
    result: Result

    @classmethod
    def infer(cls, x: ArrayType, approximate: str) -> ArrayType:
        known = approximate in GELU_KINDS
        check(known, "C2", f"approximate '{approximate}' is none of {', '.join(GELU_KINDS)}")
        return super().infer(x)

    @staticmethod
    def evaluate(x: np.ndarray, approximate: str) -> np.ndarray:
        number = x.dtype.type
        if approximate == "tanh":
            cubic = x + number(TANH_GELU_CUBIC) * x * x * x
            return number(0.5) * x * (1 + np.tanh(number(math.sqrt(2 / math.pi)) * cubic))
        return number(0.5) * x * (1 + error_function(x * number(math.sqrt(0.5))))


class Softplus(ActivationOp, name="softplus"):
    """Smooth positive part.

    Semantics: result[i] = log(1 + exp(x[i])).
    (C1) Floating point.
    Source: torch `softplus`.
    """

    flops_per_element = TRANSCENDENTAL
    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return _softplus(x)


class Elu(ActivationOp, name="elu"):
    """Exponential linear unit.

    Semantics: result[i] = x[i] if x[i] > 0 else alpha * (exp(x[i]) - 1).
    (C1) Floating point.
    Source: torch `elu`.
    """

    flops_per_element = TRANSCENDENTAL
    x: Operand
    alpha: float
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray, alpha: float) -> np.ndarray:
        return np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(x))


class LeakyRelu(ActivationOp, name="leaky_relu"):
    """Positive part, and a little of the negative one.

    Semantics: result[i] = x[i] if x[i] > 0 else alpha * x[i].
    (C1) Floating point.
    Source: torch `leaky_relu`.
    """

    x: Operand
    alpha: float
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray, alpha: float) -> np.ndarray:
        return np.where(x > 0, x, x.dtype.type(alpha) * x)


class HardSigmoid(ActivationOp, name="hard_sigmoid"):
    """Sigmoid in three straight pieces.

    Semantics: result[i] = min(max(x[i] + 3, 0), 6) / 6.
    (C1) Floating point.
    Source: torch `hardsigmoid`.
    """

    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return _hard_sigmoid(x)


class HardSwish(ActivationOp, name="hard_swish"):
    """Swish with a sigmoid in straight pieces.

    Semantics: result[i] = x[i] * min(max(x[i] + 3, 0), 6) / 6.
    (C1) Floating point.
    Source: torch `hardswish`.
    """

    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return x * _hard_sigmoid(x)


class Mish(ActivationOp, name="mish"):
    """Self-regularised smooth activation.

    Semantics: result[i] = x[i] * tanh(log(1 + exp(x[i]))).
    (C1) Floating point.
    Source: torch `mish`.
    """

    flops_per_element = TRANSCENDENTAL
    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return x * np.tanh(_softplus(x))


class Softsign(ActivationOp, name="softsign"):
    """Quotient that saturates slowly.

    Semantics: result[i] = x[i] / (1 + abs(x[i])).
    (C1) Floating point.
    Source: torch `softsign`.
    """

    x: Operand
    result: Result

    @staticmethod
    def evaluate(x: np.ndarray) -> np.ndarray:
        return x / (1 + np.abs(x))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softplus(x: np.ndarray) -> np.ndarray:
    # Not log1p(exp(x)): that overflows for large x.
    return np.maximum(x, x.dtype.type(0)) + np.log1p(np.exp(-np.abs(x)))


def _hard_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(x + 3, x.dtype.type(0)), x.dtype.type(6)) / 6
