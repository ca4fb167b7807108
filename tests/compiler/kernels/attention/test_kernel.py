"""The attention kernels equal softmax(q k^T + mask) v in float64: masks, heads, sizes, levels."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_levels import LEVELS
from sampling import BATCHED

import tessel
from tessel import nn
from tessel.dialects.attention import ScaledDotProductAttention


@dataclass(frozen=True)
class Call:
    """Sizes as in the op: batch, heads, key heads, queries, keys, depth of keys and of values."""

    batch: int
    heads: int
    kv_heads: int
    queries: int
    keys: int
    depth: int
    width: int
    mask: str
    causal: bool

    def arrays(self, seed: int) -> list[np.ndarray]:
        """query, key, value and mask, if there is one."""
        rng = np.random.default_rng(seed)
        shapes = [
            (self.batch, self.heads, self.queries, self.depth),
            (self.batch, self.kv_heads, self.keys, self.depth),
            (self.batch, self.kv_heads, self.keys, self.width),
        ]
        arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        if self.mask == "boolean":
            arrays.append(rng.random((self.batch, 1, self.queries, self.keys)) > 0.4)
        if self.mask == "padding":
            arrays.append(rng.random((self.batch, 1, 1, self.keys)) > 0.4)
        if self.mask == "added":
            arrays.append(
                rng.standard_normal((self.heads, self.queries, self.keys)).astype(np.float32)
            )
        if self.mask == "queries":
            arrays.append(rng.random((self.queries, 1)) > 0.4)
        return arrays

    def apply(self, arrays: Any) -> Any:
        return nn.scaled_dot_product_attention(*arrays, causal=self.causal)


def calls(queries: list[int], keys: list[int]) -> st.SearchStrategy[Call]:
    heads = st.sampled_from([(1, 1), (2, 2), (4, 2), (3, 1)])
    return st.builds(
        lambda batch, pair, *rest: Call(batch, *pair, *rest),
        st.sampled_from([1, 2]),
        heads,
        st.sampled_from(queries),
        st.sampled_from(keys),
        st.sampled_from([1, 16, 17, 40, 64]),
        st.sampled_from([1, 16, 17, 40, 64]),
        st.sampled_from(["none", "boolean", "padding", "added", "queries"]),
        st.booleans(),
    )


KEYS = [1, 5, 63, 64, 65, 130]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("queries", [[1, 2, 3], [9, 16, 17, 33, 64, 65, 100]], ids=["few", "many"])
def test_equals_float64(level: str, queries: list[int]):
    @BATCHED
    @given(st.lists(calls(queries, KEYS), min_size=8, max_size=8))
    def check(cases: list[Call]):
        inputs = [case.arrays(seed) for seed, case in enumerate(cases)]

        def all_calls(inputs):
            return tuple(case.apply(arrays) for case, arrays in zip(cases, inputs))

        compiled = tessel.compile(all_calls, target=level)
        assert compiled.ir("fused", inputs).count('tessel.fusion = "attention"') == len(cases)
        for case, arrays, result in zip(cases, inputs, compiled(inputs)):
            check_close(case, arrays, result)

    check()


@pytest.mark.parametrize("keys", [255, 1100, 2049])
@pytest.mark.parametrize("mask", ["none", "boolean"])
def test_parts_of_keys_are_joined(keys: int, mask: str):
    case = Call(1, 2, 1, 1, keys, 32, 64, mask, causal=False)
    arrays = case.arrays(1)
    compiled = tessel.compile(lambda *arrays: case.apply(arrays))
    assert 'template = "attention_decode"' in compiled.ir("fused", *arrays)
    check_close(case, arrays, compiled(*arrays))


@pytest.mark.parametrize("level", LEVELS)
def test_rows_that_share_keys(level: str):
    """Queries and heads in fours and without, whose values fill registers in one part or more."""
    sizes = [(1, 1, 128), (3, 1, 40), (4, 1, 128), (8, 1, 72), (2, 3, 136), (1, 5, 256)]
    calls = [
        Call(1, heads, 1, queries, 70, 128, width, "none", causal=False)
        for heads, queries, width in sizes
    ]
    inputs = [case.arrays(seed) for seed, case in enumerate(calls)]

    def all_calls(inputs):
        return tuple(case.apply(arrays) for case, arrays in zip(calls, inputs))

    compiled = tessel.compile(all_calls, target=level)
    decoded = compiled.ir("fused", inputs).count('template = "attention_decode"')
    assert decoded == len(calls)
    for case, arrays, result in zip(calls, inputs, compiled(inputs)):
        check_close(case, arrays, result)


@pytest.mark.parametrize(("heads", "asks"), [(4, True), (3, False)])
def test_rows_that_share_keys_ask_for_the_next_block(heads: int, asks: bool):
    case = Call(1, heads, 1, 1, 200, 24, 40, "none", causal=False)
    arrays = case.arrays(2)
    compiled = tessel.compile(lambda *arrays: case.apply(arrays))
    assert ("memref.prefetch" in compiled.ir("linalg", *arrays)) == asks
    check_close(case, arrays, compiled(*arrays))


def test_heads_side_by_side():
    """Projections of a model are read, and results written, in place."""
    rng = np.random.default_rng(2)
    x, y, z = (rng.standard_normal((2, 70, 3, 32)).astype(np.float32) for _ in range(3))

    def attend(x, y, z):
        heads = [one.transpose(0, 2, 1, 3) for one in (x, y, z)]
        return nn.scaled_dot_product_attention(*heads).transpose(0, 2, 1, 3).reshape(2, 70, 96)

    compiled = tessel.compile(attend)
    expected = attend(*(one.astype(np.float64) for one in (x, y, z)))
    np.testing.assert_allclose(compiled(x, y, z), expected, rtol=1e-5, atol=2e-6)
    assert compiled.ir("iree", x, y, z).count("flow.dispatch @") == 1


@pytest.mark.parametrize(
    ("mr", "vectors", "block_keys"), [(8, 3, 32), (6, 4, 48), (12, 1, 96), (4, 6, 64)]
)
def test_configurations_do_not_matter(mr: int, vectors: int, block_keys: int):
    """Blocks of queries may be longer than those of keys, or begin within them."""
    calls = [Call(1, 2, 1, 200, keys, 40, 40, "none", causal=True) for keys in (150, 230)]
    inputs = [case.arrays(seed) for seed, case in enumerate(calls)]

    def all_calls(inputs):
        return tuple(case.apply(arrays) for case, arrays in zip(calls, inputs))

    text = tessel.compile(all_calls).ir("fused", inputs)
    configuration = {"mr": mr, "vectors": vectors, "block_keys": block_keys}
    for name, number in configuration.items():
        text = re.sub(rf"{name} = \d+ : i64", f"{name} = {number} : i64", text)
    results = tessel.compile_ir(text, stage="fused")(*(one for arrays in inputs for one in arrays))
    for case, arrays, result in zip(calls, inputs, results):
        check_close(case, arrays, result)


@pytest.mark.parametrize("queries", [1, 70])
def test_masks_with_the_lowest_number(queries: int):
    """A query whose keys are all masked by finfo.min attends to all alike, as in torch."""
    case = Call(1, 1, 1, queries, 40, 16, 16, "none", causal=False)
    arrays = [*case.arrays(3), np.full((queries, 40), np.finfo(np.float32).min)]
    result = tessel.compile(lambda *arrays: case.apply(arrays))(*arrays)
    expected = np.broadcast_to(arrays[2].mean(axis=2, keepdims=True), result.shape)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("queries", [1, 70])
def test_masks_that_hide_everything(queries: int):
    """A query that may attend to nothing gets zeros."""
    case = Call(1, 1, 1, queries, 40, 16, 16, "none", causal=False)
    arrays = [*case.arrays(3), np.zeros((queries, 40), np.bool_)]
    result = tessel.compile(lambda *arrays: case.apply(arrays))(*arrays)
    assert not result.any()


@pytest.mark.parametrize("queries", [1, 70])
def test_not_a_number_and_large_scores(queries: int):
    """NaN reaches the results of its query; scores of 1e4 do not overflow."""
    case = Call(1, 1, 1, queries, 40, 16, 16, "none", causal=False)
    query, key, value = case.arrays(4)
    query *= 1e4
    query[0, 0, -1, 3] = np.nan
    result = tessel.compile(lambda *arrays: case.apply(arrays))(query, key, value)
    assert np.isnan(result[0, 0, -1]).all()
    assert np.isfinite(result[0, 0, :-1]).all()


def check_close(case: Call, arrays: list[np.ndarray], result: np.ndarray) -> None:
    """Compares with the op's reference on the same numbers in float64."""
    wide = [one if one.dtype == np.bool_ else one.astype(np.float64) for one in arrays]
    mask = wide[3] if len(wide) == 4 else None
    scale = float(1 / np.sqrt(case.depth))
    expected = ScaledDotProductAttention.reference(*wide[:3], mask, case.causal, scale)
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=5e-6, err_msg=str(case))
