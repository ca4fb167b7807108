"""The kernel for AMX equals float64 with its instructions in loops; LLVM emits them as they are."""

import re
from typing import Any

import numpy as np
import pytest
from kernel_levels import HAS_BFLOAT16_DOT

import tessel
from tessel.compiler.backend_stages import later_stage
from tessel.compiler.compile_ir import parse_module
from tessel.compiler.driver import run_until
from tessel.compiler.frontend.tracing.traced_value import INLINE_LIMIT
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.types import bfloat16

INSTRUCTIONS = {bfloat16: "tdpbf16ps", np.float16: "tdpfp16ps", np.uint8: "tdpbusd"}

SHAPES = [
    (16, 16, 16), (16, 36, 64), (17, 70, 33), (31, 64, 8), (32, 32, 32), (33, 101, 129),
    (47, 48, 100), (64, 65, 31), (70, 70, 100), (97, 40, 48), (140, 64, 40), (150, 33, 70),
    (16, 4, 9), (19, 7, 61), (23, 129, 17), (37, 31, 32), (48, 96, 96), (65, 17, 65),
    (113, 5, 130), (131, 67, 11),
]  # fmt: skip
"""Rows, depth and width: whole tiles, and tails of each."""


@pytest.mark.parametrize("dtype", [bfloat16, np.float16, np.uint8, np.int8])
def test_equals_a_product_in_float64(dtype: Any) -> None:
    if dtype == bfloat16 and not HAS_BFLOAT16_DOT:
        pytest.skip("the epilogue rounds by an instruction that is not here")
    inputs, weights, text = _products(dtype)
    emulated = text.replace("attributes {", "attributes {tessel.emulate_amx, ", 1)
    keys = re.findall(r'key = "(p\d+)"', text)
    large = [one for one in weights if one.nbytes > INLINE_LIMIT]
    parameters = dict(zip(keys, large, strict=True))
    compiled = tessel.compile_ir(emulated, stage="trace", parameters=parameters)
    for x, w, result in zip(inputs, weights, compiled(*inputs), strict=True):
        expected = np.maximum(x.astype(np.float64) @ w.astype(np.float64), 0)
        if dtype in (np.uint8, np.int8):
            np.testing.assert_array_equal(result, expected)
        else:
            digits = 2.0**-8 if dtype == bfloat16 else 2.0**-11
            made = result.astype(np.float64)
            np.testing.assert_allclose(made, expected, rtol=digits, atol=2e-5 * expected.max())


@pytest.mark.parametrize("dtype", INSTRUCTIONS)
def test_tiles_are_configured_once_and_not_spilled(dtype: Any) -> None:
    """Of 2 x 2 sums: 4 loads, 4 products and 4 stores for each width of panels."""
    _, _, text = _products(dtype, [(64, 128, 64)])
    target = resolve_target("graniterapids", 2, here=False)
    module = parse_module(text)
    run_until(module, "linalg", target)
    assembly = later_stage(str(module).encode(), target, "asm")
    counts = {"ldtilecfg": 1, "tileloadd": 4, INSTRUCTIONS[dtype]: 4, "tilestored": 4}
    assert {name: assembly.count(f"\t{name}\t") for name in counts} == counts


def test_few_rows_and_other_processors_have_no_tiles() -> None:
    """Below 16 rows the dot products of vectors; float16 on Sapphire Rapids as float32."""
    for dtype, rows, processor in (
        (bfloat16, 15, "sapphirerapids"),
        (np.float16, 64, "sapphirerapids"),
        (np.uint8, 64, "icelake-server"),
    ):
        _, _, text = _products(dtype, [(rows, 64, 64)], processor)
        module = parse_module(text)
        run_until(module, "fused", resolve_target(processor, 2, here=False))
        assert 'template = "gemm"' in str(module)


def _products(
    dtype: Any, shapes: list[tuple[int, int, int]] = SHAPES, processor: str = "graniterapids"
) -> tuple[list[np.ndarray], list[np.ndarray], str]:
    """Rows, weights, and a program of their products for a processor."""
    rng = np.random.default_rng(0)
    integers = np.dtype(dtype).kind in "iu"

    def drawn(kind: Any, *shape: int) -> np.ndarray:
        if not integers:
            return rng.standard_normal(shape).astype(kind)
        limits = np.iinfo(kind)
        return rng.integers(limits.min, limits.max + 1, shape).astype(kind)

    inputs = [drawn(dtype, rows, depth) for rows, depth, _ in shapes]
    kind = np.int8 if integers else dtype
    weights = [drawn(kind, depth, width) for _, depth, width in shapes]

    def products(inputs):
        made = [
            np.matmul(x, w, dtype=np.int32) if integers else x @ w for x, w in zip(inputs, weights)
        ]
        return [np.maximum(one, 0) for one in made]

    text = tessel.compile(products).ir("trace", inputs)
    head = f'module attributes {{tessel.processor = "{processor}", tessel.threads = 2 : i64}} {{'
    return inputs, weights, text.replace("module {", head, 1)
