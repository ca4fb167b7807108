"""Parameters keep their numbers where they are aligned, and are read there."""

import ml_dtypes
import numpy as np
import pytest
from resident_memory import resident_bytes

import tessel
from tessel.runtime.arrays import ALIGNMENT, HUGE_PAGES, address_of, aligned_empty
from tessel.runtime.parameters import align_parameters

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("size", [0, 1, 1000, 3 << 20])
def test_numbers_dtypes_and_shapes_stay(size: int) -> None:
    parameters = {
        "bool": RNG.integers(0, 2, (size,)).astype(bool),
        "bfloat16": RNG.standard_normal((size, 3)).astype(ml_dtypes.bfloat16),
        "scalar": np.array(2.5),
        "turned": RNG.standard_normal((3, size)).astype(np.float32).T,
        "every other": np.arange(2 * size)[::2],
    }
    aligned = align_parameters(parameters)
    assert list(aligned) == list(parameters)
    for key, array in aligned.items():
        assert array.dtype == parameters[key].dtype
        assert address_of(array) % ALIGNMENT == 0
        np.testing.assert_array_equal(array, parameters[key])
    assert align_parameters({}) == {}


def test_large_arrays_that_lie_well_stay_where_they_are() -> None:
    well = aligned_empty((HUGE_PAGES,), np.dtype(np.uint8))
    aligned = align_parameters({"well": well, "small": well[:64], "off": well[1:]})
    assert aligned["well"] is well
    assert not np.shares_memory(aligned["small"], well)
    assert not np.shares_memory(aligned["off"], well)


def test_weights_of_a_program_lie_in_memory_once() -> None:
    weight = RNG.standard_normal((2048, 4096)).astype(np.float32)
    x = RNG.standard_normal((64, 2048)).astype(np.float32)
    tessel.compile(lambda x: x @ weight[:32, :32])(x[:, :32])
    before = resident_bytes()
    product = tessel.compile(lambda x: x @ weight)
    np.testing.assert_allclose(product(x), x @ weight, rtol=1e-3, atol=1e-2)
    assert resident_bytes() - before < 1.7 * weight.nbytes
