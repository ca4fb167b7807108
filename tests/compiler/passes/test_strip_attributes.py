"""What passes read of a module is gone where IREE begins."""

import numpy as np

import tessel


def test_linalg_says_nothing_of_tessel() -> None:
    """For kernels, and for programs with checks."""
    traced = tessel.compile(lambda x, i: np.maximum(x @ x, 0)[i]).trace(
        np.ones((64, 64), np.float32), np.zeros(3, np.int64)
    )
    before = traced.as_text("fused")
    assert "tessel.processor" in before
    assert "tessel.failure" in before
    assert "tessel." not in traced.as_text("linalg")
