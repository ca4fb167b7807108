"""Lowerings of `dialects/cumulative.py`: IREE's scan."""

from collections.abc import Callable
from typing import Any

from tessel.compiler.emit.element import Element, constant
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.lowering.arithmetic import maximum, minimum
from tessel.compiler.lowering.base import dim, dynamic_sizes, empty, filled, lowers
from tessel.compiler.lowering.reduction import highest, lowest
from tessel.dialects import cumulative as ops
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir


@lowers(ops.CumulativeSum)
def lower_cumulative_sum(op: OpInstance) -> ir.Value:
    return _lower_scan(op, 0, lambda x, total: total + x)


@lowers(ops.CumulativeProd)
def lower_cumulative_prod(op: OpInstance) -> ir.Value:
    return _lower_scan(op, 1, lambda x, total: total * x)


@lowers(ops.CumulativeMax)
def lower_cumulative_max(op: OpInstance) -> ir.Value:
    return _lower_scan(op, lowest(op.result_type.dtype), maximum)


@lowers(ops.CumulativeMin)
def lower_cumulative_min(op: OpInstance) -> ir.Value:
    return _lower_scan(op, highest(op.result_type.dtype), minimum)


def _lower_scan(
    op: OpInstance, identity: Any, combine: Callable[[Element, Element], Element]
) -> ir.Value:
    (x,), axis, result = op.operands, op.attributes["axis"], op.result_type
    if result.is_static and result.size == 0:
        return x
    others = [position for position in range(result.rank) if position != axis]
    output = empty(result, dynamic_sizes(result, lambda position: dim(x, position)))
    total_type = result.with_shape([result.shape[position] for position in others])
    sizes = dynamic_sizes(total_type, lambda position: dim(x, others[position]))
    start = filled(total_type, constant(identity, result.dtype).value, sizes)
    properties = {
        "dimension": f"{axis} : i64",
        "inclusive": "true",
        "operandSegmentSizes": "array<i32: 1, 2>",
    }
    types = [output.type, start.type]
    scan = iree_op("iree_linalg_ext.scan", [x, output, start], types, properties, regions=1)
    element = ir.RankedTensorType(x.type).element_type
    block = scan.regions[0].blocks.append(element, element)
    with ir.InsertionPoint(block):
        new, total = (Element(value, result.dtype) for value in block.arguments)
        iree_op("iree_linalg_ext.yield", [combine(new, total).value], [], {})
    return scan.results[0]
