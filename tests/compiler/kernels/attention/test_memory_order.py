"""Attention of arrays whose dimensions have any order in memory, for few and many queries."""

from itertools import permutations

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel import nn

ORDERS = list(permutations(range(4)))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("queries", [3, 18])
def test_any_order_of_operands_and_results(level: str, queries: int):
    rng = np.random.default_rng(queries)
    shapes = [(1, 2, queries, 20), (1, 2, 21, 20), (1, 2, 21, 12)]
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    chosen = [[ORDERS[i] for i in rng.integers(0, len(ORDERS), 4)] for _ in range(12)]

    def attend(stored):
        results = []
        for operands, orders in zip(stored, chosen):
            heads = [np.transpose(one, np.argsort(order)) for one, order in zip(operands, orders)]
            attended = nn.scaled_dot_product_attention(*heads)
            results.append(np.transpose(attended, orders[3]))
        return tuple(results)

    stored = [
        [np.ascontiguousarray(np.transpose(one, order)) for one, order in zip(arrays, orders)]
        for orders in chosen
    ]
    expected = nn.scaled_dot_product_attention(*(one.astype(np.float64) for one in arrays))
    results = tessel.compile(attend, target=level)(stored)
    for result, orders in zip(results, chosen):
        np.testing.assert_allclose(
            result, np.transpose(expected, orders[3]), rtol=2e-5, atol=2e-6, err_msg=str(orders)
        )


@pytest.mark.parametrize("queries", [1, 8, 9])
def test_keys_that_are_multiplied_as_they_are_stored(queries: int):
    """softmax(q @ keys) @ v with keys [D, T]."""
    rng = np.random.default_rng(0)
    q, keys, v = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in [(2, 3, queries, 16), (2, 3, 16, 37), (2, 3, 37, 8)]
    )

    def attend(q, keys, v):
        scores = q @ keys / 4
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        return weights / weights.sum(-1, keepdims=True) @ v

    expected = attend(*(one.astype(np.float64) for one in (q, keys, v)))
    compiled = tessel.compile(attend)
    np.testing.assert_allclose(compiled(q, keys, v), expected, rtol=2e-5, atol=2e-6)
    assert compiled.ir("fused", q, keys, v).count('tessel.fusion = "attention"') == 1


@pytest.mark.parametrize("operand", ["query", "key"])
def test_an_edited_fusion_is_refused_where_its_kernel_cannot_read(operand: str):
    template = "attention" if operand == "query" else "attention_decode"
    with pytest.raises(tessel.TesselError, match=f"do not fit the kernel '{template}'"):
        tessel.compile_ir(
            _edited(operand, f'tessel.kernel = {{template = "{template}"}},'), stage="fused"
        )


@pytest.mark.parametrize("operand", ["query", "key"])
def test_an_edited_fusion_finds_a_kernel_that_can_read_it(operand: str):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((1, 1, 4, 4)).astype(np.float32) for _ in range(2))
    q, k = (x.swapaxes(2, 3), y) if operand == "query" else (y, x.swapaxes(2, 3))
    expected = nn.scaled_dot_product_attention(q, k, y, scale=0.5)
    result = tessel.compile_ir(_edited(operand, ""), stage="dialect")(x, y)
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=2e-6)


def test_an_edited_fusion_without_a_kernel_is_refused():
    with pytest.raises(tessel.TesselError, match="kind 'attention' names no kernel"):
        tessel.compile_ir(_edited("key", ""), stage="fused")


def _edited(operand: str, kernel: str) -> str:
    """A person has moved a transposition of the last dimension into the fusion."""
    q, k = ("%t", "%y") if operand == "query" else ("%y", "%t")
    array = "tensor<1x1x4x4xf32>"
    return f"""
    func.func @main(%x: {array}, %y: {array}) -> {array} {{
      %0 = scf.execute_region -> {array} no_inline {{
        %t = "tessel.transpose"(%x) {{permutation = array<i64: 0, 1, 3, 2>}} : ({array}) -> {array}
        %a = "tessel.scaled_dot_product_attention"({q}, {k}, %y) {{causal = false,
          scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>}}
          : ({array}, {array}, {array}) -> {array}
        scf.yield %a : {array}
      }} {{{kernel} tessel.fusion = "attention"}}
      return %0 : {array}
    }}"""
