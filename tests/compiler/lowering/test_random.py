"""Compiled ops of `dialects/random.py` equal their references, empty ones too."""

import numpy as np
from differential import Case, check_cases

from tessel.dialects.random import RandomBits

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def test_bits_are_those_of_the_reference() -> None:
    """Philox on the device and in NumPy."""
    key = np.array([12345678901234567, 987], np.uint64)
    check_cases(
        [
            Case(RandomBits, [key], {"shape": shape, "dtype": np.dtype(dtype)})
            for shape in ((3, 5), (), (0, 2))
            for dtype in ("uint32", "uint64")
        ]
    )
