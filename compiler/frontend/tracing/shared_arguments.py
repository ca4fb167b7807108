"""Arguments that overlap in memory, while they are traced: views of one vector."""

import numpy as np

from tessel.compiler.frontend.tracing.apply import apply
from tessel.compiler.frontend.tracing.argument_memory import Part
from tessel.compiler.frontend.tracing.layout import Layout
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.views import View
from tessel.dialects.indexing import ScatterNd, Take
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape


def part_of(base: TracedArray, part: Part) -> TracedArray:
    """An argument as a view of the vector that holds it, in the order of its memory."""
    offsets = np.full(part.shape, part.first, np.int64)
    for axis, stride in enumerate(part.strides):
        steps = np.arange(part.shape[axis], dtype=np.int64) * stride
        offsets += steps.reshape([-1 if axis == one else 1 for one in range(len(part.shape))])
    trace, count = base.trace, offsets.size

    def read(memory: ir.Value) -> ir.Value:
        return apply(Take, TracedArray.of(trace, memory), offsets, axis=0).value

    def write(memory: ir.Value, value: ir.Value) -> ir.Value:
        updates = TracedArray.of(trace, trace.build(Reshape, value, [], shape=[count]))
        span, vectors = TracedArray.of(trace, memory), offsets.reshape(count, 1)
        return apply(ScatterNd, span, vectors, updates, kind="set").value

    itemsize = base.dtype.itemsize
    strides = tuple(stride * itemsize for stride in part.strides)
    return base.apply_view(View(read, write), Layout(part.shape, strides, itemsize))
