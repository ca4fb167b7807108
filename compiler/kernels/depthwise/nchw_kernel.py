"""Depthwise convolution, channels first: vectors of neighbouring pixels of one channel's plane.

A plane is first copied to the stack, between zeros, and for strides of 2 as even and odd columns:
then a window's elements for a vector of pixels are neighbours too, at whatever offset. What a row
of elements is loaded for once serves several rows of the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import FLOAT32
from tessel.compiler.emit.vector import (
    broadcast,
    for_tiles,
    load,
    load_vector,
    loop,
    multiply_add,
    shuffle,
    stack_alloc,
    store_vector,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.depthwise.nchw_problem import (
    DepthwiseNchwConfiguration,
    DepthwiseNchwProblem,
)
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.dialects.mlir import ir


def depthwise_nchw(
    planes: ir.Value,
    weight: ir.Value,
    problem: DepthwiseNchwProblem,
    configuration: DepthwiseNchwConfiguration,
    epilogue: Epilogue,
) -> ir.Value:
    """planes [P, H, W] and weight [P, I, J], through `epilogue`, as [P, Y * X]."""
    height, width = problem.output
    target = ir.RankedTensorType.get([problem.count, height * width], ir.F32Type.get())
    (rows, columns), count = problem.window, problem.count
    name = f"depthwise_nchw_{count}x{height}x{width}_{rows}x{columns}"
    grid = [-(-count // configuration.channels), 1, 1]
    inputs = [planes, weight, *epilogue.tensors()]
    return dispatch(
        name, grid, inputs, [target], [], _Kernel(problem, configuration, epilogue).write
    )[0]


@dataclass(frozen=True)
class _Kernel:
    problem: DepthwiseNchwProblem
    configuration: DepthwiseNchwConfiguration
    epilogue: Epilogue

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        phases, lines, line = self.problem.padded(self.configuration.lanes)
        copy = stack_alloc([phases, lines, line], ir.F32Type.get())
        self._clear(copy, phases * lines, line)
        first = workgroup_id[0] * self.configuration.channels
        last = (first + self.configuration.channels).at_most(self.problem.count)

        def plane(number: Index, _: Sequence[ir.Value]) -> None:
            source = inputs[0].memref
            loop(
                0, self.problem.size[0], 1, [], lambda y, _: self._copy_row(source, copy, number, y)
            )
            _Plane(self, inputs, results[0], copy, number).write()

        loop(first, last, 1, [], plane)

    def _clear(self, copy: ir.Value, lines: int, line: int) -> None:
        """Zeros; what surrounds the plane stays."""
        lanes = self.configuration.lanes
        empty, height = zeros(ir.F32Type.get(), lanes), self.problem.padded(lanes)[1]

        def row(number: Index, _: Sequence[ir.Value]) -> None:
            indices = [number // height, number % height]
            loop(0, line, lanes, [], lambda x, _: store_vector(empty, copy, [*indices, x]))

        loop(0, lines, 1, [], row)

    def _copy_row(self, source: ir.Value, copy: ir.Value, plane: Index, y: Index) -> None:
        """Row `y` of a plane, each phase of its columns to its own part."""
        (top, left), (_, width) = self.problem.low, self.problem.size
        lanes, phases = self.configuration.lanes, self.problem.strides[1]
        step = lanes * phases

        def part(x: Index, count: int) -> None:
            loads = [
                load_vector(
                    source, [plane, y, x + n * lanes], lanes, _mask(count - n * lanes, lanes)
                )
                for n in range(-(-count // lanes))
            ]
            for phase in range(phases):
                begin = (phase - left) % phases
                held = _every(loads, phases, begin, lanes)
                mask = _mask(-(-(count - begin) // phases), lanes)
                if count > begin:
                    to = (x + (begin + left)) // phases if phases > 1 else x + left
                    store_vector(held, copy, [phase, y + top, to], mask)

        for_tiles(width, step, part)


@dataclass(frozen=True)
class _Plane:
    """The result of one plane, in tiles of some rows and one vector."""

    kernel: _Kernel
    inputs: list[Buffer]
    result: Buffer
    copy: ir.Value
    plane: Index

    def write(self) -> None:
        problem, lanes = self.kernel.problem, self.kernel.configuration.lanes
        (height, width), (tall, wide) = problem.output, problem.window
        weights = [
            [broadcast(load(self.inputs[1].memref, [self.plane, i, j]), lanes) for j in range(wide)]
            for i in range(tall)
        ]

        def lines(y: Index, count: int) -> None:
            for_tiles(width, lanes, partial(self._tile, weights, y, count))

        for_tiles(height, self.kernel.configuration.rows, lines)

    def _tile(
        self, weights: list[list[ir.Value]], y: Index, rows: int, x: Index, columns: int
    ) -> None:
        """`rows` rows of `columns` pixels, of a vector at most."""
        problem, lanes = self.kernel.problem, self.kernel.configuration.lanes
        (down, across), (tall, wide) = problem.strides, problem.window
        sums = [zeros(ir.F32Type.get(), lanes)] * rows
        for line in range((rows - 1) * down + tall):
            users = [row for row in range(rows) if 0 <= line - row * down < tall]
            for j in range(wide if users else 0):
                indices = [j % across, y * down + line, x + j // across]
                held = load_vector(self.copy, indices, lanes)
                for row in users:
                    sums[row] = multiply_add(held, weights[line - row * down][j], sums[row])
        mask, width = tail_mask(columns, lanes), problem.output[1]
        for row, total in enumerate(sums):
            element, read = Element(total, FLOAT32), self.inputs[2:]
            column = (y + row) * width + x
            self.kernel.epilogue.store(element, read, self.result, self.plane, column, lanes, mask)


def _mask(count: int, lanes: int) -> ir.Value | None:
    return tail_mask(min(count, lanes), lanes)


def _every(vectors: Sequence[ir.Value], phases: int, begin: int, lanes: int) -> ir.Value:
    """Every second element of two vectors, from `begin` on, or all of one."""
    if phases == 1:
        return vectors[0]
    second = vectors[1] if len(vectors) > 1 else vectors[0]
    return shuffle(vectors[0], second, [begin + phases * lane for lane in range(lanes)])
