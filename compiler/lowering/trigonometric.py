"""Lowerings of `dialects/trigonometric.py`: what each op does to one element."""

from tessel.compiler.emit import complex_functions
from tessel.compiler.emit import math_functions_angles as angles
from tessel.compiler.emit import math_functions_hyperbolic as hyperbolic
from tessel.compiler.emit.element import Element, in_float32
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.exponential import by_kind
from tessel.dialects import trigonometric as ops

FUNCTIONS = {
    ops.Sin: (angles.sin, complex_functions.complex_sin),
    ops.Cos: (angles.cos, complex_functions.complex_cos),
    ops.Tan: (angles.tan, complex_functions.complex_tan),
    ops.Asin: (angles.asin, complex_functions.complex_asin),
    ops.Acos: (angles.acos, complex_functions.complex_acos),
    ops.Atan: (angles.atan, complex_functions.complex_atan),
    ops.Sinh: (hyperbolic.sinh, complex_functions.complex_sinh),
    ops.Cosh: (hyperbolic.cosh, complex_functions.complex_cosh),
    ops.Tanh: (hyperbolic.tanh, complex_functions.complex_tanh),
    ops.Asinh: (hyperbolic.asinh, complex_functions.complex_asinh),
    ops.Acosh: (hyperbolic.acosh, complex_functions.complex_acosh),
    ops.Atanh: (hyperbolic.atanh, complex_functions.complex_atanh),
}
"""Op -> its function of real and of complex elements."""

for _op, (_on_real, _on_complex) in FUNCTIONS.items():
    lowers_elementwise(_op)(by_kind(_on_real, _on_complex))


@lowers_elementwise(ops.Atan2)
def atan2(lhs: Element, rhs: Element) -> Element:
    return in_float32(angles.atan2, lhs, rhs)
