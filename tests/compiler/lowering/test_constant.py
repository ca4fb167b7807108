"""Constants and parameters of every dtype reach the program unchanged."""

import numpy as np

import tessel
from tessel.dialects.types import SUPPORTED_DTYPES, is_complex


def test_parameters_of_all_dtypes() -> None:
    """Closed-over arrays, small ones (written in the IR) and large ones (parameters)."""
    rng = np.random.default_rng(0)
    arrays = []
    for dtype in SUPPORTED_DTYPES:
        for size in (3, 700):
            numbers = rng.integers(0, 2 if dtype == np.bool_ else 100, (2, size))
            array = numbers.astype(dtype)
            arrays.append(array + array.dtype.type(1j) * array if is_complex(dtype) else array)

    def reversed_rows():
        return [array[::-1] for array in arrays]

    for result, array in zip(tessel.compile(reversed_rows)(), arrays, strict=True):
        assert result.dtype == array.dtype
        np.testing.assert_array_equal(result, array[::-1])
