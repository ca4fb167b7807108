"""What programs cost, and which device they are given."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tessel import dialects
from tessel.compiler.analysis.cost import Cost, choose_driver, module_cost, module_seconds
from tessel.dialects.context import all_ops
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType

FLOAT = np.dtype(np.float32)


def program(
    shapes: Sequence[tuple[int | None, ...]], body: Callable[..., ir.Value], dtype: np.dtype = FLOAT
) -> ir.Module:
    context = dialects.new_context()
    with context, ir.Location.unknown():
        types = [ArrayType(dtype, shape).to_mlir() for shape in shapes]
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", (types, []))
            block = entry.add_entry_block()
        with ir.InsertionPoint(block):
            result = body(*block.arguments)
            func.ReturnOp([result])
        function_type = ir.FunctionType.get(types, [result.type])
        entry.operation.attributes["function_type"] = ir.TypeAttr.get(function_type)
        return module


def op(name: str, **attributes: object) -> Callable[..., ir.Value]:
    return lambda *operands: all_ops()[f"tessel.{name}"].build(*operands, **attributes)


@pytest.mark.parametrize(
    ("shapes", "body", "cost"),
    [
        ([(10, 20), (20,)], op("add"), Cost(200, 4 * (200 + 20 + 200))),
        ([(8, 16), (16, 32)], op("matmul"), Cost(2 * 8 * 16 * 32, 4 * (128 + 512 + 256))),
        ([(5, 8, 16), (16, 32)], op("matmul"), Cost(5 * 2 * 8 * 16 * 32, 4 * (640 + 512 + 1280))),
        ([(30, 40)], op("transpose", permutation=(1, 0)), Cost(0, 4 * 2400)),
        ([(30, 40)], op("reduce_sum", axes=(1,), keepdims=False), Cost(1200, 4 * 1230)),
        ([(10,)], op("exp"), Cost(240, 80)),
        ([(90, 9)], op("slice", starts=(0, 0), stops=(2, 9), steps=(1, 1)), Cost(0, 4 * 36)),
        ([(30, 40)], lambda x: op("reshape", shape=(40, 30))(x, []), Cost(0, 0)),
        ([(4, 10)], op("softmax", axis=1), Cost(28 * 40, 320)),
        ([(0, 4), (4, 8)], op("matmul"), Cost(0, 128)),
        ([(None, 4), (4, 8)], op("matmul"), Cost(None, None)),
    ],
)
def test_costs_of_ops(shapes, body, cost):
    assert module_cost(program(shapes, body)) == cost


def test_costs_of_convolution_attention_and_sort():
    attributes = {
        "strides": (1, 1), "padding_low": (0, 0), "padding_high": (0, 0), "dilation": (1, 1),
        "input_dilation": (1, 1), "groups": 1,
    }  # fmt: skip
    convolution = program([(1, 3, 10, 10), (8, 3, 3, 3)], op("convolution", **attributes))
    assert module_cost(convolution).flops == 2 * 8 * 8 * 8 * 27
    attention = program(
        [(2, 4, 10, 16), (2, 4, 12, 16), (2, 4, 12, 16)],
        lambda q, k, v: op("scaled_dot_product_attention", causal=False, scale=0.25)(q, k, v, None),
    )
    assert module_cost(attention).flops == 4 * 2 * 4 * 10 * 12 * 16
    sort = program([(3, 100)], op("sort", axis=1, descending=False))
    assert module_cost(sort).flops == 3 * 100 * 100


@pytest.mark.parametrize(
    ("shapes", "name", "driver"),
    [
        ([(16,), (16,)], "add", "local-sync"),
        ([(1 << 16,), (1 << 16,)], "add", "local-sync"),
        ([(1 << 22,), (1 << 22,)], "add", "local-task"),
        ([(64, 64), (64, 64)], "matmul", "local-sync"),
        ([(512, 512), (512, 512)], "matmul", "local-task"),
        ([(None,), (None,)], "add", "local-task"),
    ],
)
def test_the_work_chooses_the_device(shapes, name, driver):
    assert choose_driver(module_seconds(program(shapes, op(name))), threads=2) == driver


def test_one_thread_needs_no_pool():
    assert choose_driver(1.0, threads=1) == "local-sync"
    assert choose_driver(1.0, threads=8) == "local-task"


def test_workers_are_worth_less_work_than_the_pool():
    assert choose_driver(100e-6, threads=2) == "local-sync"
    assert choose_driver(100e-6, threads=2, is_persistent=True) == "local-task"
    assert choose_driver(20e-6, threads=2, is_persistent=True) == "local-task"
    assert choose_driver(10e-6, threads=2, is_persistent=True) == "local-sync"
