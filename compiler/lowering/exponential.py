"""Lowerings of `dialects/exponential.py`: what each op does to one element."""

from tessel.compiler.emit import complex_functions, math_functions, math_functions_sigmoid
from tessel.compiler.emit.element import Element, in_float32, square_root
from tessel.compiler.lowering.base import ElementFunction, lowers_elementwise
from tessel.dialects import exponential as ops
from tessel.dialects.types import is_complex


def by_kind(on_real: ElementFunction, on_complex: ElementFunction) -> ElementFunction:
    """`on_complex` for complex elements, else `on_real`, in float32 for half precision."""

    def function(x: Element) -> Element:
        return on_complex(x) if is_complex(x.dtype) else in_float32(on_real, x)

    return function


exp = lowers_elementwise(ops.Exp)(by_kind(math_functions.exp, complex_functions.exp))
exp2 = lowers_elementwise(ops.Exp2)(by_kind(math_functions.exp2, complex_functions.exp2))
expm1 = lowers_elementwise(ops.Expm1)(by_kind(math_functions.expm1, complex_functions.expm1))
log = lowers_elementwise(ops.Log)(by_kind(math_functions.log, complex_functions.log))
log1p = lowers_elementwise(ops.Log1p)(by_kind(math_functions.log1p, complex_functions.log1p))
log2 = lowers_elementwise(ops.Log2)(by_kind(math_functions.log2, complex_functions.log2))
log10 = lowers_elementwise(ops.Log10)(by_kind(math_functions.log10, complex_functions.log10))
sqrt = lowers_elementwise(ops.Sqrt)(by_kind(square_root, complex_functions.sqrt))


@lowers_elementwise(ops.Logaddexp)
def logaddexp(lhs: Element, rhs: Element) -> Element:
    return in_float32(math_functions.logaddexp, lhs, rhs)


@lowers_elementwise(ops.Cbrt)
def cbrt(x: Element) -> Element:
    return in_float32(math_functions.cbrt, x)


@lowers_elementwise(ops.Erf)
def erf(x: Element) -> Element:
    return in_float32(math_functions_sigmoid.erf, x)
