"""Random operands for tests of ops: every dtype, sizes 0, 1 and primes, any memory layout."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType, is_bool, is_complex, is_float

FLOATS = [dtype for dtype in SUPPORTED_DTYPES if is_float(dtype)]
SIZES = st.sampled_from([0, 1, 2, 3, 5, 7, 13])
POSITIVE_SIZES = st.sampled_from([1, 2, 3, 5, 7, 13])

BATCHED = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    # One program holds all cases of an example: shrinking would compile for minutes.
    phases=[Phase.generate],
    # An example is a whole program of many cases, and is drawn as one.
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
)
"""For tests whose examples are programs of many cases: a compilation costs far more than a case."""


def sample(draw: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A random array of `shape`: contiguous, transposed in memory, or every other element."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layout = draw(st.sampled_from(["contiguous", "transposed", "strided"]))
    if layout == "transposed":
        return random_array(rng, shape[::-1], dtype).T
    if layout == "strided" and shape:
        return random_array(rng, (*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]
    return random_array(rng, shape, dtype)


def random_array(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Standard normal numbers, or integers of the whole range of `dtype`."""
    if is_bool(dtype):
        return rng.random(shape) < 0.4
    if is_float(dtype):
        return rng.normal(size=shape).astype(dtype)
    if is_complex(dtype):
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def array_type(dtype: str, *shape: int | None) -> ArrayType:
    """An array type by its dtype's name."""
    return ArrayType(np.dtype(dtype), shape)


def violates(op: type[TesselOp], constraint: str, *types: Any, **attributes: Any) -> None:
    """Asserts that building `op` with these types breaks exactly the numbered constraint."""
    with pytest.raises(ConstraintError) as caught:
        op.infer_types(*types, **attributes)
    assert caught.value.constraint == constraint
    assert str(caught.value).startswith(f"{op.short_name()}: ")
