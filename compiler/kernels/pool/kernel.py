"""The largest, the sum or the average of windows, channels last: a vector of channels at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import FLOAT32
from tessel.compiler.emit.vector import (
    for_tiles,
    if_else,
    load_vector,
    loop,
    splat,
    tail_mask,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.pool.problem import PoolProblem
from tessel.compiler.kernels.problem import VectorConfiguration
from tessel.compiler.lowering.reduction import REDUCTIONS, Combiner
from tessel.dialects.mlir import arith, ir
from tessel.dialects.reduction import ReduceMax, ReduceSum


def pool(
    image: ir.Value, problem: PoolProblem, configuration: VectorConfiguration, epilogue: Epilogue
) -> ir.Value:
    """image [N, H, W, C], through `epilogue`, as [N * Y * X, C]."""
    count, _, _, channels = problem.image
    height, width = problem.output
    target = ir.RankedTensorType.get([count * height * width, channels], ir.F32Type.get())
    name = f"pool_{problem.kind}_{height}x{width}x{channels}"
    grid = [-(-height // configuration.rows), count, 1]
    body = _Pool(problem, configuration, epilogue).write
    return dispatch(name, grid, [image, *epilogue.tensors()], [target], [], body)[0]


@dataclass(frozen=True)
class _Pool:
    problem: PoolProblem
    configuration: VectorConfiguration
    epilogue: Epilogue

    @property
    def combiner(self) -> Combiner:
        return REDUCTIONS[ReduceMax if self.problem.kind == "max" else ReduceSum]

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        (height, width), (_, _, _, channels) = self.problem.output, self.problem.image
        first, lanes = workgroup_id[0] * self.configuration.rows, self.configuration.lanes

        def row(y: Index, _: Sequence[ir.Value]) -> None:
            def pixel(x: Index, _: Sequence[ir.Value]) -> None:
                def vector(channel: Index, count: int) -> None:
                    window = _Window(
                        self, inputs, results[0], workgroup_id[1], y, x, channel, count
                    )
                    window.write()

                for_tiles(channels, lanes, vector)

            loop(0, width, 1, [], pixel)

        loop(first, (first + self.configuration.rows).at_most(height), 1, [], row)


@dataclass(frozen=True)
class _Window:
    """`count` channels of one window."""

    kernel: _Pool
    inputs: list[Buffer]
    result: Buffer
    image: Index
    y: Index
    x: Index
    channel: Index
    count: int

    def write(self) -> None:
        """With the window's columns one after the other where it is within the image's."""
        problem, begin = self.kernel.problem, self._begin(1)
        if not problem.low[1] and not problem.high[1]:
            self._finish(self._rows(self._all_columns))
            return
        beyond = begin + ((problem.window[1] - 1) * problem.dilation[1] + 1 - problem.image[2])
        inside = arith.andi(begin.is_greater(-1), beyond.is_less(1))
        if_else(
            inside,
            lambda: self._finish(self._rows(self._all_columns)),
            lambda: self._finish(self._rows(self._some_columns)),
        )

    def _begin(self, axis: int) -> Index:
        """The line or column of the image at which the window begins."""
        problem = self.kernel.problem
        return (self.y, self.x)[axis] * problem.strides[axis] - problem.low[axis]

    def _bounds(self, axis: int) -> tuple[Index, Index]:
        """The window's lines or columns that the image has."""
        problem = self.kernel.problem
        begin, step = self._begin(axis), problem.dilation[axis]
        missing = (Index(0) - begin).at_least(0).ceildiv(step)
        left = (Index(problem.image[1 + axis]) - begin).at_least(0).ceildiv(step)
        return missing, left.at_most(problem.window[axis])

    def _rows(self, columns: Callable[[Index, ir.Value], ir.Value]) -> ir.Value:
        """What the window is combined to."""
        lanes, step = self.kernel.configuration.lanes, self.kernel.problem.dilation[0]
        begin = splat(self.kernel.combiner.identity(FLOAT32), ir.F32Type.get(), lanes)
        first, last = self._bounds(0)

        def line(i: Index, totals: list[ir.Value]) -> list[ir.Value]:
            return [columns(self._begin(0) + i * step, totals[0])]

        return loop(first, last, 1, [begin], line)[0]

    def _all_columns(self, line: Index, total: ir.Value) -> ir.Value:
        for j in range(self.kernel.problem.window[1]):
            total = self._add(line, Index(j), total)
        return total

    def _some_columns(self, line: Index, total: ir.Value) -> ir.Value:
        bounds = self._bounds(1)
        return loop(*bounds, 1, [total], lambda j, one: [self._add(line, j, one[0])])[0]

    def _add(self, line: Index, j: Index, total: ir.Value) -> ir.Value:
        lanes = self.kernel.configuration.lanes
        column = self._begin(1) + j * self.kernel.problem.dilation[1]
        indices = [self.image, line, column, self.channel]
        held = load_vector(self.inputs[0].memref, indices, lanes, tail_mask(self.count, lanes))
        pair = Element(total, FLOAT32), Element(held, FLOAT32)
        return self.kernel.combiner.combine(*pair).value

    def _finish(self, total: ir.Value) -> None:
        kernel, lanes = self.kernel, self.kernel.configuration.lanes
        divisor = kernel.problem.divisor
        if divisor != 1:
            total = arith.divf(total, splat(divisor, ir.F32Type.get(), lanes))
        height, width = kernel.problem.output
        row = (self.image * height + self.y) * width + self.x
        made, mask = Element(total, FLOAT32), tail_mask(self.count, lanes)
        kernel.epilogue.store(made, self.inputs[1:], self.result, row, self.channel, lanes, mask)
