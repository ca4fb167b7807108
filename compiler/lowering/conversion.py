"""Lowerings of `dialects/conversion.py`: what each op does to one element."""

import numpy as np

from tessel.compiler.lowering.base import lowers_elementwise
from tessel.compiler.lowering.element import Element, cast
from tessel.dialects import conversion as ops


@lowers_elementwise(ops.Cast)
def cast_element(x: Element, dtype: np.dtype) -> Element:
    return cast(x, dtype)
