"""Elementwise ops as loop nests. What each op does to one element is in its family's file.

A family that this file does not import registers its ops with `lowers(...)(lower_elementwise)`.
"""

import numpy as np

from tessel.compiler.emit.element import Element
from tessel.compiler.lowering import (
    arithmetic,
    bitwise,
    comparison,
    conversion,
    exponential,
    special,
    trigonometric,
)
from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS, elementwise, filled, lowers
from tessel.dialects.control_flow import array, scalar
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import is_bool, is_integer

FAMILIES = (arithmetic, bitwise, comparison, conversion, exponential, special, trigonometric)
"""The files whose import has filled ELEMENT_FUNCTIONS."""


def lower_elementwise(op: OpInstance) -> ir.Value:
    """An elementwise op as one loop nest, or as scalar code on the host where that is enough."""
    function = ELEMENT_FUNCTIONS[op.cls]
    if is_host_arithmetic(op):
        elements = [Element(scalar(v), t.dtype) for v, t in zip(op.operands, op.operand_types)]
        value = function(*elements, **op.attributes).value
        if is_bool(op.result_type.dtype):
            # IREE stores i1 as i8 and cannot convert its `tensor.from_elements`; this folds too.
            return filled(op.result_type, value)
        return array(value)
    return elementwise(
        op.operands,
        op.operand_types,
        op.result_types,
        lambda *elements: [function(*elements, **op.attributes)],
    )[0]


def is_host_arithmetic(op: OpInstance) -> bool:
    """Whether the op computes with sizes, counters or conditions: rank 0, integers and booleans.

    On the host such an op is free; as a kernel it would make a loop's condition wait for it. Not so
    small integers: IREE 3.13 computes with them in registers of 32 bits whose upper part it does
    not keep, so that the int8 -1 is not less than 0.
    """
    types = [*op.operand_types, *op.result_types]
    return all(t.rank == 0 and _fits_host(t.dtype) for t in types)


def _fits_host(dtype: np.dtype) -> bool:
    return is_bool(dtype) or (is_integer(dtype) and dtype.itemsize >= 4)


lowers(*ELEMENT_FUNCTIONS)(lower_elementwise)
