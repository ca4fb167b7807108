"""Lowerings of `dialects/conversion.py`: what each op does to one element."""

import numpy as np

from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.element import Element, cast, make_complex
from tessel.dialects import conversion as ops
from tessel.dialects.types import is_complex, is_float


@lowers_elementwise(ops.Cast)
def cast_element(x: Element, dtype: np.dtype) -> Element:
    return cast(x, dtype)


@lowers_elementwise(ops.Bitcast)
def bitcast(x: Element, dtype: np.dtype) -> Element:
    return x.bits(dtype) if is_float(x.dtype) or is_float(dtype) else Element(x.value, dtype)


@lowers_elementwise(ops.Real)
def real(x: Element) -> Element:
    return x.real if is_complex(x.dtype) else x


@lowers_elementwise(ops.Imag)
def imag(x: Element) -> Element:
    return x.imag if is_complex(x.dtype) else x.constant(0)


@lowers_elementwise(ops.Conjugate)
def conjugate(x: Element) -> Element:
    return make_complex(x.real, -x.imag) if is_complex(x.dtype) else x


@lowers_elementwise(ops.Complex)
def complex_from_parts(real: Element, imag: Element) -> Element:
    return make_complex(real, imag)
