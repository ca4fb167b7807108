"""The code: a row is read, summed and squared once, kept on the stack, and scaled."""

from collections.abc import Sequence
from dataclasses import dataclass

from residual_rms_norm.problem import NormConfiguration
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import (
    broadcast,
    load_vector,
    loop,
    multiply_add,
    reduce,
    stack_alloc,
    store_vector,
    zeros,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.dialects.mlir import arith, ir, math


def residual_rms_norm(
    x: ir.Value,
    residual: ir.Value,
    weight: ir.Value,
    epsilon: float,
    configuration: NormConfiguration,
) -> ir.Value:
    """(x + residual) / sqrt(mean((x + residual)**2) + epsilon) * weight, of rows [M, N]."""
    count, length = ir.RankedTensorType(x.type).shape
    body = _Kernel(count, length, epsilon, configuration).write
    grid = [-(-count // configuration.rows), 1, 1]
    name = f"residual_rms_norm_{count}x{length}"
    return dispatch(name, grid, [x, residual, weight], [x.type], [], body)[0]


@dataclass(frozen=True)
class _Kernel:
    count: int
    length: int
    epsilon: float
    configuration: NormConfiguration

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup: WorkgroupId) -> None:
        """for row in the workgroup: sums of squares along N, then the scaled row along N."""
        x, residual, weight = (one.memref for one in inputs)
        result, lanes, element = results[0].memref, self.configuration.lanes, ir.F32Type.get()
        first = workgroup[0] * self.configuration.rows
        stop = (Index(self.count) - first).at_most(self.configuration.rows)
        kept = stack_alloc([self.length], element)

        def row(offset: Index, _: Sequence[ir.Value]) -> None:
            m = first + offset

            def square(n: Index, squares: Sequence[ir.Value]) -> list[ir.Value]:
                added = arith.addf(
                    load_vector(x, [m, n], lanes), load_vector(residual, [m, n], lanes)
                )
                store_vector(added, kept, [n])
                return [multiply_add(added, added, squares[0])]

            (squares,) = loop(0, self.length, lanes, [zeros(element, lanes)], square)
            mean = arith.divf(reduce("add", squares), _number(self.length))
            root = math.sqrt(arith.addf(mean, _number(self.epsilon)))
            scale = broadcast(arith.divf(_number(1.0), root), lanes)

            def scaled(n: Index, _: Sequence[ir.Value]) -> None:
                normed = arith.mulf(load_vector(kept, [n], lanes), scale)
                made = arith.mulf(normed, load_vector(weight, [n], lanes))
                store_vector(made, result, [m, n])

            loop(0, self.length, lanes, [], scaled)

        loop(0, stop, 1, [], row)


def _number(value: float) -> ir.Value:
    return arith.constant(ir.F32Type.get(), float(value))
