"""What templates ask of the ops of a fusion, which a person may have edited."""

from collections.abc import Callable, Mapping

import numpy as np

from tessel.compiler.kernels.epilogue import fits_epilogue
from tessel.compiler.kernels.padding import is_image_padding
from tessel.dialects.base import TesselOp
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir

Holds = Callable[[list[OpInstance], list[ir.Value]], bool]
"""Whether ops, and the values that they hand out, are what a kind of fusion holds."""


def is_alone(*classes: type[TesselOp]) -> Holds:
    return lambda ops, ends: len(ops) == 1 and ops[0].cls in classes


def is_product(
    classes: Mapping[type[TesselOp], Callable[[OpInstance], bool]], trailing_axes: int = 1
) -> Holds:
    """One of `classes`, each with what it must be, and an epilogue whose last value is yielded."""

    def holds(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        product, *rest = ops
        if product.cls not in classes or not classes[product.cls](product):
            return False
        if ends != [ops[-1].result]:
            return False
        # Zeros around images end the fusion of a product that has rows.
        framed = trailing_axes == 1 and rest and rest[-1].operands[0] == ops[-2].result
        if framed and is_image_padding(rest[-1]):
            rest = rest[:-1]
        shape = product.result_type.shape
        return all(fits_epilogue(op, shape, trailing_axes) for op in rest)

    return holds


def is_static_op(op: OpInstance) -> bool:
    """Whether its sizes are static, and none is 0."""
    types = [*op.flat_operand_types, *op.result_types]
    return all(one.is_static and one.size for one in types)


def is_float32_op(op: OpInstance) -> bool:
    types = [*op.flat_operand_types, *op.result_types]
    return all(one.dtype == np.float32 for one in types)
