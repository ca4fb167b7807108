"""Parts whose starts are dynamic: reading back, and writing back, what is there.

`y[:k] += x` reads a part, writes the sum, and then, as Python does, writes the part once more.
"""

from tessel.compiler.rewrites.base import rule
from tessel.dialects.instance import OpInstance, defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.slicing import DynamicSlice, DynamicUpdateSlice
from tessel.dialects.types import ArrayType


@rule(DynamicSlice)
def read_what_was_written(op: OpInstance) -> ir.Value | None:
    """dynamic_slice(dynamic_update_slice(x, part, at), at)  ->  part, of one static shape"""
    x, starts, _ = op.operands
    written = defining_op(x, DynamicUpdateSlice)
    if written is None or written.operands[2] != starts:
        return None
    part = written.operands[1]
    same = op.result_type.is_static and ArrayType.of(part) == op.result_type
    return part if same else None


@rule(DynamicUpdateSlice)
def write_what_was_read(op: OpInstance) -> ir.Value | None:
    """dynamic_update_slice(x, dynamic_slice(x, at), at)  ->  x"""
    x, part, starts = op.operands
    read = defining_op(part, DynamicSlice)
    unchanged = read is not None and read.operands[0] == x and read.operands[1] == starts
    return x if unchanged else None


@rule(DynamicUpdateSlice)
def write_once(op: OpInstance) -> ir.Value | None:
    """dynamic_update_slice(dynamic_update_slice(x, a, at), b, at)  ->  one update, equal shapes"""
    x, part, starts = op.operands
    first = defining_op(x, DynamicUpdateSlice)
    if first is None or first.operands[2] != starts:
        return None
    shape = op.operand_types[1].shape
    if None in shape or first.operand_types[1].shape != shape:
        return None
    return DynamicUpdateSlice.build(first.operands[0], part, starts)


RULES = (read_what_was_written, write_what_was_read, write_once)
