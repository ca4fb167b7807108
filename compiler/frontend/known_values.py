"""Values that are known while tracing, also of arrays that `numpy.array` made traced ones."""

from typing import Any

import numpy as np

from tessel.compiler.frontend.apply import trace_of
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.dialects.constant import Constant, Parameter
from tessel.dialects.instance import defining_op
from tessel.dialects.types import is_complex


def known(array: Any) -> np.ndarray | None:
    """The elements of an array, number or sequence; None where they depend on arguments."""
    if not isinstance(array, TracedArray):
        return None if trace_of((array,)) is not None else np.asarray(array)
    if is_complex(array.dtype):
        return None
    constant = defining_op(array.value, Constant)
    if constant is not None:
        return np.asarray(constant.attributes["value"], array.dtype)
    parameter = defining_op(array.value, Parameter)
    return None if parameter is None else array.trace.parameters[parameter.attributes["key"]]


def if_known(array: Any) -> Any:
    """The elements where they are known, else the array as it is."""
    values = known(array)
    return array if values is None else values
