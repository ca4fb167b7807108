"""Lowerings of `dialects/conversion.py`: what each op does to one element."""

import numpy as np

from tessel.compiler.emit.element import (
    Element,
    cast,
    make_complex,
    select,
)
from tessel.compiler.lowering.base import lowers_elementwise
from tessel.dialects import conversion as ops
from tessel.dialects.conversion import integer_passage
from tessel.dialects.types import is_bool, is_complex, is_float, is_half, is_integer, is_unsigned


@lowers_elementwise(ops.Cast)
def cast_element(x: Element, dtype: np.dtype) -> Element:
    source = x.real if is_complex(x.dtype) and not is_complex(dtype) and not is_bool(dtype) else x
    if is_float(source.dtype) and is_integer(dtype):
        return _integer_of_float(_in_full_precision(source), dtype)
    return cast(source, dtype)


def _integer_of_float(x: Element, dtype: np.dtype) -> Element:
    passage = integer_passage(dtype)
    if not is_unsigned(dtype) or dtype.itemsize < 4:
        return cast(_truncated(x, passage), dtype)
    half = 2.0 ** (8 * dtype.itemsize - 1)
    upper = x >= half
    signed = _truncated(select(upper, x - half, x), passage)
    least = signed.constant(np.iinfo(passage).min)
    return cast(signed ^ select(upper, least, signed.constant(0)), dtype)


def _in_full_precision(x: Element) -> Element:
    return cast(x, np.dtype(np.float32)) if is_half(x.dtype) else x


def _truncated(x: Element, dtype: np.dtype) -> Element:
    """A float toward zero as int32 or int64; the least one where that cannot hold it."""
    bound = 2.0 ** (8 * dtype.itemsize - 1)
    # MLIR leaves undefined what the integer cannot hold.
    return cast(select(abs(x) < bound, x, x.constant(-bound)), dtype)


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
