"""`tessel-split-reductions` keeps results, and twice is once."""

import numpy as np
import pytest
from pass_programs import program_tests

import tessel

FIRST = ["tessel-decompose", "cse"]
PASSES = ["tessel-split-reductions"]


test_keeps_results, test_twice_is_once = program_tests(FIRST, PASSES)


@pytest.mark.parametrize("name", ["sum", "max", "min"])
def test_long_rows(name: str) -> None:
    """Of everything, and of a few rows: two kernels each."""
    x = np.random.default_rng(0).standard_normal((300, 512)).astype(np.float32)
    reduce = getattr(np, name)
    compiled = tessel.compile(lambda x, y: (reduce(x), reduce(y, axis=1)))
    y = x.reshape(2, -1)
    whole, rows = compiled(x, y)
    assert compiled.ir("fused", x, y).count('template = "rows"') == 4
    np.testing.assert_allclose(whole, reduce(x.astype(np.float64)), rtol=1e-5, atol=2e-3)
    np.testing.assert_allclose(rows, reduce(y.astype(np.float64), axis=1), rtol=1e-5, atol=2e-3)
