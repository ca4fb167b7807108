"""The GEMM kernel equals the product in float64, for tails, epilogues, blocks and levels."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_levels import LEVELS, needs_bfloat16_dot
from sampling import BATCHED

import tessel
from tessel import nn
from tessel.dialects.types import bfloat16

EPILOGUES: dict[str, Callable[..., Any]] = {
    "none": lambda y, row, column, matrix: y,
    "row": lambda y, row, column, matrix: y + row,
    "column": lambda y, row, column, matrix: y * column - 1.0,
    "matrix": lambda y, row, column, matrix: nn.relu(y + row) + matrix,
    "reused": lambda y, row, column, matrix: y * np.tanh(y / 8) - y,
    "gelu": lambda y, row, column, matrix: nn.gelu(y + row),
    "selected": lambda y, row, column, matrix: np.maximum(y, matrix) / (1 + np.exp(-matrix)),
}


@dataclass(frozen=True)
class Product:
    """[..., rows, depth] x [depth, width], and what follows it."""

    leading: tuple[int, ...]
    depth: int
    width: int
    epilogue: str

    def arrays(self, seed: int) -> list[np.ndarray]:
        """lhs, rhs, and what the epilogue reads."""
        rng = np.random.default_rng(seed)
        shapes = [(*self.leading, self.depth), (self.depth, self.width), (self.width,)]
        shapes += [(*self.leading, 1), (*self.leading, self.width)]
        return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


SMALL = st.sampled_from([1, 2, 3, 5, 6, 7, 11, 12, 13, 24, 31])
PRODUCTS = st.builds(
    Product,
    st.one_of(SMALL.map(lambda rows: (rows,)), st.tuples(st.sampled_from([1, 2, 3]), SMALL)),
    st.sampled_from([4, 5, 17, 64, 101]),
    st.sampled_from([8, 15, 16, 17, 61, 64, 65, 128, 130]),
    st.sampled_from(sorted(EPILOGUES)),
)


@pytest.mark.parametrize("level", LEVELS)
def test_equals_a_product_in_float64(level: str):
    @BATCHED
    @given(st.lists(PRODUCTS, min_size=10, max_size=12))
    def check(products: list[Product]):
        cases = [(one, one.arrays(seed)) for seed, one in enumerate(products)]

        def all_products(inputs):
            results = []
            for (product, arrays), (lhs, row, column, matrix) in zip(cases, inputs):
                y = lhs @ arrays[1]
                results.append(EPILOGUES[product.epilogue](y, row, column, matrix))
            return tuple(results)

        compiled = tessel.compile(all_products, target=level)
        inputs = [[arrays[0], *arrays[2:]] for _, arrays in cases]
        assert compiled.ir("fused", inputs).count('template = "gemm"') == len(cases)
        for (product, arrays), result in zip(cases, compiled(inputs)):
            _check(product, arrays, result)

    check()


def test_blocks_of_rows_and_panels():
    """Shapes with several blocks of rows, the last one shorter."""
    for leading, width in (((135,), 200), ((400,), 64), ((2, 133), 70)):
        product = Product(leading, 33, width, "matrix")
        arrays = product.arrays(7)
        _check(product, arrays, _compiled(product, arrays)(arrays[0], *arrays[2:]))


@pytest.mark.parametrize("rows", [1, 8, 50])
def test_depth_in_parts(rows: int):
    """Sums pass through memory between parts of K, whole or not."""
    product = Product((rows,), 100, 72, "gelu")
    arrays = product.arrays(3)
    text = _compiled(product, arrays).ir("fused", arrays[0], *arrays[2:])
    for part in (10, 32, 99):
        edited = re.sub(r"block_k = \d+", f"block_k = {part}", text)
        assert edited != text
        again = tessel.compile_ir(edited, stage="fused", parameters=_parameters(text, arrays[1]))
        # The traced function uses no column and no matrix.
        _check(product, arrays, again(*arrays[:1], *arrays[2:]))


@pytest.mark.parametrize(("rows", "asks"), [(8, True), (4, False)])
def test_rows_that_read_a_panel_twice_ask_for_its_next_part(rows: int, asks: bool):
    product = Product((rows,), 1100, 72, "none")
    arrays = product.arrays(4)
    compiled = _compiled(product, arrays)
    inputs = arrays[0], *arrays[2:]
    assert ("memref.prefetch" in compiled.ir("linalg", *inputs)) == asks
    _check(product, arrays, compiled(*inputs))


def test_dynamic_rows():
    product = Product((1,), 40, 100, "row")
    _, rhs, row, _, _ = product.arrays(5)
    compiled = tessel.compile(lambda x: x @ rhs + row, dynamic=True)
    rng = np.random.default_rng(6)
    assert 'template = "gemm"' in compiled.ir("fused", rng.random((3, 40), np.float32))
    for rows in (1, 2, 5, 6, 7, 11, 12, 95, 96, 97, 101, 200):
        x = rng.standard_normal((rows, 40)).astype(np.float32)
        expected = x.astype(np.float64) @ rhs.astype(np.float64) + row
        np.testing.assert_allclose(compiled(x), expected, rtol=1e-5, atol=1e-4)
    assert compiled.stats.compiles == 1


@pytest.mark.parametrize("level", LEVELS)
def test_a_matrix_that_is_read_as_it_lies(level: str):
    """Too few rows to pack it; with tails, epilogues and dynamic rows."""
    rng = np.random.default_rng(8)
    sizes = [
        (1, 33, 50),
        (2, 17, 400),
        (5, 64, 61),
        (7, 20, 130),
        (40, 33, 17),
        (100, 5, 8),
        (8, 700, 65),
    ]
    pairs = [
        [rng.standard_normal(shape).astype(np.float32) for shape in ((m, k), (k, n))]
        for m, k, n in sizes
    ]

    def products(pairs):
        return [nn.gelu(x @ w + w[0]) for x, w in pairs]

    compiled = tessel.compile(products, target=level)
    assert compiled.ir("fused", pairs).count("layout=plain") == len(pairs)
    for (x, w), result in zip(pairs, compiled(pairs), strict=True):
        wide = x.astype(np.float64), w.astype(np.float64)
        np.testing.assert_allclose(result, products([wide])[0], rtol=2e-5, atol=1e-4)


def test_a_matrix_that_is_an_argument():
    """Packed when running, for enough rows."""
    rng = np.random.default_rng(8)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in ((130, 33), (33, 50)))
    compiled = tessel.compile(lambda x, w: x @ w)
    assert "packed_matmul" in compiled.ir("fused", x, w)
    np.testing.assert_allclose(compiled(x, w), x.astype(np.float64) @ w, rtol=1e-5, atol=1e-4)


@needs_bfloat16_dot
@pytest.mark.parametrize("rows", [1, 7, 40, 140])
def test_pairs_of_bfloat16(rows: int):
    """Summed in float32 and rounded once, also through an epilogue and odd widths."""
    rng = np.random.default_rng(9)
    shapes = [(rows, 100), (100, 130), (130,), (rows, 130)]
    x, w, b, r = (rng.standard_normal(shape).astype(bfloat16) for shape in shapes)
    compiled = tessel.compile(lambda x, r: nn.relu(x @ w + b) + r)
    assert "kr = 2" in compiled.ir("fused", x, r)
    result = compiled(x, r)
    assert result.dtype == bfloat16
    wide_x, wide_w, wide_b, wide_r = (one.astype(np.float64) for one in (x, w, b, r))
    expected = np.maximum(wide_x @ wide_w + wide_b, 0) + wide_r
    # Half an ulp of 8 bits, and the sums' own errors.
    np.testing.assert_allclose(result.astype(np.float64), expected, rtol=2.0**-8, atol=1e-4)


def test_not_a_number_passes():
    """A row with NaN gives NaN, and no other row does."""
    x = np.ones((9, 16), np.float32)
    x[4, 3] = np.nan
    w = np.ones((16, 20), np.float32)
    result = tessel.compile(lambda x: x @ w)(x)
    assert np.isnan(result[4]).all()
    assert (np.delete(result, 4, axis=0) == 16).all()


def _compiled(product: Product, arrays: list[np.ndarray]) -> Any:
    function = EPILOGUES[product.epilogue]

    def apply(lhs, row, column, matrix):
        return function(lhs @ arrays[1], row, column, matrix)

    return tessel.compile(apply)


def _parameters(text: str, rhs: np.ndarray) -> dict[str, np.ndarray]:
    (key,) = {key for key in re.findall(r'key = "(\w+)"', text) if not key.startswith("folded_")}
    return {key: rhs}


def _check(product: Product, arrays: list[np.ndarray], result: np.ndarray) -> None:
    lhs, rhs, *others = (array.astype(np.float64) for array in arrays)
    function = EPILOGUES[product.epilogue]
    expected = np.asarray(function(lhs @ rhs, *others))
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=1e-4, err_msg=str(product))
