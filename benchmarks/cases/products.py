"""Matrix products with constant weights."""

import importlib
from typing import Any

import numpy as np

from benchmarks.case import Case, normal
from tessel.dialects.types import bfloat16

SHAPES = [(1024, 1024, 1024), (4096, 1024, 1024)]
SHAPES += [(m, k, n) for m in (128, 512) for k in (768, 3072) for n in (768, 3072)]
_SKINNY = [(m, k, n) for k, n in ((4096, 4096), (768, 3072)) for m in (1, 2, 4, 8)]


def product_cases() -> list[Case]:
    """The shapes of a BERT's layers, and two squares."""
    return [_case("gemm", *shape, limit="fma") for shape in SHAPES]


def skinny_cases() -> list[Case]:
    """One to eight rows: the weights are read once, and that is the time."""
    return [_case("skinny", *shape, limit="read") for shape in _SKINNY]


def bfloat16_cases() -> list[Case]:
    """The same products of bfloat16, summed in float32."""
    cases = []
    for rows, depth, width in SHAPES:
        weight = normal(depth, width, scale=depth**-0.5).astype(bfloat16)
        cases.append(
            Case(
                "bfloat16",
                f"{rows}x{depth}x{width}",
                [normal(rows, depth).astype(bfloat16)],
                lambda x, weight=weight: x @ weight,
                lambda weight=weight: _linear(weight.astype(np.float32), None),
                "bfloat16",
                flops=2.0 * rows * depth * width,
                tolerance=4e-3,
            )
        )
    return cases


def _case(group: str, rows: int, depth: int, width: int, limit: str) -> Case:
    weight, bias = normal(depth, width, scale=depth**-0.5), normal(width)

    def product(x):
        return x @ weight + bias

    return Case(
        group,
        f"{rows}x{depth}x{width}",
        [normal(rows, depth)],
        product,
        lambda: _linear(weight, bias),
        limit,
        flops=2.0 * rows * depth * width,
        bytes=4.0 * (depth * width + rows * (depth + width)),
        jax=product,
    )


def _linear(weight: np.ndarray, bias: np.ndarray | None) -> Any:
    torch = importlib.import_module("torch")
    module = torch.nn.Linear(*weight.shape, bias=bias is not None)
    module.weight.data = torch.from_numpy(np.ascontiguousarray(weight.T))
    if bias is not None:
        module.bias.data = torch.from_numpy(bias.copy())
    return module
