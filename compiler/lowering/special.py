"""Lowerings of `dialects/special.py`: what each op does to one element."""

from collections.abc import Callable

from tessel.compiler.emit import math_functions_special as functions
from tessel.compiler.emit.element import Element
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.dialects import special as ops

FUNCTIONS = {
    ops.BesselI0e: functions.bessel_i0e,
    ops.BesselI1e: functions.bessel_i1e,
    ops.Digamma: functions.digamma,
    ops.Erfc: functions.erfc,
    ops.Erfcx: functions.erfcx,
    ops.Gamma: functions.gamma,
    ops.Lgamma: functions.lgamma,
}
"""Op -> its function of float64."""


def _lower(function: Callable[[Element], Element]) -> Callable[..., Element]:
    return lambda x: functions.in_float64(function, x)


for _op, _function in FUNCTIONS.items():
    lowers_elementwise(_op)(_lower(_function))
