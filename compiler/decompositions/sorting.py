"""The largest or smallest elements, of what is sorted."""

from tessel.compiler.decompositions.base import decomposes
from tessel.dialects import sorting as ops
from tessel.dialects.indexing import TakeAlongAxis
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.slicing import Slice


@decomposes(ops.TopK)
def top_k(op: OpInstance) -> list[ir.Value]:
    """top_k(x)  ->  take_along_axis(x, argsort(x)[:k])"""
    x, axis, k = op.operands[0], op.attributes["axis"], op.attributes["k"]
    order = ops.Argsort.build(x, axis=axis, descending=True)
    shape = op.operand_types[0].shape
    stops = [k if position == axis else size for position, size in enumerate(shape)]
    if None in stops:
        raise NotImplementedError("top_k of an array whose other sizes are dynamic")
    starts, steps = [0] * len(stops), [1] * len(stops)
    first = Slice.build(order, starts=starts, stops=stops, steps=steps)
    return [TakeAlongAxis.build(x, first, axis=axis), first]
