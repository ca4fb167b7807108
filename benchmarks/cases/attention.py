"""Attention of static sizes: plain, masked, causal, shared key heads, of bfloat16; and decoding."""

import importlib
from dataclasses import replace
from typing import Any

from benchmarks.case import Case, normal
from tessel import nn
from tessel.dialects.types import bfloat16

_PLAIN = [(12, 128, 64), (16, 512, 32), (12, 512, 64), (8, 1024, 128), (1, 4096, 64)]
_VARIANTS = ["causal", "boolean", "added", "shared"]
_BFLOAT16 = [(12, 512, 64, "plain"), (8, 1024, 128, "plain"), (8, 1024, 128, "causal")]
_DECODE = [(12, 12, 64), (16, 16, 128), (32, 8, 128), (1, 1, 64)]


def attention_cases() -> list[Case]:
    """Each shape plain, and one of them with each variant."""
    plain = [_case(*shape, variant="plain") for shape in _PLAIN]
    causal = [_case(12, 512, 64, variant=one) for one in _VARIANTS]
    return [*plain, *causal, _case(1, 4096, 64, variant="causal")]


def bfloat16_attention_cases() -> list[Case]:
    """The same in bfloat16, whose limit is about twice that of float32."""
    return [_in_bfloat16(_case(*shape)) for shape in _BFLOAT16]


def decode_cases() -> list[Case]:
    """One query and 4096 keys: heads, key heads, depth."""
    return [_decode(*shape) for shape in _DECODE]


def _case(heads: int, length: int, depth: int, variant: str) -> Case:
    shared = heads // 4 if variant == "shared" else heads
    inputs = [normal(1, heads, length, depth, seed=1)]
    inputs += [normal(1, shared, length, depth, seed=seed) for seed in (2, 3)]
    if variant == "boolean":
        inputs.append(normal(1, 1, length, length) > -1)
    if variant == "added":
        inputs.append(normal(1, 1, length, length))
    causal = variant == "causal"
    return Case(
        "attention",
        f"{heads}x{length}x{depth} {variant}",
        inputs,
        lambda *arrays: nn.scaled_dot_product_attention(*arrays, causal=causal),
        lambda: _module(causal=causal, shared=shared != heads),
        "fma",
        flops=4.0 * heads * length * length * depth * (0.5 if causal else 1),
    )


def _in_bfloat16(case: Case) -> Case:
    inputs = [one.astype(bfloat16) for one in case.inputs]
    # Half an ulp of 8 bits, for weights and for results.
    return replace(case, group="attention16", inputs=inputs, limit="bfloat16", tolerance=2.0**-8)


def _decode(heads: int, shared: int, depth: int) -> Case:
    inputs = [normal(1, heads, 1, depth)]
    inputs += [normal(1, shared, 4096, depth, seed=seed) for seed in (1, 2)]
    return Case(
        "decode",
        f"{heads}({shared})x4096x{depth}",
        inputs,
        nn.scaled_dot_product_attention,
        lambda: _module(causal=False, shared=shared != heads),
        "read",
        bytes=float(sum(array.nbytes for array in inputs)),
    )


def _module(*, causal: bool, shared: bool) -> Any:
    torch = importlib.import_module("torch")

    class Attention(torch.nn.Module):
        def forward(self, query, key, value, mask=None):
            if shared:
                key, value = (
                    one.repeat_interleave(query.shape[1] // one.shape[1], 1) for one in (key, value)
                )
            return torch.nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, is_causal=causal
            )

    return Attention()
