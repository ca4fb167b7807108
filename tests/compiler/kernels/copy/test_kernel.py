"""Kernels that move matrices put every element where it belongs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_levels import LEVELS

import tessel
from tessel.compiler.compile_ir import parse_module
from tessel.compiler.driver import compile_module
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.packing import PackMatrix

SIZES = st.sampled_from([1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 131])
PADS = st.tuples(*[st.integers(0, 2)] * 4)


def kernels_in(text: str, template: str) -> int:
    return text.count(f'template = "{template}"')


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=3, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), SIZES, SIZES, SIZES, PADS), min_size=8, max_size=8))
def test_images_with_zeros_around(
    level: str, cases: list[tuple[int, int, int, int, tuple[int, ...]]]
) -> None:
    rng = np.random.default_rng(0)
    images = [rng.standard_normal((n, c, h, w)).astype(np.float32) for n, c, h, w, _ in cases]

    def function(images):
        turned = [np.transpose(one, (0, 2, 3, 1)) for one in images]
        return [
            np.pad(one, ((0, 0), (top, bottom), (left, right), (0, 0)))
            for one, (*_, (top, bottom, left, right)) in zip(turned, cases)
        ]

    compiled = tessel.compile(function, target=level)
    for got, want in zip(compiled(images), function(images), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("width", [1, 30, 64])
def test_few_channels(level: str, width: int) -> None:
    """Several pixels at once, also between zeros where lines are whole vectors."""
    rng = np.random.default_rng(3)
    images = [rng.standard_normal((2, c, 37, width)).astype(np.float32) for c in (1, 2, 3, 4, 5)]

    def function(images):
        turned = [np.transpose(one, (0, 2, 3, 1)) for one in images]
        return [*turned, *(np.pad(one, ((0, 0), (1, 0), (2, 1), (0, 0))) for one in turned)]

    compiled = tessel.compile(function, target=level)
    for got, want in zip(compiled(images), function(images), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "permutation", [(0, 2, 3, 1), (0, 3, 1, 2), (2, 3, 0, 1), (1, 2, 3, 0), (3, 0, 1, 2)]
)
def test_permutations_that_turn_matrices(level: str, permutation: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).standard_normal((2, 19, 5, 40)).astype(np.float32)
    compiled = tessel.compile(lambda x: np.transpose(x, permutation), target=level)
    assert kernels_in(compiled.ir("fused", x), "transpose") == 1
    np.testing.assert_array_equal(compiled(x), np.transpose(x, permutation))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("depth", "width"), [(1, 1), (3, 64), (70, 131), (600, 65)])
def test_panels(level: str, depth: int, width: int) -> None:
    panels = -(-width // 64)
    module = parse_module(f"""
    func.func @main(%x: tensor<{depth}x{width}xf32>) -> tensor<{panels}x{depth}x64xf32> {{
      %0 = "tessel.pack_matrix"(%x) {{nr = 64 : i64, kr = 1 : i64}}
          : (tensor<{depth}x{width}xf32>) -> tensor<{panels}x{depth}x64xf32>
      return %0 : tensor<{panels}x{depth}x64xf32>
    }}""")
    x = np.random.default_rng(2).standard_normal((depth, width)).astype(np.float32)
    executable = compile_module(module, resolve_target(level, threads=2))
    assert executable.binary.persistent is not None
    want = PackMatrix.reference(x, nr=64, kr=1)
    np.testing.assert_array_equal(executable([x])[0], want)
