"""The kernel that looks at indices which IREE's kernels use."""

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("count", [1, 255, 256, 4097])
def test_rows_and_columns(level: str, count: int) -> None:
    x, i = RNG.random((20, 30)), RNG.integers(-20, 20, count).astype(np.int32)
    compiled = tessel.compile(lambda x, i: (x[i], x[:, i]), target=level)
    text = compiled.ir("fused", x, i)
    assert text.count('template = "check_indices"') == 2
    for got, want in zip(compiled(x, i), (x[i], x[:, i]), strict=True):
        np.testing.assert_array_equal(got, want)
    for wrong, axis, size in ((20, 0, 20), (-21, 0, 20)):
        bad = i.copy()
        bad[-1] = wrong
        with pytest.raises(IndexError, match=f"index {wrong} .* axis {axis} with size {size}"):
            compiled(x, bad)


@pytest.mark.parametrize("level", LEVELS)
def test_indices_that_do_not_count_from_the_back(level: str) -> None:
    """`bincount` takes no negative numbers."""
    compiled = tessel.compile(lambda n: np.bincount(n, minlength=50), target=level, dynamic=True)
    n = RNG.integers(0, 50, 900)
    np.testing.assert_array_equal(compiled(n), np.bincount(n, minlength=50))
    n[[0, 512, 899]] = -1
    with pytest.raises(ValueError, match=r"negative|non-negative"):
        compiled(n)


@pytest.mark.parametrize("block", [100, 1 << 20])
def test_blocks_that_do_not_fit(block: int) -> None:
    """Are refused: no whole vectors, and more than the stack."""
    x, i = RNG.random(20), RNG.integers(0, 20, 900)
    text = tessel.compile(lambda x, i: x[i]).ir("fused", x, i)
    assert "block = 256" in text
    with pytest.raises(tessel.TesselError, match=f"blocks of {block} indices are"):
        tessel.compile_ir(text.replace("block = 256", f"block = {block}"), stage="fused")
