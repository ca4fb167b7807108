"""Lowerings of `dialects/trigonometric.py`: what each op does to one element."""

from tessel.compiler.emit import complex_trigonometric
from tessel.compiler.emit import math_functions_angles as angles
from tessel.compiler.emit import math_functions_hyperbolic as hyperbolic
from tessel.compiler.emit.element import Element, in_float32
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.exponential import by_kind
from tessel.dialects import trigonometric as ops

FUNCTIONS = {
    ops.Sin: (angles.sin, complex_trigonometric.complex_sin),
    ops.Cos: (angles.cos, complex_trigonometric.complex_cos),
    ops.Tan: (angles.tan, complex_trigonometric.complex_tan),
    ops.Asin: (angles.asin, complex_trigonometric.complex_asin),
    ops.Acos: (angles.acos, complex_trigonometric.complex_acos),
    ops.Atan: (angles.atan, complex_trigonometric.complex_atan),
    ops.Sinh: (hyperbolic.sinh, complex_trigonometric.complex_sinh),
    ops.Cosh: (hyperbolic.cosh, complex_trigonometric.complex_cosh),
    ops.Tanh: (hyperbolic.tanh, complex_trigonometric.complex_tanh),
    ops.Asinh: (hyperbolic.asinh, complex_trigonometric.complex_asinh),
    ops.Acosh: (hyperbolic.acosh, complex_trigonometric.complex_acosh),
    ops.Atanh: (hyperbolic.atanh, complex_trigonometric.complex_atanh),
}
"""Op -> its function of real and of complex elements."""

for _op, (_on_real, _on_complex) in FUNCTIONS.items():
    lowers_elementwise(_op)(by_kind(_on_real, _on_complex))


@lowers_elementwise(ops.Atan2)
def atan2(lhs: Element, rhs: Element) -> Element:
    return in_float32(angles.atan2, lhs, rhs)
