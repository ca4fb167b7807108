"""What a device does for a call, tried on the host by both of IREE's drivers."""

import ml_dtypes
import numpy as np
import pytest

from tessel.runtime.arrays import ALIGNMENT, address_of, aligned_empty
from tessel.runtime.artifact import ArraySpec
from tessel.runtime.device import Device
from tessel.runtime.devices import device
from tessel.runtime.errors import RuntimeCallError


@pytest.fixture(params=["local-sync", "local-task"])
def host(request: pytest.FixtureRequest) -> Device:
    return device(request.param)


@pytest.mark.parametrize(
    "dtype", [np.float32, np.uint8, np.complex128, np.bool_, ml_dtypes.bfloat16], ids=str
)
def test_an_array_is_imported_in_place(host: Device, dtype: type) -> None:
    array = aligned_empty((3, 4), np.dtype(dtype))
    array[...] = np.arange(12).reshape(3, 4)
    buffer = host.import_array(array)
    assert tuple(buffer.shape) == (3, 4)
    read = host.read(buffer, ArraySpec(array.dtype, (None, None)))
    np.testing.assert_array_equal(read, array)
    assert address_of(read) == address_of(array)
    array[0, 0] = 1
    assert read[0, 0] == 1


def test_an_address_is_imported_with_the_shape_that_it_is_given(host: Device) -> None:
    array = aligned_empty((64,), np.dtype(np.float32))
    array[...] = np.arange(64)
    buffer = host.import_address(address_of(array) + ALIGNMENT, (2, 3), array.dtype)
    read = host.read(buffer, ArraySpec(array.dtype, (2, 3)))
    np.testing.assert_array_equal(read, array[16:22].reshape(2, 3))


def test_what_is_empty_is_read(host: Device) -> None:
    buffer = host.import_array(aligned_empty((0, 3), np.dtype(np.float32)))
    assert host.read(buffer, ArraySpec(np.dtype(np.float32), (None, 3))).shape == (0, 3)


def test_unknown_device() -> None:
    message = "no device 'cuda'; programs run on local-sync or local-task"
    with pytest.raises(RuntimeCallError, match=message):
        device("cuda")


def test_host_says_its_name(host: Device) -> None:
    assert host.name in ("local-sync", "local-task")
    assert device(host.name) is host
