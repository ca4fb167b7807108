"""Kernels in vectors of four, as for aarch64: right when run here, multiply-adds when run there."""

import re
from typing import Any

import numpy as np
import pytest

import tessel
from tessel import nn
from tessel.compiler.backend_stages import later_stage
from tessel.compiler.compile_ir import parse_module
from tessel.compiler.driver import run_until
from tessel.compiler.targets.registry import resolve_target

PROCESSOR = "neoverse-v1"
TEMPLATES = (
    "gemm convolution depthwise depthwise_nchw attention attention_decode rows arg_reduction"
    " transpose winograd winograd_input pool".split()
)


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


WEIGHT, BIAS, FILTERS, EACH, WIDE = arrays(
    (65, 70), (70,), (24, 16, 3, 3), (16, 1, 3, 3), (34, 32, 3, 3)
)


def program(x: Any, image: Any, wide: Any, query: Any) -> tuple[Any, ...]:
    """One use of each template."""
    return (
        nn.gelu(x @ WEIGHT + BIAS),
        nn.conv(image, FILTERS, padding=1),
        nn.conv(image, EACH, padding=1, groups=16),
        nn.conv(nn.conv(image, FILTERS[:16], padding=1), EACH, padding=1, groups=16),
        nn.max_pool(nn.conv(wide, WIDE, padding=1), 3, stride=2, padding=1),
        nn.scaled_dot_product_attention(query, query, query, causal=True),
        nn.scaled_dot_product_attention(query[:, :, :1], query, query),
        nn.softmax(x, axis=-1),
        np.argmax(x, axis=-1),
    )


INPUTS = arrays((33, 65), (1, 16, 9, 11), (1, 32, 9, 11), (1, 2, 45, 24))


@pytest.fixture(scope="module")
def text() -> str:
    """The traced program, for the processor."""
    traced = tessel.compile(program).ir("trace", *INPUTS)
    head = f'module attributes {{tessel.processor = "{PROCESSOR}", tessel.threads = 2 : i64}} {{'
    return traced.replace("module {", head, 1)


def test_equals_float64(text: str) -> None:
    """The code is for this machine, and its vectors are those of the other."""
    weights = [WEIGHT, FILTERS, FILTERS[:16], WIDE]
    keys = re.findall(r'key = "(p\d+)"', text)
    parameters = dict(zip(keys, weights, strict=True))
    compiled = tessel.compile_ir(text, stage="trace", parameters=parameters)
    expected = program(*[one.astype(np.float64) for one in INPUTS])
    for result, wanted in zip(compiled(*INPUTS), expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=2e-5, atol=1e-4)


def test_compiles_to_multiply_adds_by_element(text: str) -> None:
    module, target = parse_module(text), resolve_target(PROCESSOR, 2, here=False)
    run_until(module, "fused", target)
    assert set(re.findall(r'template = "(\w+)"', str(module))) == set(TEMPLATES)
    run_until(module, "linalg", target, begin="fused")
    assembly = later_stage(str(module).encode(), target, "asm")
    assert assembly.count(".s[0]") > 24
