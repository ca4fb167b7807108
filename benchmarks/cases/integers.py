"""Matrix products of integers, and with weights of fewer bits than the rows."""

import importlib
from typing import Any

import numpy as np

import tessel.numpy as tnp
from benchmarks.case import Case, normal
from benchmarks.cases.products import SHAPES


def int8_cases() -> list[Case]:
    """The same products of uint8 or int8 with int8, exact in int32."""
    return [
        _int8_case(np.uint8 if rows != 512 else np.int8, rows, depth, width)
        for rows, depth, width in SHAPES
    ]


def narrow_cases() -> list[Case]:
    """Few rows of float32 with weights of int8, scaled, or of float16: the bytes are the time."""
    return [
        _narrow_case(dtype, rows, depth, width)
        for dtype in (np.int8, np.float16)
        for rows, depth, width in ((1, 4096, 4096), (4, 4096, 4096), (1, 4096, 11008))
    ]


def _int8_case(dtype: type, rows: int, depth: int, width: int) -> Case:
    rng, limits = np.random.default_rng(depth), np.iinfo(dtype)
    weight = rng.integers(-128, 128, (depth, width)).astype(np.int8)
    return Case(
        "int8",
        f"{rows}x{depth}x{width} {np.dtype(dtype).name}",
        [rng.integers(limits.min, limits.max + 1, (rows, depth)).astype(dtype)],
        lambda x: np.matmul(x, weight, dtype=np.int32),
        lambda: _int8_module(weight),
        "int8",
        flops=2.0 * rows * depth * width,
        jax=lambda x: _jax_int32(x, weight),
        onnx=lambda: _matmul_integer(dtype, (rows, depth), weight),
        tolerance=0.0,
    )


def _narrow_case(dtype: type, rows: int, depth: int, width: int) -> Case:
    scale = np.random.default_rng(width).uniform(1e-4, 2e-4, width).astype(np.float32)
    weight = (normal(depth, width) * (40 if dtype is np.int8 else 1)).astype(dtype)
    return Case(
        "narrow",
        f"{rows}x{depth}x{width} {np.dtype(dtype).name}",
        [normal(rows, depth)],
        lambda x: x @ (tnp.asarray(weight).astype(np.float32) * scale),
        lambda: _narrow_module(weight, scale),
        "read",
        bytes=float(weight.nbytes + 4 * rows * (depth + width)),
        jax=lambda x: x @ weight.astype(np.float32) * scale,
    )


def _narrow_module(weight: np.ndarray, scale: np.ndarray) -> Any:
    torch = importlib.import_module("torch")

    class Product(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("weight", torch.from_numpy(weight))
            self.register_buffer("scale", torch.from_numpy(scale))

        def forward(self, x):
            return x @ (self.weight.to(x.dtype) * self.scale)

    return Product()


def _int8_module(weight: np.ndarray) -> Any:
    torch = importlib.import_module("torch")

    class Product(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("weight", torch.from_numpy(weight))

        def forward(self, x):
            return torch._int_mm(x, self.weight)

    return Product()


def _jax_int32(x: Any, weight: np.ndarray) -> Any:
    numpy = importlib.import_module("jax.numpy")
    return numpy.matmul(x, weight, preferred_element_type=numpy.int32)


def _matmul_integer(dtype: type, shape: tuple[int, int], weight: np.ndarray) -> bytes:
    """A model of one `MatMulInteger`."""
    onnx = importlib.import_module("onnx")
    helper, result = onnx.helper, (shape[0], weight.shape[1])
    numbers = helper.np_dtype_to_tensor_dtype
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", numbers(np.dtype(dtype)), shape)],
        [helper.make_tensor_value_info("y", numbers(np.dtype(np.int32)), result)],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    opset = helper.make_opsetid("", 18)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    return model.SerializeToString()
