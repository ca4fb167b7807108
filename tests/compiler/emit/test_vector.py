"""The words of kernels do on vectors what they say, run through IREE."""

from collections.abc import Callable

import numpy as np
import pytest
from kernel_levels import LEVELS

from tessel import dialects
from tessel.compiler.driver import compile_module
from tessel.compiler.emit.register_transpose import interleave_rows, transpose_square
from tessel.compiler.emit.softmax_exponential import exp2
from tessel.compiler.emit.vector import (
    broadcast,
    if_else,
    load,
    load_vector,
    maximum,
    reduce,
    splat,
    store,
    store_vector,
    sums_of_four,
)
from tessel.compiler.kernels.dispatch import Buffer, dispatch
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.mlir import arith, func, ir

pytestmark = pytest.mark.parametrize("level", LEVELS)


def run(
    level: str, write: Callable[[Buffer, Buffer], None], x: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """The result [shape] of a kernel for a level that reads `x`."""
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        element = ir.F32Type.get()
        given, made = (ir.RankedTensorType.get(list(one), element) for one in (x.shape, shape))
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", ([given], [made]))
        with ir.InsertionPoint(entry.add_entry_block()):
            results = dispatch(
                "kernel",
                [1, 1, 1],
                list(entry.arguments),
                [made],
                [],
                lambda inputs, outputs, _: write(inputs[0], outputs[0]),
            )
            func.ReturnOp(results)
        return compile_module(module, resolve_target(level))([x])[0]


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_sums_of_four(level: str, lanes: int):
    x = np.random.default_rng(1).integers(-99, 99, (4, lanes)).astype(np.float32)

    def write(source: Buffer, target: Buffer) -> None:
        rows = [load_vector(source.memref, [row, 0], lanes) for row in range(4)]
        for row, total in enumerate(sums_of_four(rows)):
            store(total, target.memref, [row])

    np.testing.assert_array_equal(run(level, write, x, (4,)), x.sum(-1))


@pytest.mark.parametrize("lanes", [2, 8, 16])
def test_transpose_square(level: str, lanes: int):
    x = np.arange(lanes * lanes, dtype=np.float32).reshape(lanes, lanes)

    def write(source: Buffer, target: Buffer) -> None:
        rows = [load_vector(source.memref, [row, 0], lanes) for row in range(lanes)]
        for row, column in enumerate(transpose_square(rows)):
            store_vector(column, target.memref, [row, 0])

    np.testing.assert_array_equal(run(level, write, x, x.shape), x.T)


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
@pytest.mark.parametrize("lanes", [8, 16])
def test_interleave_rows(level: str, rows: int, lanes: int):
    x = np.arange(rows * lanes, dtype=np.float32).reshape(rows, lanes)

    def write(source: Buffer, target: Buffer) -> None:
        held = [load_vector(source.memref, [row, 0], lanes) for row in range(rows)]
        for number, made in enumerate(interleave_rows(held)):
            store_vector(made, target.memref, [number * lanes])

    np.testing.assert_array_equal(run(level, write, x, (rows * lanes,)), x.T.reshape(-1))


def test_exp2(level: str):
    """Within 2 ulps from -126 to 0; 0 far below, NaN for NaN."""
    instructions = instruction_set_of(level)
    assert instructions is not None
    lanes = instructions.lanes(4)
    x = np.linspace(-126, 0, 16 * 4096, dtype=np.float32)
    x[:6] = -np.inf, -1e30, -150, -128, np.nan, 0

    def write(source: Buffer, target: Buffer) -> None:
        for first in range(0, 256, lanes):
            store_vector(exp2(load_vector(source.memref, [first], lanes)), target.memref, [first])

    for part in (x[:256], x[30_000:30_256], x[-256:]):
        result = run(level, write, np.ascontiguousarray(part), part.shape)
        expected = np.exp2(part.astype(np.float64))
        # The instructions of AVX-512 scale to subnormal numbers.
        expected[part < (-149 if level == "x86-64-v4" else -126)] = 0
        np.testing.assert_allclose(result, expected, rtol=2.4e-7)


@pytest.mark.parametrize("number", [1.0, -1.0])
def test_either(level: str, number: float):
    def write(source: Buffer, target: Buffer) -> None:
        def fill(value: float) -> None:
            store_vector(splat(value, ir.F32Type.get(), 4), target.memref, [0])

        zero = arith.constant(ir.F32Type.get(), 0.0)
        positive = arith.cmpf(arith.CmpFPredicate.OGT, load(source.memref, [0]), zero)
        if_else(positive, lambda: fill(2.0), lambda: fill(3.0))

    result = run(level, write, np.array([number], np.float32), (4,))
    np.testing.assert_array_equal(result, 2.0 if number > 0 else 3.0)


def test_reductions_and_greater(level: str):
    x = np.random.default_rng(0).standard_normal(16).astype(np.float32)

    def write(source: Buffer, target: Buffer) -> None:
        held = load_vector(source.memref, [0], 16)
        zero = splat(0, ir.F32Type.get(), 16)
        numbers = (reduce("add", held), reduce("maximumf", held))
        for position, number in enumerate(numbers):
            store_vector(broadcast(number, 16), target.memref, [position, 0])
        store_vector(maximum(held, zero), target.memref, [2, 0])

    result = run(level, write, x, (3, 16))
    np.testing.assert_allclose(result[0], x.sum(), rtol=1e-6)
    np.testing.assert_array_equal(result[1], np.full(16, x.max()))
    np.testing.assert_array_equal(result[2], np.maximum(x, 0))
