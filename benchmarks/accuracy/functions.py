"""What is measured: ops, and what they are in a wider dtype."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.dialects import activation, arithmetic, exponential
from tessel.dialects.accuracy import ERROR_BOUNDS
from tessel.dialects.base import TesselOp


@dataclass(frozen=True)
class Measured:
    """An op with its attributes; `exact` gets arguments in the wider dtype."""

    op: type[TesselOp]
    exact: Callable[..., np.ndarray]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The op's name and the values of its attributes."""
        return "_".join((self.op.short_name(), *map(str, self.attributes.values())))

    @property
    def arguments(self) -> int:
        return len(self.op.operand_fields)


def measured() -> list[Measured]:
    """All ops with bounds."""
    others = {
        exponential.Erf: _error_function,
        activation.Sigmoid: _sigmoid,
        activation.Silu: lambda x: x * _sigmoid(x),
        activation.Softplus: _softplus,
        activation.Mish: lambda x: x * np.tanh(_softplus(x)),
    }
    found = []
    for op in ERROR_BOUNDS:
        if op is activation.Gelu:
            found.append(Measured(op, _gelu, {"approximate": "none"}))
            found.append(Measured(op, _gelu_by_tanh, {"approximate": "tanh"}))
        elif issubclass(op, activation.ActivationOp):
            found.append(Measured(op, others.get(op, op.evaluate)))
        else:
            found.append(Measured(op, others.get(op, op.reference)))
    return found


EXACT_IN_OWN_DTYPE = (arithmetic.Fmod, arithmetic.Remainder)
"""Ops whose NumPy results are right in the dtype itself."""

ONLY_TO_FLOAT64 = (exponential.Erf, activation.Gelu)
"""Ops whose exact results come from C's functions of float64: an ulp of float64 is half theirs."""


def _error_function(x: np.ndarray) -> np.ndarray:
    return np.frompyfunc(math.erf, 1, 1)(x.astype(np.float64)).astype(x.dtype)


def _gelu(x: np.ndarray) -> np.ndarray:
    scaled = -x / np.sqrt(x.dtype.type(2))
    share = np.frompyfunc(math.erfc, 1, 1)(scaled.astype(np.float64)).astype(x.dtype)
    return np.where(np.isnan(x), x, x * (share / 2))


def _gelu_by_tanh(x: np.ndarray) -> np.ndarray:
    number = x.dtype.type
    angle = 2 * np.sqrt(2 / number(np.pi)) * (x + number(activation.TANH_GELU_CUBIC) * x * x * x)
    return x * _sigmoid(angle)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
